"""A live stream's own time, tied to UTC: how late a picture comes in never becomes its time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

MAX_STEP = timedelta(seconds=10)
"""A jump of the stream's or the box's time that is longer begins a new time."""
MAX_BACKWARD_STEP = timedelta(seconds=-1)
"""A stream whose time goes back by more than this has begun anew."""
MAX_DRIFT = timedelta(milliseconds=500)
"""Two clocks further apart than this, for as long as ``DRIFT_WINDOW``, have drifted."""
DRIFT_WINDOW = timedelta(seconds=60)
MAX_EARLY = timedelta(milliseconds=-100)
"""A picture that is earlier than this shows that the first one came in late."""


@dataclass(slots=True)
class _Tie:
    """UTC at PTS zero, and how late pictures have come in by it since ``since``, at the least."""

    zero: datetime
    since: datetime
    least: timedelta = timedelta.max


class PtsClock:
    """Turns PTS to UTC by one difference, taken when the first picture comes in.

    The least delay of a minute is what the two clocks differ by: the network only adds to it.
    So a picture that comes too early corrects the difference at once, late ones only when all
    of them are late. Times may therefore go back; who tells them on must look to that.

    Attributes:
        corrections: How often the difference has been taken anew within a connection.
    """

    def __init__(self) -> None:
        self.corrections = 0
        self._tie: _Tie | None = None
        self._pts = timedelta(0)

    @property
    def epoch(self) -> datetime | None:
        """UTC at PTS zero, by the last picture; ``None`` before the first."""
        return self._tie.zero if self._tie else None

    def reset(self) -> None:
        """Forget the difference: each connection counts its PTS from elsewhere."""
        self._tie = None

    def to_utc(self, pts: Fraction, now: datetime) -> datetime:
        """Tell when a picture was taken that came in ``now``; ``pts`` is in seconds."""
        offset = timedelta(microseconds=round(pts * 1_000_000))
        tie = self._tied(offset, now)
        self._pts = offset
        self._correct(tie, now - tie.zero - offset, now)
        return tie.zero + offset

    def _tied(self, offset: timedelta, now: datetime) -> _Tie:
        tie = self._tie
        if tie is not None:
            if (
                MAX_BACKWARD_STEP < offset - self._pts < MAX_STEP
                and abs(now - tie.zero - offset) < MAX_STEP
            ):
                return tie
            self.corrections += 1
        self._tie = _Tie(now - offset, now)
        return self._tie

    def _correct(self, tie: _Tie, late: timedelta, now: datetime) -> None:
        tie.least = min(tie.least, late)
        watched = now - tie.since > DRIFT_WINDOW
        if tie.least < MAX_EARLY or (watched and tie.least > MAX_DRIFT):
            tie.zero += tie.least
            self.corrections += 1
            watched = True
        if watched:
            tie.least, tie.since = timedelta.max, now
