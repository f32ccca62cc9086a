"""Which picture shows a happening best: judged by its boxes, and by how sharp it is."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Box

FULL_SIZE = 0.35
"""A subject of this size, the root of its share of the frame, gains nothing by being larger."""
EDGE_MARGIN = 0.004
"""A subject that comes as near to the frame's edge may go on beyond it."""
CUT_OFF_FACTOR = 0.4
"""What such a subject is worth beside a whole one."""
MIN_IMPROVEMENT = 1.2
"""By how much a picture must be better: each further one costs an encoding."""
MIN_RELATIVE_SHARPNESS = 0.7
"""A picture less sharp than this beside another takes not its place."""
SHARPNESS_WIDTH_PX = 320


def snapshot_quality(boxes: Sequence[Box], score: float) -> float:
    """Say how much of a happening a picture shows: every subject, large, whole and surely seen.

    Args:
        boxes: The subjects; none are worth nothing.
        score: How sure the detector is, 0 to 1.
    """
    return score * sum(map(_shown, boxes), 0.0)


def sharpness(frame: Frame) -> float:
    """Measure how much the picture has of fine detail: the deviation of its Laplacian."""
    size = frame.picture.size
    small = Size(SHARPNESS_WIDTH_PX, max(round(size.height * SHARPNESS_WIDTH_PX / size.width), 1))
    return float(np.std(cv2.Laplacian(frame.picture.grey(small), cv2.CV_16S)))


def _shown(box: Box) -> float:
    size = min(math.sqrt(box.w * box.h) / FULL_SIZE, 1.0)
    is_cut = min(box.x, box.y, 1 - box.right, 1 - box.bottom) < EDGE_MARGIN
    return size * (CUT_OFF_FACTOR if is_cut else 1)
