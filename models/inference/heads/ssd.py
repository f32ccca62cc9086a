"""SSD with six grids of anchors (Liu et al. 2016, arXiv:1512.02325), as MediaPipe lays it out."""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections, centres_to_corners
from pipeline.detection import Float32Array
from pipeline.frame import Size

STRIDES = (16, 32, 64, 128, 256, 512)
MIN_SCALE, MAX_SCALE = 0.2, 0.95
"""Sides of the anchors on the first and the last grid, in parts of the picture."""
ASPECT_RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
"""Width over height."""
CENTRE_GAIN, SIZE_GAIN = 10.0, 5.0
"""What the network's offsets were multiplied with in training."""


def decode(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float) -> RawDetections:
    """Read offsets [1, anchors, 4] as y, x, h, w, and class logits [1, anchors, classes].

    Class 0 is "nothing"; the logits of each class stand alone (sigmoid).
    """
    logits = next(t[0] for t in outputs.values() if t.shape[-1] != 4)
    offsets = next(t[0] for t in outputs.values() if t.shape[-1] == 4)
    best = logits[:, 1:].max(axis=1)
    keep = np.flatnonzero(best >= log(min_score / (1 - min_score)))
    classes = logits[keep, 1:].argmax(axis=1).astype(np.intp) + 1
    scores = (1 / (1 + np.exp(-best[keep]))).astype(np.float32)
    anchor, offset = make_anchors(canvas)[keep], offsets[keep][:, [1, 0, 3, 2]]
    centres = offset[:, :2] / CENTRE_GAIN * anchor[:, 2:] + anchor[:, :2]
    sizes = np.exp(offset[:, 2:] / SIZE_GAIN) * anchor[:, 2:]
    corners = centres_to_corners(np.concatenate([centres, sizes], axis=1).astype(np.float32))
    return RawDetections(corners, scores, classes)


@lru_cache(maxsize=8)
def make_anchors(canvas: Size) -> Float32Array:
    """List the anchors: centre x, centre y, width, height, fractions; [1917, 4] at 300 x 300."""
    rows: list[tuple[float, float, float, float]] = []
    for layer, stride in enumerate(STRIDES):
        columns, lines = ceil(canvas.width / stride), ceil(canvas.height / stride)
        shapes = _shapes(layer)
        for place in range(columns * lines):
            y, x = divmod(place, columns)
            rows += [((x + 0.5) / columns, (y + 0.5) / lines, w, h) for w, h in shapes]
    return np.array(rows, np.float32)


def _shapes(layer: int) -> list[tuple[float, float]]:
    """Give the width and height of each anchor of a cell; the first grid has fewer."""
    side, following = _side(layer), _side(layer + 1)
    if layer == 0:
        return [(0.1, 0.1), *((side * sqrt(s), side / sqrt(s)) for s in ASPECT_RATIOS[1:3])]
    between = sqrt(side * following)
    return [*((side * sqrt(s), side / sqrt(s)) for s in ASPECT_RATIOS), (between, between)]


def _side(layer: int) -> float:
    last = len(STRIDES) - 1
    return 1.0 if layer > last else MIN_SCALE + (MAX_SCALE - MIN_SCALE) * layer / last
