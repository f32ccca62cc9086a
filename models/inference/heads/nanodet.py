"""Decode NanoDet: distances to the sides as distributions (Li et al. 2020, arXiv:2006.04388)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

STRIDES = (8, 16, 32)


def decode(
    outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float, class_count: int
) -> RawDetections:
    """Decode two outputs for each of three grids.

    In alphabetical order, the first three are class scores [1, cells, classes], the others
    distances [1, cells, 4 * bins]: for left, top, right and bottom, logits of the distances 0 to
    ``bins - 1`` in strides, whose mean counts.
    """
    tensors = [outputs[name][0] for name in sorted(outputs)]
    finest_first = (sorted(half, key=len, reverse=True) for half in (tensors[:3], tensors[3:]))
    found = [
        _decode_grid(
            scores[:, :class_count], distances, stride=stride, canvas=canvas, min_score=min_score
        )
        for stride, scores, distances in zip(STRIDES, *finest_first, strict=True)
    ]
    return RawDetections.concatenate(found)


def _decode_grid(
    scores: Float32Array, distances: Float32Array, *, stride: int, canvas: Size, min_score: float
) -> RawDetections:
    best = scores.max(axis=1)
    keep = np.flatnonzero(best >= min_score)
    bins = distances[keep].reshape(len(keep), 4, distances.shape[1] // 4)
    share = np.exp(bins - bins.max(axis=2, keepdims=True))
    share /= share.sum(axis=2, keepdims=True)
    left, top, right, bottom = (share @ np.arange(bins.shape[2]) * stride).T
    x, y = _cell_centres(canvas, stride)[keep].T
    corners = np.stack([x - left, y - top, x + right, y + bottom], axis=1)
    corners = (corners / np.array([*canvas, *canvas])).astype(np.float32)
    return RawDetections(corners, best[keep], scores[keep].argmax(axis=1).astype(np.intp))


@lru_cache(maxsize=256)
def _cell_centres(canvas: Size, stride: int) -> Float32Array:
    """Return the centre of each cell in pixels, float32 [cells, 2] as x, y."""
    y, x = np.mgrid[: canvas.height // stride, : canvas.width // stride]
    return ((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride).astype(np.float32)
