"""Heads are pixelated before a picture leaves the box: nobody is recognised, ever."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections
from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array

HEAD_SHARE = 0.28
"""Part of a standing person's box that head and neck fill, with room to spare."""
MARGIN = 0.12
"""How much further than the box the blocks reach, up and to each side, in parts of its width."""
BLOCKS_PER_HEAD = 4
"""Blocks across a head: too few to know anybody by."""


def head_regions(detections: Detections) -> Float32Array:
    """Give where heads are, doubtful persons too: a face too many hidden harms nobody.

    Returns:
        float32 [n, 4]: left, top, right, bottom, fractions of the frame, inside it.
    """
    persons = detections.boxes[
        np.array([label == "person" for label in detections.labels], dtype=bool)
    ]
    left, top, width, height = persons.T
    reach = MARGIN * width
    corners = [left - reach, top - reach, left + width + reach, top + HEAD_SHARE * height]
    return np.asarray(np.clip(np.stack(corners, axis=1), 0, 1), np.float32)


def pixelate(pixels: Pixels, regions: Float32Array) -> Pixels:
    """Copy ``pixels`` with every place in ``regions`` made of a few even blocks."""
    copy = pixels.copy()
    tall, wide = pixels.shape[:2]
    for box in regions * np.array([wide, tall, wide, tall], np.float32):
        left, top = np.floor(box[:2]).astype(int)
        right, bottom = np.ceil(box[2:]).astype(int)
        if right > left and bottom > top:
            copy[top:bottom, left:right] = _blocks(copy[top:bottom, left:right])
    return copy


def _blocks(part: Pixels) -> NDArray[np.uint8]:
    tall, wide = part.shape[:2]
    rows = max(round(BLOCKS_PER_HEAD * tall / wide), 1)
    size = (min(BLOCKS_PER_HEAD, wide), min(rows, tall))
    few = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, (wide, tall), interpolation=cv2.INTER_NEAREST), np.uint8)
