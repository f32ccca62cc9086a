"""Non-maximum suppression: keep the best of several boxes around the same object."""

from collections.abc import Sequence

import numpy as np

from models.inference.raw_detections import ClassIds, RawDetections
from pipeline.geometry.boxes import iou_matrix

MAX_CANDIDATES = 1000
"""Boxes compared per frame, best first: a crowd has many around each person."""
MAX_DETECTIONS = 300
"""Detections kept per frame; no frame holds more objects."""


def non_max_suppression(
    raw: RawDetections, *, iou_threshold: float, class_groups: ClassIds
) -> RawDetections:
    """Drop each box that overlaps a better one of the same class group.

    Args:
        raw: Detections in any order; only the best ``MAX_CANDIDATES`` are compared.
        iou_threshold: A box is dropped above this intersection over union; 1 drops nothing.
        class_groups: Group of each class, see ``group_classes``.

    Returns:
        The best ``MAX_DETECTIONS`` of the others, best first; equal scores keep their order.
    """
    order = np.argsort(-raw.scores, kind="stable")[:MAX_CANDIDATES]
    best = raw.select(order)
    if iou_threshold >= 1 or order.size < 2:
        return best.select(np.arange(min(order.size, MAX_DETECTIONS)))
    groups = class_groups[best.classes]
    is_same_group = groups[:, None] == groups
    overlaps = is_same_group & (iou_matrix(best.corners, best.corners) > iou_threshold)
    keep = np.ones(order.size, dtype=np.bool_)
    for i in np.flatnonzero(np.triu(overlaps, 1).any(axis=1)):
        if keep[i]:
            keep[i + 1 :] &= ~overlaps[i, i + 1 :]
    return best.select(np.flatnonzero(keep)[:MAX_DETECTIONS])


def group_classes(labels: Sequence[str], label_groups: Sequence[Sequence[str]]) -> ClassIds:
    """Return the group number of each class.

    Classes with the same label, or with labels of the same group, share a group.
    """
    group = {label: number for number, group in enumerate(label_groups) for label in group}
    names = [f"group {group[label]}" if label in group else label for label in labels]
    return np.unique(names, return_inverse=True)[1].astype(np.intp)
