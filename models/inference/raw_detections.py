"""What a head reads out of the tensors, before labels and frame are known."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Float32Array

ClassIds = NDArray[np.intp]


class RawDetections(NamedTuple):
    """Objects on the model's canvas, in no order.

    Args:
        corners: float32 [n, 4]: left, top, right, bottom, fractions of the canvas; may leave it.
        scores: float32 [n], 0 to 1.
        classes: n places in the model's list of labels.
    """

    corners: Float32Array
    scores: Float32Array
    classes: ClassIds

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Keep some, by mask or by index."""
        return type(self)(self.corners[keep], self.scores[keep], self.classes[keep])

    @classmethod
    def concatenate(cls, parts: "list[RawDetections]") -> Self:
        """Put several together, in their order."""
        corners, scores, classes = zip(*parts, strict=True)
        return cls(np.concatenate(corners), np.concatenate(scores), np.concatenate(classes))


def centres_to_corners(centres: Float32Array) -> Float32Array:
    """Turn [n, 4] of centre x, centre y, width, height into corners."""
    middle, half = centres[:, :2], centres[:, 2:] / 2
    return np.concatenate([middle - half, middle + half], axis=1)
