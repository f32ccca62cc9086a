"""Rate snapshots: how large and complete the subjects are, and how sharp the frame is."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Box

FULL_SIZE = 0.35
"""Square root of the share of the frame from which a larger subject is no better."""
EDGE_MARGIN = 0.004
"""A subject this close to the edge of the frame may be cut off."""
CUT_OFF_FACTOR = 0.4
"""Factor for a subject that may be cut off."""
MIN_IMPROVEMENT = 1.2
"""Factor by which a snapshot must be better, because each one costs an encoding."""
MIN_RELATIVE_SHARPNESS = 0.7
"""A snapshot that is less sharp by this factor does not replace another."""
SHARPNESS_WIDTH_PX = 320


def snapshot_quality(boxes: Sequence[Box], score: float) -> float:
    """Return the quality of a snapshot: the sum of its subjects' sizes times the score.

    Args:
        boxes: Bounding boxes of the subjects, in fractions of the frame.
        score: Detection score, 0 to 1.

    Returns:
        0 without a subject, at most ``score`` per subject.
    """
    return score * sum(map(_subject_quality, boxes), 0.0)


def sharpness(frame: Frame) -> float:
    """Return the standard deviation of the Laplacian of the frame, a measure of fine detail."""
    size = frame.picture.size
    small = Size(SHARPNESS_WIDTH_PX, max(round(size.height * SHARPNESS_WIDTH_PX / size.width), 1))
    return float(np.std(cv2.Laplacian(frame.picture.grey(small), cv2.CV_16S)))


def _subject_quality(box: Box) -> float:
    size = min(math.sqrt(box.w * box.h) / FULL_SIZE, 1.0)
    is_cut = min(box.x, box.y, 1 - box.right, 1 - box.bottom) < EDGE_MARGIN
    return size * (CUT_OFF_FACTOR if is_cut else 1)
