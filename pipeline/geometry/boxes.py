"""Bounding boxes in arrays: conversion, intersection and IoU. The only IoU of the project.

Unless stated otherwise a box is a row of left, top, right, bottom ("xyxy").
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
AnyFloats = NDArray[np.floating[Any]]
Floats = TypeVar("Floats", NDArray[np.float32], NDArray[np.float64])

MIN_AREA = np.float32(1e-12)
"""Divisor for two boxes without area."""


def xywh_to_xyxy(boxes: Float32Array) -> Float32Array:
    """Convert [n, 4] of left, top, width, height to left, top, right, bottom."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def buffered(boxes: Floats, buffer: float) -> Floats:
    """Widen boxes on each side by ``buffer`` times their own size."""
    margin: Any = (boxes[:, 2:] - boxes[:, :2]) * buffer
    wide = boxes.copy()
    wide[:, :2] -= margin
    wide[:, 2:] += margin
    return wide


def paired_iou(boxes: Floats, others: Floats) -> Floats:
    """Return the IoU of each box with the box in the same row of ``others``: [n]."""
    sides: Any = np.minimum(boxes[:, 2:], others[:, 2:]) - np.maximum(boxes[:, :2], others[:, :2])
    np.maximum(sides, 0.0, out=sides)
    shared: Any = sides[:, 0] * sides[:, 1]
    ious: Floats = shared / np.maximum(_areas(boxes) + _areas(others) - shared, MIN_AREA)
    return ious


def _areas(boxes: Any) -> Any:  # noqa: ANN401  # of either precision
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def iou_matrix(boxes: Floats, others: Floats, *, buffer: float = 0.0) -> Floats:
    """Return the IoU of every box with every other.

    Args:
        boxes: [n, 4].
        others: [m, 4].
        buffer: Both are widened first; see ``buffered``.

    Returns:
        [n, m], 0 to 1, in the precision of ``boxes``.
    """
    if buffer:
        boxes, others = buffered(boxes, buffer), buffered(others, buffer)
    rows, columns = intersects(boxes, others).nonzero()
    ious: Any = np.zeros((len(boxes), len(others)), boxes.dtype)
    ious[rows, columns] = paired_iou(boxes[rows], others[columns])
    result: Floats = ious
    return result


def overlap_share_matrix(boxes: Floats, others: Floats) -> Floats:
    """Return the share of every box that lies inside each of ``others``: [n, m], 0 to 1."""
    low: Any = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high: Any = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.maximum(high - low, 0.0)
    shares: Floats = sides[..., 0] * sides[..., 1] / np.maximum(_areas(boxes), MIN_AREA)[:, None]
    return shares


def intersects(boxes: AnyFloats, others: AnyFloats) -> BoolArray:
    """Return which boxes share area with which others: [n, m]."""
    low = boxes[:, None, :2] < others[None, :, 2:]
    high = others[None, :, :2] < boxes[:, None, 2:]
    return np.asarray((low & high).all(axis=2))


def intersects_any(boxes: AnyFloats, others: AnyFloats) -> BoolArray:
    """Return which boxes share area with at least one of ``others``: [n]."""
    return np.asarray(intersects(boxes, others).any(axis=1))


def merge_overlapping(boxes: Float32Array) -> Float32Array:
    """Replace boxes that overlap by their common bounding box, until none overlap.

    Args:
        boxes: [n, 4], in any order.

    Returns:
        [m, 4], sorted by top, then left.
    """
    while True:
        # The first box that each one overlaps: at the latest itself.
        first = intersects(boxes, boxes).argmax(axis=1)
        groups = np.unique(first)
        if len(groups) == len(boxes):
            return boxes[np.lexsort((boxes[:, 0], boxes[:, 1]))]
        low = [boxes[first == group, :2].min(axis=0) for group in groups]
        high = [boxes[first == group, 2:].max(axis=0) for group in groups]
        boxes = np.concatenate([np.stack(low), np.stack(high)], axis=1)
