"""Decode YOLOX: offsets from the cells of three grids (Ge et al. 2021, arXiv:2107.08430)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections, centres_to_corners
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

STRIDES = (8, 16, 32)


def decode(
    outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float, class_count: int
) -> RawDetections:
    """Decode the one output, [1, cells, 5 + classes]: x, y, w, h, objectness, class scores."""
    (rows,) = next(iter(outputs.values()))
    likely = np.flatnonzero(rows[:, 4] >= min_score)  # a score never exceeds its objectness
    rows = rows[likely]
    classes = rows[:, 5 : 5 + class_count].argmax(axis=1).astype(np.intp)
    scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + classes]
    keep = scores >= min_score
    cells, strides = _make_grid(canvas)
    cell, stride, offset = cells[likely][keep], strides[likely][keep], rows[keep, :4]
    centres = np.concatenate([offset[:, :2] + cell, np.exp(offset[:, 2:])], axis=1) * stride
    corners = centres_to_corners(centres) / np.array([*canvas, *canvas], np.float32)
    return RawDetections(corners.astype(np.float32), scores[keep], classes[keep])


@lru_cache(maxsize=256)
def _make_grid(canvas: Size) -> tuple[Float32Array, Float32Array]:
    """Return column and row of each cell, [cells, 2], and its size in pixels, [cells, 1]."""
    cells, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: canvas.height // stride, : canvas.width // stride]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
