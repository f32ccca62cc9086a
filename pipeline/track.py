"""Objects over time: as the tracker numbers them, and as scenario rules see them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, overload

import msgspec
import numpy as np
from msgspec.structs import astuple

from pipeline.geometry.boxes import BoolArray, FloatArray
from pipeline.geometry.shapes import Box, Point

ZERO_VELOCITY = Point(0.0, 0.0)


class TrackedObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object in one frame, with the id of the tracker, which may change for the same object.

    Args:
        id: From 1.
        box: Detected, or predicted while the object coasts.
        score: Of the last detection.
        velocity: Fractions of the frame per second.
        is_coasting: Whether it was not detected in this frame.
    """

    id: int
    label: str
    box: Box
    score: float
    velocity: Point = ZERO_VELOCITY
    is_coasting: bool = False


class Track(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object over time, with a number that survives changes of the tracker's id.

    Args:
        subject: From 1, never used twice on a camera.
        box: Detected, or predicted while the object coasts.
        score: Of the last detection.
        first_seen_at: When it was first tracked.
        stationary_since: Since when it has not left its place.
        velocity: Fractions of the frame per second.
        is_coasting: Whether it was not detected in this frame.
    """

    subject: int
    label: str
    box: Box
    score: float
    first_seen_at: datetime
    stationary_since: datetime
    velocity: Point = ZERO_VELOCITY
    is_coasting: bool = False


@dataclass(frozen=True, slots=True)
class Tracks(Sequence[Track]):
    """All tracks of a frame, and their numbers as arrays with one row per track.

    Args:
        each: The tracks, in order of their subjects.
        boxes: [n, 4] left, top, width, height, fractions of the frame.
        velocities: [n, 2] fractions of the frame per second.
        is_coasting: [n] whether the object was not detected in this frame.
    """

    each: tuple[Track, ...]
    boxes: FloatArray
    velocities: FloatArray
    is_coasting: BoolArray

    @classmethod
    def of(cls, tracks: Iterable[Track]) -> Self:
        """Build the arrays from tracks."""
        each = tuple(tracks)
        return cls(
            each,
            _rows([astuple(track.box) for track in each], 4),
            _rows([track.velocity for track in each], 2),
            np.array([track.is_coasting for track in each], np.bool_),
        )

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.each)

    def __iter__(self) -> Iterator[Track]:
        """Iterate over the tracks."""
        return iter(self.each)

    @overload
    def __getitem__(self, row: int) -> Track: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Track, ...]: ...
    def __getitem__(self, row: int | slice) -> Track | tuple[Track, ...]:
        """Return the track of a row, or those of some rows."""
        return self.each[row]


def _rows(values: Sequence[Sequence[float]], width: int) -> FloatArray:
    return np.array(values, np.float64).reshape(-1, width)
