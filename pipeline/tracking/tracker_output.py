"""All objects of one frame in columns, as the tracker numbers them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import Box, Point
from pipeline.track import TrackedObject


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOutput:
    """A sighting in each row; one is made of a row only where somebody asks for it.

    Args:
        ids: [n] int64.
        labels: n words.
        boxes: float64 [n, 4], left, top, width, height.
        scores: float64 [n].
        velocities: float64 [n, 2], fractions of the frame a second.
        is_coasting: bool [n].
    """

    ids: NDArray[np.int64]
    labels: Sequence[str]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    velocities: NDArray[np.float64]
    is_coasting: NDArray[np.bool_]

    @classmethod
    def of(cls, sightings: Iterable[TrackedObject]) -> Self:
        """Put sightings into columns."""
        each = list(sightings)
        boxes = [(s.box.x, s.box.y, s.box.w, s.box.h) for s in each]
        return cls(
            ids=np.array([s.id for s in each], np.int64),
            labels=[s.label for s in each],
            boxes=np.array(boxes, np.float64).reshape(-1, 4),
            scores=np.array([s.score for s in each], np.float64),
            velocities=np.array([s.velocity for s in each], np.float64).reshape(-1, 2),
            is_coasting=np.array([s.is_coasting for s in each], np.bool_),
        )

    def numbered(self, ids: Iterable[int]) -> Self:
        """The same under other numbers, in the same order."""
        return replace(self, ids=np.array(list(ids), np.int64))

    def __len__(self) -> int:
        """How many."""
        return len(self.ids)

    def __iter__(self) -> Iterator[TrackedObject]:
        """One after another, in their order."""
        columns = (self.ids, self.boxes, self.scores, self.velocities, self.is_coasting)
        rows = zip(*(column.tolist() for column in columns), self.labels, strict=True)
        for number, box, score, motion, coasts, label in rows:
            yield TrackedObject(
                id=number,
                label=label,
                box=Box(*box),
                score=score,
                velocity=Point(*motion),
                is_coasting=coasts,
            )


NO_OBJECTS = TrackerOutput.of(())
"""A frame in which nothing is told."""
