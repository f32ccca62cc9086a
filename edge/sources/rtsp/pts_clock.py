"""Convert the presentation times of a live stream to UTC, unaffected by network delay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

MAX_STEP = timedelta(seconds=10)
"""A larger jump of the stream's or the node's clock starts a new time base."""
MAX_BACKWARD_STEP = timedelta(seconds=-1)
"""A stream whose time goes back by more has been restarted."""
MAX_DRIFT = timedelta(milliseconds=500)
"""Clocks that differ by more throughout ``DRIFT_WINDOW`` have drifted apart."""
DRIFT_WINDOW = timedelta(seconds=60)
MAX_EARLY = timedelta(milliseconds=-100)
"""A frame that is earlier than this shows that the first frame was delayed."""
MAX_REPEATED = 10
"""Further frames with the same time, after which the timestamps of a camera stand still."""


@dataclass(slots=True)
class _Offset:
    """UTC at PTS zero, and the smallest delay of a frame seen with it since ``since``."""

    epoch: datetime
    since: datetime
    min_delay: timedelta = timedelta.max


class PtsClock:
    """Convert PTS to UTC by one offset, measured when the first frame arrives.

    The smallest delay within a minute is the difference of the two clocks, because the network
    only adds to it. A frame that is too early therefore corrects the offset at once; late frames
    correct it only if all of them are late. After a correction, times may go back: the caller
    must check for that. Frames whose timestamps stand still are dated by their arrival.

    Attributes:
        corrections: How often the offset was measured anew within a connection.
    """

    def __init__(self) -> None:
        self.corrections = 0
        self._offset: _Offset | None = None
        self._last_pts: timedelta | None = None
        self._n_repeated = 0

    @property
    def stands_still(self) -> bool:
        """Whether many frames have had the same timestamp."""
        return self._n_repeated > MAX_REPEATED

    @property
    def epoch(self) -> datetime | None:
        """UTC at PTS zero, as of the last frame; ``None`` before the first frame."""
        return self._offset.epoch if self._offset else None

    def reset(self) -> None:
        """Forget the offset: each connection counts its PTS from a different zero."""
        self._offset, self._last_pts, self._n_repeated = None, None, 0

    def to_utc(self, pts: Fraction, now: datetime) -> datetime:
        """Return when a frame was captured.

        Args:
            pts: Presentation time in seconds.
            now: When the frame arrived, by the node's clock.
        """
        elapsed = timedelta(microseconds=round(pts * 1_000_000))
        self._n_repeated = self._n_repeated + 1 if elapsed == self._last_pts else 0
        if self.stands_still:
            return now
        offset = self._current_offset(elapsed, now)
        self._last_pts = elapsed
        self._correct(offset, now - offset.epoch - elapsed, now)
        return offset.epoch + elapsed

    def _current_offset(self, elapsed: timedelta, now: datetime) -> _Offset:
        offset = self._offset
        if offset is not None:
            step = elapsed - (self._last_pts or timedelta(0))
            delay = now - offset.epoch - elapsed
            if MAX_BACKWARD_STEP < step < MAX_STEP and abs(delay) < MAX_STEP:
                return offset
            self.corrections += 1
        self._offset = _Offset(now - elapsed, now)
        return self._offset

    def _correct(self, offset: _Offset, delay: timedelta, now: datetime) -> None:
        offset.min_delay = min(offset.min_delay, delay)
        is_window_over = now - offset.since > DRIFT_WINDOW
        has_drifted = is_window_over and offset.min_delay > MAX_DRIFT
        if offset.min_delay < MAX_EARLY or has_drifted:
            offset.epoch += offset.min_delay
            self.corrections += 1
            is_window_over = True
        if is_window_over:
            offset.min_delay, offset.since = timedelta.max, now
