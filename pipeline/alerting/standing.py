"""How a happening stands, before its first alert and after, for those who ask."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pipeline.alert import Alert
from pipeline.geometry.shapes import Box
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeStatus:
    """A happening that has been signalled lately, whether it has been told or not.

    Args:
        subject: The object's number, or ``None`` where the zone is one happening.
        level: That of its last signal.
        held_for: From its first signal to its last, in looked-at time.
        unseen_for: For how long it has not been signalled, in looked-at time.
        seen_share: Part of the last ``hold`` in which it was seen, 0 to 1.
        alert: The last revision that was told; ``None`` before it is opened.
    """

    scenario: str
    zone: str
    subject: int | None
    level: Level
    held_for: timedelta
    unseen_for: timedelta
    seen_share: float
    alert: Alert | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCandidate:
    """An open alert's happening, as the last frame shows it.

    Args:
        alert_id: The alert's id.
        level: How bad it is in this frame alone.
        score: How sure the detector is here, 0 to 1, raw.
        boxes: Where to look, fractions of the frame.
    """

    alert_id: UUID
    level: Level
    score: float
    boxes: tuple[Box, ...]
