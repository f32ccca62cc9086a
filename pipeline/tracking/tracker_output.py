"""The tracked objects of one frame as arrays, with the ids of the tracker."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.boxes import BoolArray, FloatArray
from pipeline.geometry.shapes import Box, Point
from pipeline.track import TrackedObject


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOutput:
    """One tracked object per row; ``TrackedObject`` values are made on iteration.

    Args:
        ids: int64 [n].
        labels: n labels.
        boxes: float64 [n, 4] left, top, width, height, fractions of the frame.
        scores: float64 [n].
        velocities: float64 [n, 2] fractions of the frame per second.
        is_coasting: bool [n].
    """

    ids: NDArray[np.int64]
    labels: Sequence[str]
    boxes: FloatArray
    scores: FloatArray
    velocities: FloatArray
    is_coasting: BoolArray

    @classmethod
    def of(cls, objects: Iterable[TrackedObject]) -> Self:
        """Build the arrays from objects."""
        each = list(objects)
        boxes = [(s.box.x, s.box.y, s.box.w, s.box.h) for s in each]
        return cls(
            ids=np.array([s.id for s in each], np.int64),
            labels=[s.label for s in each],
            boxes=np.array(boxes, np.float64).reshape(-1, 4),
            scores=np.array([s.score for s in each], np.float64),
            velocities=np.array([s.velocity for s in each], np.float64).reshape(-1, 2),
            is_coasting=np.array([s.is_coasting for s in each], np.bool_),
        )

    def with_ids(self, ids: Iterable[int]) -> Self:
        """Return the same objects with other ids, in the same order."""
        return replace(self, ids=np.array(list(ids), np.int64))

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.ids)

    def __iter__(self) -> Iterator[TrackedObject]:
        """Iterate over the objects."""
        arrays = (self.ids, self.boxes, self.scores, self.velocities, self.is_coasting)
        rows = zip(*(array.tolist() for array in arrays), self.labels, strict=True)
        for number, box, score, velocity, is_coasting, label in rows:
            yield TrackedObject(
                id=number,
                label=label,
                box=Box(*box),
                score=score,
                velocity=Point(*velocity),
                is_coasting=is_coasting,
            )


NO_OBJECTS = TrackerOutput.of(())
