"""Pixelate heads, so that no published frame shows a face that can be recognised."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections
from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array

HEAD_SHARE = 0.28
"""Share of a standing person's bounding box that head and neck take up at most."""
MARGIN = 0.12
"""Enlargement of the region upwards and to each side, as a share of the box's width."""
BLOCKS_PER_HEAD = 4
"""Blocks across a head: too few to recognise anybody."""


def head_regions(detections: Detections) -> Float32Array:
    """Return the regions of heads of all detected persons, uncertain detections included.

    Returns:
        float32 [n, 4]: left, top, right, bottom as fractions of the frame, inside it.
    """
    persons = detections.boxes[
        np.array([label == "person" for label in detections.labels], dtype=bool)
    ]
    left, top, width, height = persons.T
    margin = MARGIN * width
    corners = [left - margin, top - margin, left + width + margin, top + HEAD_SHARE * height]
    return np.asarray(np.clip(np.stack(corners, axis=1), 0, 1), np.float32)


def pixelate(pixels: Pixels, regions: Float32Array) -> Pixels:
    """Return a copy of ``pixels`` with every region reduced to a few uniform blocks.

    Args:
        pixels: uint8 [height, width] or [height, width, channels].
        regions: float32 [n, 4]: left, top, right, bottom as fractions of the frame.
    """
    copy = pixels.copy()
    height, width = pixels.shape[:2]
    for box in regions * np.array([width, height, width, height], np.float32):
        left, top = np.floor(box[:2]).astype(int)
        right, bottom = np.ceil(box[2:]).astype(int)
        if right > left and bottom > top:
            copy[top:bottom, left:right] = _blocks(copy[top:bottom, left:right])
    return copy


def _blocks(part: Pixels) -> NDArray[np.uint8]:
    height, width = part.shape[:2]
    rows = max(round(BLOCKS_PER_HEAD * height / width), 1)
    size = (min(BLOCKS_PER_HEAD, width), min(rows, height))
    blocks = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
    )
