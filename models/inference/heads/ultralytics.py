"""Decode Ultralytics YOLO, v5u to 26, exported with ``model.export(format="onnx")``."""

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections, centres_to_corners
from pipeline.frame import Size

STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))
"""Grids of the usual networks, of those with P6, and of those with P2."""
TASKS = ("detect", "pose", "segment")
"""Tasks of Ultralytics whose outputs hold upright boxes."""
SUPPRESSED_COLUMNS = 6
"""Columns of a detection after suppression: four corners, score, class."""


def decode(
    outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float, class_count: int
) -> RawDetections:
    """Decode the first output.

    It is [1, 4 + classes + more, cells] of centre, size and class scores, or [1, n, 6 + more] of
    corners, score and class from exports without or with suppression inside. ``more`` are the
    key points of a pose model or the mask of a segmentation model; they are ignored.
    """
    (table,) = next(iter(outputs.values())).astype(np.float32, copy=False)
    canvas_px = np.array([*canvas, *canvas], np.float32)
    if _is_suppressed(table.shape, canvas, class_count):
        rows = table[table[:, 4] >= min_score]
        return RawDetections(rows[:, :4] / canvas_px, rows[:, 4], rows[:, 5].astype(np.intp))
    scores = table[4 : 4 + class_count]
    best = scores.max(axis=0)
    keep = np.flatnonzero(best >= min_score)
    classes = scores[:, keep].argmax(axis=0).astype(np.intp)
    corners = centres_to_corners(table[:4, keep].T) / canvas_px
    return RawDetections(corners, best[keep], classes)


def find_mismatch(metadata: Mapping[str, str], class_count: int) -> str | None:
    """Return what in the metadata that Ultralytics writes contradicts the card, if anything.

    Args:
        metadata: The metadata of the ONNX file; other exporters write none.
        class_count: Number of labels of the card.
    """
    if (task := metadata.get("task", TASKS[0])) not in TASKS:
        return f"is a network for {task}; only {', '.join(TASKS)} give upright boxes"
    try:
        names = ast.literal_eval(metadata.get("names", "None"))
    except (SyntaxError, ValueError):
        return None
    if isinstance(names, dict | list) and len(names) != class_count:
        return f"has {len(names)} classes, its card has {class_count} labels"
    return None


def _is_suppressed(shape: tuple[int, ...], canvas: Size, class_count: int) -> bool:
    """Return whether a table has one detection in a row, and not one cell in a column."""
    rows, columns = shape
    if columns == SUPPRESSED_COLUMNS:
        return True
    cell_counts = (
        sum((canvas.width // stride) * (canvas.height // stride) for stride in strides)
        for strides in STRIDES
    )
    return rows != 4 + class_count and columns not in cell_counts
