"""A picture that is already in memory."""

import cv2
import numpy as np

from pipeline.frame import Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box


class ArrayPicture:
    """Pixels in an array, red first: photographs, single frames, drawings in tests.

    Args:
        pixels: uint8 [height, width, 3]; not copied.
    """

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels

    @property
    def size(self) -> Size:
        """The size of the array."""
        height, width = self._pixels.shape[:2]
        return Size(width, height)

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Scale ``region`` to ``size``, or leave it as large as it is."""
        width, height = self.size
        rows = slice(round(region.y * height), round(region.bottom * height))
        columns = slice(round(region.x * width), round(region.right * width))
        part = self._pixels[rows, columns]
        if size is None or size == (part.shape[1], part.shape[0]):
            return part
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Scale it, and take its colours out."""
        return np.asarray(cv2.cvtColor(self.rgb(size), cv2.COLOR_RGB2GRAY), np.uint8)
