"""Non-maximum suppression: keep the best of several boxes around the same object."""

from collections.abc import Sequence

import numpy as np

from models.inference.raw_detections import ClassIds, RawDetections
from pipeline.geometry.boxes import Float32Array

MAX_DETECTIONS = 300
"""Detections considered per frame, best first; no frame holds more objects."""
MIN_AREA = np.float32(1e-12)
"""Stands in for an empty union, so that the IoU of empty boxes is 0."""


def non_max_suppression(
    raw: RawDetections, *, iou_threshold: float, class_groups: ClassIds
) -> RawDetections:
    """Drop each box that overlaps a better one of the same class group.

    Args:
        raw: Detections in any order; only the best ``MAX_DETECTIONS`` are considered.
        iou_threshold: A box is dropped above this intersection over union; 1 drops nothing.
        class_groups: Group of each class, see ``group_classes``.

    Returns:
        The remaining detections, best first; equal scores keep their order.
    """
    order = np.argsort(-raw.scores, kind="stable")[:MAX_DETECTIONS]
    best = raw.select(order)
    if iou_threshold >= 1 or order.size < 2:
        return best
    groups = class_groups[best.classes]
    is_same_group = groups[:, None] == groups
    overlaps = is_same_group & (box_iou(best.corners, best.corners) > iou_threshold)
    keep = np.ones(order.size, dtype=np.bool_)
    for i in np.flatnonzero(np.triu(overlaps, 1).any(axis=1)):
        if keep[i]:
            keep[i + 1 :] &= ~overlaps[i, i + 1 :]
    return best.select(keep)


def box_iou(boxes: Float32Array, other_boxes: Float32Array) -> Float32Array:
    """Return the intersection over union of every pair of boxes.

    Args:
        boxes: Corners [n, 4].
        other_boxes: Corners [m, 4].

    Returns:
        float32 [n, m], 0 to 1.
    """
    width = _shared_length(boxes[:, 0], boxes[:, 2], other_boxes[:, 0], other_boxes[:, 2])
    height = _shared_length(boxes[:, 1], boxes[:, 3], other_boxes[:, 1], other_boxes[:, 3])
    intersection = width * height
    total = _areas(boxes)[:, None] + _areas(other_boxes)
    union = np.maximum(total - intersection, MIN_AREA)
    iou: Float32Array = np.divide(intersection, union, dtype=np.float32)
    return iou


def group_classes(labels: Sequence[str], label_groups: Sequence[Sequence[str]]) -> ClassIds:
    """Return the group number of each class.

    Classes with the same label, or with labels of the same group, share a group.
    """
    group = {label: number for number, group in enumerate(label_groups) for label in group}
    names = [f"group {group[label]}" if label in group else label for label in labels]
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def _shared_length(
    low: Float32Array, high: Float32Array, other_low: Float32Array, other_high: Float32Array
) -> Float32Array:
    """Return the length of the intersection of every pair of intervals, [n, m]."""
    length = np.minimum(high[:, None], other_high) - np.maximum(low[:, None], other_low)
    np.maximum(length, 0, out=length)
    return length


def _areas(corners: Float32Array) -> Float32Array:
    sides = np.maximum(corners[:, 2:] - corners[:, :2], 0)
    areas: Float32Array = sides[:, 0] * sides[:, 1]
    return areas
