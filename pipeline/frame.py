"""A picture of a camera and its capture time."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import FULL_FRAME, Box

Pixels = NDArray[np.uint8]


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Picture(Protocol):
    """An image that is scaled on demand, directly to the size that is needed."""

    @property
    def size(self) -> Size:
        """The original size."""
        ...

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Return ``region`` scaled to ``size``, or in its original size.

        Returns:
            uint8 [height, width, 3], RGB, read-only.
        """
        ...

    def grey(self, size: Size) -> Pixels:
        """Return the whole picture in grey, scaled to ``size``, at a fraction of the cost.

        Returns:
            uint8 [height, width], read-only.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture of a camera.

    Args:
        camera: Name of the camera, ``[a-z0-9-]{1,64}``.
        at: Capture time, aware: the time of the stream, never the time of reading.
        picture: The image.
    """

    camera: str
    at: datetime
    picture: Picture
