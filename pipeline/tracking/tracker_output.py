"""The tracked objects of one frame as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from pipeline.geometry.boxes import BoolArray, FloatArray
from pipeline.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOutput:
    """The confirmed objects of one frame, one per row.

    Args:
        ids: int64 [n] ids of the tracker, which may change for the same object.
        labels: n labels.
        boxes: float64 [n, 4] left, top, width, height, fractions of the frame.
        scores: float64 [n] of the last detections.
        velocities: float64 [n, 2] fractions of the frame per second.
        is_coasting: bool [n] whether the object was not detected in this frame.
    """

    ids: NDArray[np.int64]
    labels: Sequence[str]
    boxes: FloatArray
    scores: FloatArray
    velocities: FloatArray
    is_coasting: BoolArray

    @classmethod
    def from_tracks(cls, tracks: Iterable[Track]) -> Self:
        """Build the arrays from tracks, whose subjects become the ids."""
        rows = list(tracks)
        return cls(
            ids=np.array([track.subject for track in rows], np.int64),
            labels=[track.label for track in rows],
            boxes=np.array([astuple(track.box) for track in rows], np.float64).reshape(-1, 4),
            scores=np.array([track.score for track in rows], np.float64),
            velocities=np.array([track.velocity for track in rows], np.float64).reshape(-1, 2),
            is_coasting=np.array([track.is_coasting for track in rows], np.bool_),
        )

    def with_ids(self, ids: Iterable[int]) -> Self:
        """Return the same objects with other ids, in the same order."""
        return replace(self, ids=np.array(list(ids), np.int64))

    def select(self, rows: Sequence[int]) -> Self:
        """Return the objects of these rows, in this order."""
        if list(rows) == list(range(len(self))):
            return self
        return type(self)(
            ids=self.ids[rows],
            labels=[self.labels[row] for row in rows],
            boxes=self.boxes[rows],
            scores=self.scores[rows],
            velocities=self.velocities[rows],
            is_coasting=self.is_coasting[rows],
        )

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.ids)


NO_OBJECTS = TrackerOutput.from_tracks(())
