"""Detect a camera that sends the same image over and over, as an encoder that hangs does."""

from fractions import Fraction
from zlib import crc32

import av

FROZEN_AFTER_S = Fraction(60)
"""Stream time of equal key frames after which the stream is frozen.

No lens yields two equal images: sensor noise alone makes each one different.
"""
MIN_EQUAL_KEYFRAMES = 3
"""Number of key frames that must be equal, however far apart they are."""


class FrozenStreamDetector:
    """Compare the key frames of a camera, over all its connections.

    Args:
        after: Seconds of stream time.
    """

    def __init__(self, after: Fraction) -> None:
        self._after = after
        self._checksum: int | None = None
        self._since = Fraction(0)
        self._equal_count = 0
        self._is_frozen = False

    def update(self, picture: av.VideoFrame, pts: Fraction) -> bool:
        """Process a frame at ``pts`` seconds and return whether the stream is frozen."""
        if picture.key_frame:
            self._compare(crc32(picture.planes[0]), pts)
        return self._is_frozen

    def _compare(self, checksum: int, pts: Fraction) -> None:
        if checksum != self._checksum:
            self._checksum, self._since = checksum, pts
            self._equal_count, self._is_frozen = 1, False
            return
        self._equal_count += 1
        self._since = min(self._since, pts)  # a new connection may count from an earlier time
        is_long = pts - self._since >= self._after and self._equal_count >= MIN_EQUAL_KEYFRAMES
        self._is_frozen = self._is_frozen or is_long
