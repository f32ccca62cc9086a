"""Decode Ultralytics YOLO, v5u to 26, exported with ``model.export(format="onnx")``."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections, centres_to_corners
from pipeline.frame import Size

END_TO_END_COLUMNS = 6
"""Columns of an export with built-in suppression: four corners, score, class."""


def decode(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float) -> RawDetections:
    """Decode the one output.

    It is [1, 4 + classes, n] of centre, size and class scores, or [1, n, 6] of corners, score
    and class from exports with ``end2end`` or ``nms=True``.
    """
    (table,) = next(iter(outputs.values())).astype(np.float32, copy=False)
    canvas_px = np.array([*canvas, *canvas], np.float32)
    if table.shape[1] == END_TO_END_COLUMNS:
        rows = table[table[:, 4] >= min_score]
        return RawDetections(rows[:, :4] / canvas_px, rows[:, 4], rows[:, 5].astype(np.intp))
    best = table[4:].max(axis=0)
    keep = np.flatnonzero(best >= min_score)
    classes = table[4:, keep].argmax(axis=0).astype(np.intp)
    corners = centres_to_corners(table[:4, keep].T) / canvas_px
    return RawDetections(corners, best[keep], classes)
