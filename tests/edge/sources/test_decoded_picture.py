"""A decoded frame, scaled on request."""

import av
import cv2
import numpy as np

from edge.sources.decoded_picture import AvPicture
from pipeline.frame import Size


def test_the_grey_image_equals_the_luma_of_the_colours() -> None:
    across, down = np.meshgrid(np.linspace(20, 230, 640), np.linspace(0, 120, 360))
    painted = np.stack([across, 230 - across, down], axis=2).astype(np.uint8)
    picture = AvPicture(av.VideoFrame.from_ndarray(painted).reformat(format="yuv420p"))

    size = Size(160, 90)
    by_colours = cv2.cvtColor(picture.rgb(size), cv2.COLOR_RGB2GRAY)
    assert np.abs(by_colours.astype(int) - picture.grey(size)).max() <= 6
