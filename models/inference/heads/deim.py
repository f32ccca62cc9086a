"""DEIM, DEIMv2, D-FINE and RT-DETR as exported with their post-processor: ready boxes."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections
from models.inference.region_planner import Region
from pipeline.frame import Size

GlobalContext = NDArray[np.float32]
CONSTANT_INPUTS = {"orig_target_sizes": np.array([[1, 1]], np.int64)}
"""Asked for a picture of 1 x 1, the model answers in fractions."""
CANDIDATE_STRIDES = (16, 32)
"""Pixels from one candidate to the next, fine first."""
FINE_CANDIDATE_SIDE = 0.05
"""Side of a candidate of the fine grid, in parts of the whole; twice that of the coarse one."""
CANDIDATES_PER_QUERY = 5
"""One candidate in so many is looked into; the networks were trained with as many or fewer."""
MIN_QUERIES = 40
"""So many are at the least: a cut-out may be full of people."""
NO_CONTEXT = np.zeros((1, 1, 1, 1), np.float32)


def decode(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float) -> RawDetections:  # noqa: ARG001 - answers in fractions
    """Read ``labels`` [1, n], ``boxes`` [1, n, 4] as corners, and ``scores`` [1, n]."""
    scores = outputs["scores"][0].astype(np.float32)
    keep = scores >= min_score
    corners = outputs["boxes"][0][keep].astype(np.float32)
    return RawDetections(corners, scores[keep], outputs["labels"][0][keep].astype(np.intp))


def region_inputs(
    region: Region, whole: Size, context: GlobalContext | None
) -> dict[str, NDArray[Any]]:
    """Tell a network of dynamic shape which cut-out of the whole frame it is shown.

    See ``models/export/dynamic_shape.py``.

    Args:
        context: What the whole was like on average when it was last looked at; none to take the
            cut-out's own average.

    Returns:
        ``anchors``: the candidates as logits of fractions of the whole; ``gain`` and ``shift``:
        from such fractions to -1..1 across the cut-out; ``queries``: the most to look into;
        ``context``, and whether its ``own`` average is to be taken.
    """
    return {
        **_placed(region, whole),
        "scene": NO_CONTEXT if context is None else context,
        "own": np.array([context is None], np.float32),
    }


@lru_cache(maxsize=64)
def _placed(patch: Region, whole: Size) -> dict[str, NDArray[Any]]:
    centres, sides = [], []
    for level, step in enumerate(CANDIDATE_STRIDES):
        y, x = np.mgrid[: patch.height // step, : patch.width // step]
        centres.append((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * step)
        sides.append(np.full((x.size, 2), FINE_CANDIDATE_SIDE * 2**level))
    room = np.array(whole, np.float64)
    middle = (np.concatenate(centres) + patch[:2]) / room
    anchors = np.concatenate([middle, np.concatenate(sides)], axis=1)
    sizes, corner = np.array(patch[2:]), np.array(patch[:2])
    return {
        "anchors": np.log(anchors / (1 - anchors)).astype(np.float32)[None],
        "gain": (2 * room / sizes).astype(np.float32),
        "shift": (1 + 2 * corner / sizes).astype(np.float32),
        "queries": np.array(
            [max(len(anchors) // CANDIDATES_PER_QUERY, min(MIN_QUERIES, len(anchors)))], np.int64
        ),
    }
