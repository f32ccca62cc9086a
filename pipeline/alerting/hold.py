"""How long one level of a signal has been there, and how much of that time it was seen."""

from collections import deque
from datetime import timedelta
from statistics import median

from pipeline.alerting.timing import ZERO


class HoldWindow:
    """The frames that showed a level, back to the start of a window.

    All times are looked-at time: how long the camera was looked at, gaps left out.

    Args:
        since: When it began.
        window: How far back its share is counted.
    """

    def __init__(self, since: timedelta, window: timedelta) -> None:
        self.since = since
        self.seen = since
        self._window = window
        self._frames: deque[tuple[timedelta, timedelta, float]] = deque()
        self._total = ZERO

    def see(self, looked: timedelta, step: timedelta, score: float) -> None:
        """Take a frame that shows the level and speaks for the ``step`` before ``looked``."""
        frames = self._frames
        frames.append((looked, step, score))
        self._total += step
        self.seen, start = looked, looked - self._window
        while frames[0][0] <= start and len(frames) > 1:
            self._total -= frames.popleft()[1]

    def share(self) -> float:
        """Part of the window, up to the last frame, in which it was seen; 1 for no window."""
        if not self._window:
            return 1.0
        end, step, _ = self._frames[0]
        before = max(self.seen - self._window - (end - step), ZERO)
        return (self._total - before) / self._window

    def is_met(self, share: float) -> bool:
        """Tell whether it has lasted a whole window, and was seen enough of it."""
        return self.seen - self.since >= self._window and self.share() >= share

    def score(self) -> float:
        """The median over its frames: one lucky frame does not count."""
        return median(score for _, _, score in self._frames)
