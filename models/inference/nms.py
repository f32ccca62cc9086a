"""Of boxes that show the same object, keep the best."""

from collections.abc import Sequence

import numpy as np

from models.inference.raw_detections import Classes, Found
from pipeline.detection import Float32Array

AT_MOST = 300
"""No frame holds more objects than this; the best are looked at."""

TINY = np.float32(1e-12)
"""Stands for an area of nothing, which nothing can share."""


def suppress(found: Found, *, overlap: float, kinds: Classes) -> Found:
    """Drop each box that shares more than ``overlap`` with a better one of its kind.

    Args:
        found: In any order; only the best 300 are looked at.
        overlap: Intersection over union, 0 to 1; 1 drops nothing.
        kinds: For each class its kind: classes of one kind can be one object.

    Returns:
        What is left, best first; equal scores in the order given.
    """
    order = np.argsort(-found.scores, kind="stable")[:AT_MOST]
    if overlap >= 1 or order.size < 2:
        return found.where(order)
    best = found.where(order)
    of_kind = kinds[best.classes]
    same = (of_kind[:, None] == of_kind) & (shared(best.corners, best.corners) > overlap)
    keep = np.ones(order.size, dtype=np.bool_)
    for i in np.flatnonzero(np.triu(same, 1).any(axis=1)):
        if keep[i]:
            keep[i + 1 :] &= ~same[i, i + 1 :]
    return best.where(keep)


def shared(one: Float32Array, other: Float32Array) -> Float32Array:
    """Intersection over union of each of ``one`` with each of ``other``.

    Args:
        one: Corners [n, 4].
        other: Corners [m, 4].

    Returns:
        float32 [n, m], 0 to 1.
    """
    across = _common(one[:, 0], one[:, 2], other[:, 0], other[:, 2])
    down = _common(one[:, 1], one[:, 3], other[:, 1], other[:, 3])
    both = across * down
    either = np.maximum(_area(one)[:, None] + _area(other) - both, TINY)
    ratio: Float32Array = np.divide(both, either, dtype=np.float32)
    return ratio


def kinds_of(labels: Sequence[str], same: Sequence[Sequence[str]]) -> Classes:
    """Number the kinds: classes with one label, or with labels of one group, are one kind."""
    group = {label: number for number, group in enumerate(same) for label in group}
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
