"""DEIM, DEIMv2, D-FINE and RT-DETR as exported with their post-processor: ready boxes."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import Found
from models.inference.region_planner import Patch
from pipeline.frame import Size

Scene = NDArray[np.float32]
CONSTANTS = {"orig_target_sizes": np.array([[1, 1]], np.int64)}
"""Asked for a picture of 1 x 1, the model answers in fractions."""
GRIDS = (16, 32)
"""Pixels from one candidate to the next, fine first."""
SMALLEST = 0.05
"""Side of a candidate of the fine grid, in parts of the whole; twice that of the coarse one."""
ONE_IN = 5
"""One candidate in so many is looked into; the networks were trained with as many or fewer."""
FEWEST = 40
"""So many are at the least: a cut-out may be full of people."""
NOTHING = np.zeros((1, 1, 1, 1), np.float32)


def read(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, floor: float) -> Found:  # noqa: ARG001 - answers in fractions
    """Read ``labels`` [1, n], ``boxes`` [1, n, 4] as corners, and ``scores`` [1, n]."""
    scores = outputs["scores"][0].astype(np.float32)
    keep = scores >= floor
    corners = outputs["boxes"][0][keep].astype(np.float32)
    return Found(corners, scores[keep], outputs["labels"][0][keep].astype(np.intp))


def placed(patch: Patch, whole: Size, scene: Scene | None) -> dict[str, NDArray[Any]]:
    """Tell a network of dynamic shape which cut-out of the whole frame it is shown.

    See ``models/export/dynamic_shape.py``.

    Args:
        scene: What the whole was like on average when it was last looked at; none to take the
            cut-out's own average.

    Returns:
        ``anchors``: the candidates as logits of fractions of the whole; ``gain`` and ``shift``:
        from such fractions to -1..1 across the cut-out; ``queries``: the most to look into;
        ``scene``, and whether its ``own`` average is to be taken.
    """
    return {
        **_placed(patch, whole),
        "scene": NOTHING if scene is None else scene,
        "own": np.array([scene is None], np.float32),
    }


@lru_cache(maxsize=64)
def _placed(patch: Patch, whole: Size) -> dict[str, NDArray[Any]]:
    centres, sides = [], []
    for level, step in enumerate(GRIDS):
        y, x = np.mgrid[: patch.height // step, : patch.width // step]
        centres.append((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * step)
        sides.append(np.full((x.size, 2), SMALLEST * 2**level))
    room = np.array(whole, np.float64)
    middle = (np.concatenate(centres) + patch[:2]) / room
    anchors = np.concatenate([middle, np.concatenate(sides)], axis=1)
    sizes, corner = np.array(patch[2:]), np.array(patch[:2])
    return {
        "anchors": np.log(anchors / (1 - anchors)).astype(np.float32)[None],
        "gain": (2 * room / sizes).astype(np.float32),
        "shift": (1 + 2 * corner / sizes).astype(np.float32),
        "queries": np.array([max(len(anchors) // ONE_IN, min(FEWEST, len(anchors)))], np.int64),
    }
