"""Is the picture a photograph of itself? An encoder that hangs goes on sending, in good order."""

from fractions import Fraction
from zlib import crc32

import av

FROZEN_AFTER_S = Fraction(60)
"""Seconds of equal key frames after which nothing that comes in can be believed. No lens gives two
equal pictures: noise alone makes each another."""
MIN_EQUAL_KEYFRAMES = 3
"""Key frames that must be equal, however rare they are."""


class FrozenStreamDetector:
    """Compares a camera's key frames, over all its connections.

    Args:
        after: Seconds of the stream.
    """

    def __init__(self, after: Fraction) -> None:
        self._after = after
        self._sum: int | None = None
        self._since = Fraction(0)
        self._equal = 0
        self._is_frozen = False

    def update(self, picture: av.VideoFrame, pts: Fraction) -> bool:
        """Take a picture, with its seconds; another key frame, and the camera is sound again."""
        if picture.key_frame:
            self._compare(crc32(picture.planes[0]), pts)
        return self._is_frozen

    def _compare(self, of_this: int, pts: Fraction) -> None:
        if of_this != self._sum:
            self._sum, self._since, self._equal, self._is_frozen = of_this, pts, 1, False
            return
        self._equal += 1
        self._since = min(self._since, pts)  # another connection counts from elsewhere
        long = pts - self._since >= self._after and self._equal >= MIN_EQUAL_KEYFRAMES
        self._is_frozen = self._is_frozen or long
