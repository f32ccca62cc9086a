"""Of boxes that show the same object, keep the best."""

from collections.abc import Sequence

import numpy as np

from models.inference.raw_detections import ClassIds, RawDetections
from pipeline.detection import Float32Array

MAX_DETECTIONS = 300
"""No frame holds more objects than this; the best are looked at."""

MIN_AREA = np.float32(1e-12)
"""Stands for an area of nothing, which nothing can share."""


def non_max_suppression(
    raw: RawDetections, *, iou_threshold: float, class_groups: ClassIds
) -> RawDetections:
    """Drop each box that shares more than ``iou_threshold`` with a better one of its kind.

    Args:
        raw: In any order; only the best 300 are looked at.
        iou_threshold: Intersection over union, 0 to 1; 1 drops nothing.
        class_groups: For each class its kind: classes of one kind can be one object.

    Returns:
        What is left, best first; equal scores in the order given.
    """
    order = np.argsort(-raw.scores, kind="stable")[:MAX_DETECTIONS]
    if iou_threshold >= 1 or order.size < 2:
        return raw.select(order)
    best = raw.select(order)
    of_kind = class_groups[best.classes]
    same = (of_kind[:, None] == of_kind) & (box_iou(best.corners, best.corners) > iou_threshold)
    keep = np.ones(order.size, dtype=np.bool_)
    for i in np.flatnonzero(np.triu(same, 1).any(axis=1)):
        if keep[i]:
            keep[i + 1 :] &= ~same[i, i + 1 :]
    return best.select(keep)


def box_iou(boxes: Float32Array, other_boxes: Float32Array) -> Float32Array:
    """Intersection over union of each of ``boxes`` with each of ``other_boxes``.

    Args:
        boxes: Corners [n, 4].
        other_boxes: Corners [m, 4].

    Returns:
        float32 [n, m], 0 to 1.
    """
    across = _common(boxes[:, 0], boxes[:, 2], other_boxes[:, 0], other_boxes[:, 2])
    down = _common(boxes[:, 1], boxes[:, 3], other_boxes[:, 1], other_boxes[:, 3])
    both = across * down
    either = np.maximum(_area(boxes)[:, None] + _area(other_boxes) - both, MIN_AREA)
    ratio: Float32Array = np.divide(both, either, dtype=np.float32)
    return ratio


def group_classes(labels: Sequence[str], label_groups: Sequence[Sequence[str]]) -> ClassIds:
    """Number the kinds: classes with one label, or with labels of one group, are one kind."""
    group = {label: number for number, group in enumerate(label_groups) for label in group}
    names = [f"group {group[label]}" if label in group else label for label in labels]
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def _common(
    low: Float32Array, high: Float32Array, other_low: Float32Array, other_high: Float32Array
) -> Float32Array:
    """Length that each of the one spans has in common with each of the other."""
    length = np.minimum(high[:, None], other_high) - np.maximum(low[:, None], other_low)
    np.maximum(length, 0, out=length)
    return length


def _area(corners: Float32Array) -> Float32Array:
    sides = np.maximum(corners[:, 2:] - corners[:, :2], 0)
    area: Float32Array = sides[:, 0] * sides[:, 1]
    return area
