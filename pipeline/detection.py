"""The objects that a detector found in one frame."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.errors import DetectionsError
from pipeline.geometry.boxes import BoolArray, Float32Array, IndexArray


@dataclass(frozen=True, slots=True)
class Detections:
    """Objects in one frame, in no particular order.

    Args:
        boxes: float32 [n, 4]: left, top, width, height, fractions of the frame, inside it.
        scores: float32 [n], 0 to 1.
        labels: n labels of the catalogue's vocabulary: ``person``, ``car`` ...

    Raises:
        DetectionsError: The lengths differ, a number is not finite, or a score is outside 0..1.
    """

    boxes: Float32Array
    scores: Float32Array
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check that the arrays belong together."""
        n = len(self.labels)
        if self.boxes.shape != (n, 4) or self.scores.shape != (n,):
            shapes = f"{self.boxes.shape}, {self.scores.shape}"
            raise DetectionsError(f"boxes and scores {shapes} do not fit {n} labels")
        if not (np.isfinite(self.boxes).all() and np.isfinite(self.scores).all()):
            raise DetectionsError("a box or score is not a finite number")
        if n and not (self.scores.min() >= 0 and self.scores.max() <= 1):
            raise DetectionsError("a score lies outside 0..1")

    @classmethod
    def empty(cls) -> Self:
        """Return detections of no object."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.labels)

    def select(self, keep: BoolArray | IndexArray) -> Self:
        """Return the objects chosen by a mask or by index."""
        index = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        labels = tuple(self.labels[i] for i in index)
        return type(self)(self.boxes[index], self.scores[index], labels)

    def merge(self, others: "Detections") -> "Detections":
        """Return these objects followed by ``others``."""
        return Detections(
            np.concatenate([self.boxes, others.boxes]),
            np.concatenate([self.scores, others.scores]),
            self.labels + others.labels,
        )
