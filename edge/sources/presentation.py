"""Show frames as a player does: turned as the container says, with square pixels.

Phones and dash cams store a rotation; old cameras send pixels that are not square (PAL at 704x576
is shown as 768x576). Without this an upright person lies on the side.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import av
import numpy as np
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream

SQUARE = Fraction(1)
MIN_PIXEL_ASPECT, MAX_PIXEL_ASPECT = Fraction(1, 4), Fraction(4)
"""Anything beyond is a mistake of the file."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the frames of a stream are shown.

    Args:
        quarter_turns: How often a decoded frame is turned counter-clockwise by 90 degrees.
        pixel_aspect: Width of a pixel divided by its height.
    """

    quarter_turns: int = 0
    pixel_aspect: Fraction = SQUARE

    @classmethod
    def of(cls, frame: av.VideoFrame, stream: VideoStream) -> Self:
        """Read it from the first decoded frame of a stream."""
        return cls.turned(round(frame.rotation / 90) % 4, stream)

    @classmethod
    def turned(cls, quarter_turns: int, stream: VideoStream) -> Self:
        """Combine known turns with the pixels of a stream."""
        return cls(quarter_turns, _plausible(stream.sample_aspect_ratio))

    @property
    def is_as_stored(self) -> bool:
        """Whether frames are shown as they are decoded."""
        return self == Presentation()

    def apply(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame as it is shown, with its times; wider pixels make it wider."""
        if self.is_as_stored:
            return frame
        width, height = frame.width, frame.height
        if self.pixel_aspect > 1:
            width = round(width * self.pixel_aspect)
        else:
            height = round(height / self.pixel_aspect)
        square = frame.reformat(
            width=_even(width),
            height=_even(height),
            format="yuv420p",
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
        shown = _turn(square, self.quarter_turns)
        shown.pts, shown.time_base = frame.pts, frame.time_base
        return shown


def _turn(frame: av.VideoFrame, quarter_turns: int) -> av.VideoFrame:
    """Turn a frame in yuv420p, plane by plane."""
    if not quarter_turns:
        return frame
    width, height = frame.width, frame.height
    planes = frame.to_ndarray()
    luma, chroma = planes[:height], planes[height:].reshape(2, height // 2, width // 2)
    turned = np.rot90(luma, quarter_turns)
    turned_chroma = np.stack([np.rot90(plane, quarter_turns) for plane in chroma])
    rows = turned_chroma.reshape(-1, turned.shape[1])
    return av.VideoFrame.from_ndarray(np.concatenate([turned, rows]), format="yuv420p")


def _plausible(aspect: Fraction | None) -> Fraction:
    if not aspect or not MIN_PIXEL_ASPECT <= aspect <= MAX_PIXEL_ASPECT:
        return SQUARE
    return aspect


def _even(pixels: int) -> int:
    return max(2, pixels & ~1)
