"""Tell a gap in a stream from the usual time between two frames of a slow camera."""

from collections import deque
from datetime import timedelta
from statistics import median_low

REMEMBERED = 5
"""Intervals whose median is the usual one."""
GAP_FACTOR = 2.5
MAX_USUAL = timedelta(seconds=20)
"""Frames that are rarer show too little to follow anything; every step is a gap then."""


class FrameIntervals:
    """The times between the last frames of a camera.

    A recording with a frame every six seconds has no gaps, although each step is longer than a
    stall of a camera with ten frames a second.

    Args:
        stall_after: An interval up to this is never a gap.
    """

    def __init__(self, stall_after: timedelta) -> None:
        self._stall_after = stall_after
        self._last: deque[timedelta] = deque(maxlen=REMEMBERED)

    def is_gap(self, interval: timedelta) -> bool:
        """Return whether the next interval is a gap, and remember it."""
        usual = min(median_low(self._last), MAX_USUAL) if self._last else timedelta(0)
        self._last.append(interval)
        return interval > max(self._stall_after, GAP_FACTOR * usual)
