"""Single frames of a recording, for measurements; cameras are read in ``edge``."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from models.errors import VideoError
from models.inference.pictures import ArrayPicture


def read_frames(file: Path) -> Iterator[ArrayPicture]:
    """Decode all frames of a video, in order.

    Raises:
        VideoError: It is missing, or no video.
    """
    try:
        with av.open(str(file)) as container:
            for frame in container.decode(container.streams.video[0]):
                yield ArrayPicture(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    except (av.FFmpegError, IndexError, OSError) as error:
        raise VideoError(file, str(error)) from error


def read_photo(file: Path) -> ArrayPicture:
    """Decode one photograph.

    Raises:
        VideoError: It is missing, or no picture.
    """
    for picture in read_frames(file):
        return picture
    raise VideoError(file, "it holds no picture")
