"""How a happening stands, before its first alert and after, for those who ask."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pipeline.alert import Alert
from pipeline.geometry.shapes import Box
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A happening that has been signalled lately, whether it has been told or not.

    Args:
        subject: The object's number, or ``None`` where the zone is one happening.
        level: That of its last signal.
        lasted: From its first signal to its last, in looked-at time.
        unseen: For how long it has not been signalled, in looked-at time.
        share: Part of the last ``hold`` in which it was seen, 0 to 1.
        alert: The last revision that was told; ``None`` before it is opened.
    """

    scenario: str
    zone: str
    subject: int | None
    level: Level
    lasted: timedelta
    unseen: timedelta
    share: float
    alert: Alert | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """An open alert's happening, as the last frame shows it.

    Args:
        alert: The alert's id.
        level: How bad it is in this frame alone.
        score: How sure the detector is here, 0 to 1, raw.
        boxes: Where to look, fractions of the frame.
    """

    alert: UUID
    level: Level
    score: float
    boxes: tuple[Box, ...]
