"""Ultralytics YOLO, v5u to 26, as ``model.export(format="onnx")`` writes it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections, centres_to_corners
from pipeline.frame import Size

END_TO_END_COLUMNS = 6
"""Columns of an export that has made its choice: four corners, score, class."""


def decode(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float) -> RawDetections:
    """Read the one output: [1, 4 + classes, n] of centre, size and class scores, or ready rows.

    Ready rows, [1, n, 6], come from exports with ``end2end`` or ``nms=True``.
    """
    (table,) = next(iter(outputs.values())).astype(np.float32, copy=False)
    whole = np.array([*canvas, *canvas], np.float32)
    if table.shape[1] == END_TO_END_COLUMNS:
        rows = table[table[:, 4] >= min_score]
        return RawDetections(rows[:, :4] / whole, rows[:, 4], rows[:, 5].astype(np.intp))
    best = table[4:].max(axis=0)
    keep = np.flatnonzero(best >= min_score)
    classes = table[4:, keep].argmax(axis=0).astype(np.intp)
    return RawDetections(centres_to_corners(table[:4, keep].T) / whole, best[keep], classes)
