"""Pictures that are already in memory, and single frames of files for measurements.

Cameras are read in ``edge/sources``.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from models.errors import VideoError
from pipeline.frame import Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png"}


class ArrayPicture:
    """A picture held as an RGB array: a photo, a single frame, a drawing in a test.

    Args:
        pixels: uint8 [height, width, 3], RGB; not copied.
    """

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels

    @property
    def size(self) -> Size:
        """The size of the array."""
        height, width = self._pixels.shape[:2]
        return Size(width, height)

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Return ``region`` scaled to ``size``, by default unscaled."""
        width, height = self.size
        rows = slice(round(region.y * height), round(region.bottom * height))
        columns = slice(round(region.x * width), round(region.right * width))
        part = self._pixels[rows, columns]
        if size is None or size == (part.shape[1], part.shape[0]):
            return part
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Return the picture scaled to ``size``, in grey."""
        return np.asarray(cv2.cvtColor(self.rgb(size), cv2.COLOR_RGB2GRAY), np.uint8)


def read_frames(file: Path) -> Iterator[ArrayPicture]:
    """Decode all frames of a video, in order.

    Raises:
        VideoError: The file is missing or is not a video.
    """
    try:
        with av.open(str(file)) as container:
            for frame in container.decode(container.streams.video[0]):
                yield ArrayPicture(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    except (av.FFmpegError, IndexError, OSError) as error:
        raise VideoError(file, str(error)) from error


def read_photo(file: Path) -> ArrayPicture:
    """Decode one photo.

    Raises:
        VideoError: The file is missing or is not a picture.
    """
    for picture in read_frames(file):
        return picture
    raise VideoError(file, "it holds no picture")


def sample_pictures(source: Path, count: int) -> Iterator[ArrayPicture]:
    """Choose pictures of a video, or of a folder of photos, spread evenly.

    Raises:
        VideoError: The source is missing or holds no picture.
    """
    if source.is_dir():
        files = sorted(f for f in source.iterdir() if f.suffix.lower() in PHOTO_SUFFIXES)
        if not files:
            raise VideoError(source, "it holds no photos")
        yield from (read_photo(files[index]) for index in _spread(len(files), count))
        return
    length = sum(1 for _ in read_frames(source))
    chosen = set(_spread(length, count))
    yield from (frame for index, frame in enumerate(read_frames(source)) if index in chosen)


def _spread(length: int, count: int) -> list[int]:
    """Return ``count`` indices of a sequence, from the first to the last."""
    return [int(index) for index in np.linspace(0, length - 1, min(count, length))]
