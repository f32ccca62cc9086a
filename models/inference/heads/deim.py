"""Decode DEIM, DEIMv2, D-FINE and RT-DETR, exported with their post-processor."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections
from models.inference.region_planner import Region
from pipeline.frame import Size

GlobalContext = NDArray[np.float32]
"""Average features of the full frame, [1, channels, 1, 1]."""
CONSTANT_INPUTS = {"orig_target_sizes": np.array([[1, 1]], np.int64)}
"""The model scales boxes to this picture size: 1 x 1 gives fractions."""
CANDIDATE_STRIDES = (16, 32)
"""Pixels between neighbouring candidates, fine grid first."""
FINE_CANDIDATE_SIDE = 0.05
"""Side of a candidate of the fine grid as a fraction of the frame; the coarse one has twice it."""
CANDIDATES_PER_QUERY = 5
"""The decoder refines one candidate in this many; the networks are trained with fewer."""
MIN_QUERIES = 40
"""Candidates refined at the least: a small region may be full of people."""
NO_CONTEXT = np.zeros((1, 1, 1, 1), np.float32)


def decode(
    outputs: Mapping[str, NDArray[Any]],
    *,
    canvas: Size,  # noqa: ARG001 - the outputs are fractions already
    min_score: float,
    class_count: int,  # noqa: ARG001 - the network has chosen the class
) -> RawDetections:
    """Decode ``labels`` [1, n], ``boxes`` [1, n, 4] as corners, and ``scores`` [1, n]."""
    scores = outputs["scores"][0].astype(np.float32)
    keep = scores >= min_score
    corners = outputs["boxes"][0][keep].astype(np.float32)
    return RawDetections(corners, scores[keep], outputs["labels"][0][keep].astype(np.intp))


def region_inputs(
    region: Region, canvas: Size, context: GlobalContext | None
) -> dict[str, NDArray[Any]]:
    """Return the inputs that place a region in the full frame.

    Only networks made dynamic by ``models/export/dynamic_shape.py`` have them.

    Args:
        region: The region that the network runs on, in pixels of the canvas.
        canvas: Size of the full frame on the canvas.
        context: Average features of the last full frame; ``None`` uses those of the region.

    Returns:
        ``anchors``: the candidates, as logits of fractions of the full frame; ``gain`` and
        ``shift``: map such fractions to -1..1 across the region; ``queries``: how many
        candidates to refine; ``scene``: the context; ``own``: 1 to use the region's own.
    """
    return {
        **_placement(region, canvas),
        "scene": NO_CONTEXT if context is None else context,
        "own": np.array([context is None], np.float32),
    }


@lru_cache(maxsize=64)
def _placement(region: Region, canvas: Size) -> dict[str, NDArray[Any]]:
    centres, sides = [], []
    for level, stride in enumerate(CANDIDATE_STRIDES):
        y, x = np.mgrid[: region.height // stride, : region.width // stride]
        centres.append((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride)
        sides.append(np.full((x.size, 2), FINE_CANDIDATE_SIDE * 2**level))
    canvas_px = np.array(canvas, np.float64)
    middle = (np.concatenate(centres) + region[:2]) / canvas_px
    anchors = np.concatenate([middle, np.concatenate(sides)], axis=1)
    size, corner = np.array(region[2:]), np.array(region[:2])
    queries = max(len(anchors) // CANDIDATES_PER_QUERY, min(MIN_QUERIES, len(anchors)))
    return {
        "anchors": np.log(anchors / (1 - anchors)).astype(np.float32)[None],
        "gain": (2 * canvas_px / size).astype(np.float32),
        "shift": (1 + 2 * corner / size).astype(np.float32),
        "queries": np.array([queries], np.int64),
    }
