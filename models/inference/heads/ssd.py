"""Decode SSD with six anchor grids (Liu et al. 2016, arXiv:1512.02325) in MediaPipe's layout."""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inference.raw_detections import RawDetections, centres_to_corners
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

STRIDES = (16, 32, 64, 128, 256, 512)
MIN_SCALE, MAX_SCALE = 0.2, 0.95
"""Anchor sides on the first and the last grid, as fractions of the canvas."""
ASPECT_RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
"""Width over height."""
CENTRE_GAIN, SIZE_GAIN = 10.0, 5.0
"""Factors that the network's offsets were multiplied by in training."""


def decode(outputs: Mapping[str, NDArray[Any]], *, canvas: Size, min_score: float) -> RawDetections:
    """Decode offsets [1, anchors, 4] as y, x, h, w, and class logits [1, anchors, classes].

    Class 0 is the background; each class has its own sigmoid.
    """
    logits = next(t[0] for t in outputs.values() if t.shape[-1] != 4)
    offsets = next(t[0] for t in outputs.values() if t.shape[-1] == 4)
    best = logits[:, 1:].max(axis=1)
    keep = np.flatnonzero(best >= log(min_score / (1 - min_score)))
    classes = logits[keep, 1:].argmax(axis=1).astype(np.intp) + 1
    scores = (1 / (1 + np.exp(-best[keep]))).astype(np.float32)
    anchors, offsets = make_anchors(canvas)[keep], offsets[keep][:, [1, 0, 3, 2]]
    centres = offsets[:, :2] / CENTRE_GAIN * anchors[:, 2:] + anchors[:, :2]
    sizes = np.exp(offsets[:, 2:] / SIZE_GAIN) * anchors[:, 2:]
    corners = centres_to_corners(np.concatenate([centres, sizes], axis=1).astype(np.float32))
    return RawDetections(corners, scores, classes)


@lru_cache(maxsize=8)
def make_anchors(canvas: Size) -> Float32Array:
    """Return the anchors: centre x, centre y, width, height, fractions of the canvas.

    Returns:
        float32 [n, 4]; n is 1917 at 300 x 300.
    """
    anchors: list[tuple[float, float, float, float]] = []
    for layer, stride in enumerate(STRIDES):
        columns, rows = ceil(canvas.width / stride), ceil(canvas.height / stride)
        sizes = _anchor_sizes(layer)
        for cell in range(columns * rows):
            y, x = divmod(cell, columns)
            anchors += [((x + 0.5) / columns, (y + 0.5) / rows, w, h) for w, h in sizes]
    return np.array(anchors, np.float32)


def _anchor_sizes(layer: int) -> list[tuple[float, float]]:
    """Return the width and height of each anchor of a cell; the first grid has fewer."""
    scale, next_scale = _anchor_scale(layer), _anchor_scale(layer + 1)
    if layer == 0:
        return [(0.1, 0.1), *((scale * sqrt(r), scale / sqrt(r)) for r in ASPECT_RATIOS[1:3])]
    between = sqrt(scale * next_scale)
    return [*((scale * sqrt(r), scale / sqrt(r)) for r in ASPECT_RATIOS), (between, between)]


def _anchor_scale(layer: int) -> float:
    last = len(STRIDES) - 1
    return 1.0 if layer > last else MIN_SCALE + (MAX_SCALE - MIN_SCALE) * layer / last
