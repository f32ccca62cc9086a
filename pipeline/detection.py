"""What a detector found in one frame, as arrays."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import DetectionsError

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Detections:
    """Objects in one frame, in no order.

    Args:
        boxes: float32 [n, 4]: left, top, width, height, fractions of the frame, inside it.
        scores: float32 [n], 0 to 1.
        labels: n words of the catalogue's vocabulary: ``person``, ``car`` ...

    Raises:
        DetectionsError: The lengths disagree, a number is not finite, or a score leaves 0..1.
    """

    boxes: Float32Array
    scores: Float32Array
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
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
        """Nothing was found."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())

    def __len__(self) -> int:
        """How many objects."""
        return len(self.labels)

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Keep some, by mask or by index."""
        index = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        labels = tuple(self.labels[i] for i in index)
        return type(self)(self.boxes[index], self.scores[index], labels)
