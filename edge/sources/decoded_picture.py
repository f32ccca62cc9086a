"""A decoded frame that is scaled on request, directly to the requested size."""

import threading

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from pipeline.frame import Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box

MAX_SCALERS = 16
"""Scalers cached per thread; a camera needs two or three."""
_THREAD = threading.local()


class AvPicture:
    """A decoded frame in YUV; not thread-safe."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self._frame = frame
        self._whole: Pixels | None = None

    @property
    def size(self) -> Size:
        """The size in which it was captured."""
        return Size(self._frame.width, self._frame.height)

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Scale ``region`` to ``size``; a full frame is scaled while it is converted from YUV."""
        if region == FULL_FRAME and size is not None and size != self.size:
            return self._scaled(size, "rgb24")
        part = self._full()[_slices(region, self.size)]
        if size is None or size == (part.shape[1], part.shape[0]):
            return part
        shrinks = size.width < part.shape[1]
        interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, size, interpolation=interpolation), dtype=np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Scale the luma plane."""
        return self._scaled(size, "gray")

    def _full(self) -> Pixels:
        if self._whole is None:
            self._whole = self._scaled(self.size, "rgb24")
        return self._whole

    def _scaled(self, size: Size, pixel_format: str) -> Pixels:
        scaled = _scaler(size, pixel_format).reformat(
            self._frame,
            width=size.width,
            height=size.height,
            format=pixel_format,
            interpolation=Interpolation.FAST_BILINEAR,
            threads=1,
        )
        return np.asarray(scaled.to_ndarray(), dtype=np.uint8)


def _scaler(size: Size, pixel_format: str) -> VideoReformatter:
    """Return this thread's scaler for a size; creating one costs more than a small frame."""
    scalers: dict[tuple[Size, str], VideoReformatter]
    scalers = _THREAD.__dict__.setdefault("scalers", {})
    if len(scalers) > MAX_SCALERS:
        scalers.clear()
    return scalers.setdefault((size, pixel_format), VideoReformatter())


def _slices(region: Box, size: Size) -> tuple[slice, slice]:
    """Return the whole pixels that cover ``region``, at least one in each direction."""
    left, top = int(region.x * size.width), int(region.y * size.height)
    right = max(round(region.right * size.width), left + 1)
    bottom = max(round(region.bottom * size.height), top + 1)
    return slice(top, bottom), slice(left, right)
