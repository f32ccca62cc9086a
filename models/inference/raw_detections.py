"""Detections as a head decodes them: classes by number, boxes on the network's canvas."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.boxes import Float32Array

ClassIds = NDArray[np.intp]


class RawDetections(NamedTuple):
    """Detections in no particular order.

    Args:
        corners: float32 [n, 4]: left, top, right, bottom, fractions of the canvas; may leave it.
        scores: float32 [n], 0 to 1.
        classes: intp [n], indices into the model's list of labels.
    """

    corners: Float32Array
    scores: Float32Array
    classes: ClassIds

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the detections chosen by a mask or by indices."""
        return type(self)(self.corners[keep], self.scores[keep], self.classes[keep])

    @classmethod
    def concatenate(cls, parts: "list[RawDetections]") -> Self:
        """Join several sets of detections, in their order."""
        corners, scores, classes = zip(*parts, strict=True)
        return cls(np.concatenate(corners), np.concatenate(scores), np.concatenate(classes))


def centres_to_corners(centres: Float32Array) -> Float32Array:
    """Convert [n, 4] of centre x, centre y, width, height to left, top, right, bottom."""
    middle, half = centres[:, :2], centres[:, 2:] / 2
    return np.concatenate([middle - half, middle + half], axis=1)
