"""Times of the frames of a recording: they never go back, whatever its timestamps do. Pure."""

from fractions import Fraction

MAX_DISORDER_S = Fraction(1)
"""A frame that is earlier by less than this is left out, as decoders may confuse their order."""
MAX_REPEATED = 5
"""Further frames with the time of the last one, before the timestamps count as standing still."""


class RecordingClock:
    """Give each frame its seconds from the first.

    Frames without timestamps, or whose timestamps stand still, are dated by the frame rate. After
    a jump back, as where two recordings were joined, time goes on one frame after the last; a jump
    ahead is a pause of the recording.

    Args:
        frame_duration_s: One divided by the frame rate.

    Attributes:
        offset: Add it to a timestamp in seconds; changes after a jump back. ``None`` before the
            first frame, and while frames are dated by the frame rate.
    """

    def __init__(self, frame_duration_s: Fraction) -> None:
        self._frame_duration_s = frame_duration_s
        self._last: Fraction | None = None
        self._n_repeated = 0
        self.offset: Fraction | None = None

    def date(self, timestamp: Fraction | None) -> Fraction | None:
        """Return the seconds of the next frame; ``None`` if it is to be left out.

        Args:
            timestamp: As the file states it, in seconds.
        """
        if timestamp is None:
            self.offset = None
            return self._advance()
        if self.offset is None:
            self.offset = self._next() - timestamp
        seconds = timestamp + self.offset
        if self._last is None or seconds > self._last:
            self._n_repeated, self._last = 0, seconds
            return seconds
        self._n_repeated += 1
        if self._last - seconds < MAX_DISORDER_S and self._n_repeated <= MAX_REPEATED:
            return None
        self.offset = self._next() - timestamp
        return self._advance()

    def _next(self) -> Fraction:
        return Fraction(0) if self._last is None else self._last + self._frame_duration_s

    def _advance(self) -> Fraction:
        self._last = self._next()
        return self._last
