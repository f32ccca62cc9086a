"""A part of a picture, as a picture of its own: what a detector sees of it is enlarged."""

import numpy as np

from pipeline.frame import Frame, Picture, Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box

CAMERA_SUFFIX = "-crop"
"""Detectors keep state by camera, such as the context of its last frame; a crop has its own."""


class CroppedPicture:
    """A part of another picture, cut out in the original resolution.

    Args:
        picture: The whole.
        part: Fractions of the whole, at least one pixel wide and high.
    """

    def __init__(self, picture: Picture, part: Box) -> None:
        self._picture, self._part = picture, part

    @property
    def size(self) -> Size:
        """Pixels of the part in the original."""
        width, height = self._picture.size
        return Size(max(round(self._part.w * width), 1), max(round(self._part.h * height), 1))

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Return ``region`` of the part scaled to ``size``, or in its original size."""
        part = self._part
        inner = Box(
            part.x + region.x * part.w,
            part.y + region.y * part.h,
            region.w * part.w,
            region.h * part.h,
        )
        return self._picture.rgb(size, region=inner)

    def grey(self, size: Size) -> Pixels:
        """Return the part in grey; by the mean of the colours, as no detector asks for it."""
        return np.asarray(self.rgb(size).mean(axis=2), np.uint8)


def crop_frame(frame: Frame, part: Box) -> Frame:
    """Return a part of a frame as a frame of the same time."""
    picture = CroppedPicture(frame.picture, part)
    return Frame(camera=f"{frame.camera}{CAMERA_SUFFIX}", at=frame.at, picture=picture)


def is_crop(frame: Frame) -> bool:
    """Return whether a frame is a part of another one; several parts have the same time."""
    return isinstance(frame.picture, CroppedPicture)
