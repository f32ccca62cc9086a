"""One picture of a camera, and when it was taken."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import FULL_FRAME, Box

Pixels = NDArray[np.uint8]


class Size(NamedTuple):
    """Pixels across and down."""

    width: int
    height: int


class Picture(Protocol):
    """Pixels that are scaled only when asked for, straight to the size that is needed."""

    @property
    def size(self) -> Size:
        """The size it was taken in."""
        ...

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Scale ``region`` to ``size``, or leave it as large as it is.

        Returns:
            uint8 [height, width, 3], red first; the caller may not write to it.
        """
        ...

    def grey(self, size: Size) -> Pixels:
        """Scale the whole picture to ``size`` without its colours, which costs a fraction.

        Returns:
            uint8 [height, width]; the caller may not write to it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture of one camera.

    Args:
        camera: Its name, ``[a-z0-9-]{1,64}``.
        at: When it was taken, aware: the stream's own time, never the moment of reading.
        picture: Its pixels.
    """

    camera: str
    at: datetime
    picture: Picture
