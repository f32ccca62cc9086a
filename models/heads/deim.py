"""DEIM, DEIMv2, D-FINE and RT-DETR as exported with their post-processor: ready boxes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.found import Found
from pipeline.frame import Size

CONSTANTS = {"orig_target_sizes": np.array([[1, 1]], np.int64)}
"""Asked for a picture of 1 x 1, the model answers in fractions."""


def read(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, floor: float) -> Found:  # noqa: ARG001 - answers in fractions
    """Read ``labels`` [1, n], ``boxes`` [1, n, 4] as corners, and ``scores`` [1, n]."""
    scores = outputs["scores"][0].astype(np.float32)
    keep = scores >= floor
    corners = outputs["boxes"][0][keep].astype(np.float32)
    return Found(corners, scores[keep], outputs["labels"][0][keep].astype(np.intp))
