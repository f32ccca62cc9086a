"""Remove boxes that show a part of a vehicle of which the whole is detected too.

Detectors often report a lorry and its cab. A track that jumps from one box to the other seems to
drive backwards. Two solid vehicles cannot stand in one place, so a box inside another one that also
spans most of its width or height is a part. A car in front of a lorry stands lower in the frame and
leaves its box below; a car beside a lorry that drives askew is small in both directions.
"""

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.boxes import (
    BoolArray,
    Float32Array,
    IndexArray,
    overlap_share_matrix,
    xywh_to_xyxy,
)
from pipeline.label_groups import VEHICLES

MIN_INSIDE = 0.9
"""Share of a part that lies in the box of the whole."""
MIN_SPAN = 0.75
"""Share of the width or height of the whole that a part spans: a car is .72 as wide as a lorry."""
MIN_AREA_RATIO = 0.2
"""Least area of a part, as a share of the whole; less is something on or before the vehicle."""
MIN_WHOLE_SCORE = 0.5
"""Least score of the whole, as a share of that of the part: faint boxes cover half the road."""
MAX_SHARED = 0.3
"""Share of the smaller of two boxes that they may share and still be two vehicles."""


def merge_vehicle_parts(detections: Detections) -> Detections:
    """Return the detections with one box for each vehicle.

    The whole keeps its box and label, and takes the score of its best part. A box around two
    vehicles that are on average more certain than it is dropped instead.

    Args:
        detections: Of one frame.

    Returns:
        The remaining detections in their order; the same object if nothing is merged.
    """
    rows = np.array([i for i, each in enumerate(detections.labels) if each in VEHICLES], np.intp)
    if len(rows) < 2:
        return detections
    vehicles = detections.select(rows)
    is_part = _are_parts(vehicles)
    if not is_part.any():
        return detections
    scores, drop = detections.scores.copy(), np.zeros(len(detections), np.bool_)
    for whole in np.argsort(-_areas(vehicles.boxes), kind="stable").tolist():
        if drop[rows[whole]]:
            continue
        parts = np.flatnonzero(is_part[:, whole] & ~drop[rows])
        if _is_group(vehicles, whole, parts):
            drop[rows[whole]] = True
        elif len(parts):
            scores[rows[whole]] = max(scores[rows[whole]], scores[rows[parts]].max())
            drop[rows[parts]] = True
    return Detections(detections.boxes, scores, detections.labels).select(~drop)


def _are_parts(vehicles: Detections) -> BoolArray:
    """Return which boxes, by row, are parts of which others, by column: [n, n]."""
    sides, areas = vehicles.boxes[:, 2:], _areas(vehicles.boxes)
    corners = xywh_to_xyxy(vehicles.boxes)
    spans = (sides[:, None] / sides[None]).max(axis=2)
    ratios = areas[:, None] / areas[None]
    scores = vehicles.scores
    return np.asarray(
        (overlap_share_matrix(corners, corners) >= MIN_INSIDE)
        & (spans >= MIN_SPAN)
        & (ratios >= MIN_AREA_RATIO)
        & (ratios < 1)
        & (scores[None] >= MIN_WHOLE_SCORE * scores[:, None])
    )


def _is_group(vehicles: Detections, whole: int, parts: IndexArray) -> bool:
    """Return whether two of the parts lie apart and are together more certain than the whole."""
    corners, scores = xywh_to_xyxy(vehicles.boxes[parts]), vehicles.scores[parts]
    shared = overlap_share_matrix(corners, corners)
    is_apart = np.maximum(shared, shared.T) < MAX_SHARED
    means = (scores[:, None] + scores) / 2
    return bool((is_apart & (means > vehicles.scores[whole])).any())


def _areas(boxes: Float32Array) -> Float32Array:
    return boxes[:, 2] * boxes[:, 3]
