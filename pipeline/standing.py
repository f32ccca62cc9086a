"""How a happening stands between its first signal and its first alert, for those who ask."""

from dataclasses import dataclass
from datetime import timedelta

from pipeline.alert import Alert
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
