"""One object over time: as the tracker numbers it, and as the rules see it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, overload

import msgspec
import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from pipeline.geometry.shapes import Box, Point

ZERO_VELOCITY = Point(0.0, 0.0)
"""No motion at all."""


class TrackedObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object in one frame, under the tracker's number, which may change hands.

    Args:
        id: The tracker's number, from 1.
        box: Where it is, or, for a moment after it was last seen, where it should be.
        score: The detector's, when it was last seen.
        velocity: Fractions of the frame a second.
        is_coasting: Whether it was not seen in this frame.
    """

    id: int
    label: str
    box: Box
    score: float
    velocity: Point = ZERO_VELOCITY
    is_coasting: bool = False


class Track(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object as the rules see it, under our own number, which outlives the tracker's.

    Args:
        subject: Our number, from 1, never used twice on a camera.
        first_seen_at: When it was first seen.
        stationary_since: Since when it has not left its place.
        velocity: Fractions of the frame a second.
        is_coasting: Whether it was not seen in this frame: the box is where it should be.
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
    """All tracks of a frame, and what of them is a number already, a row for each.

    Args:
        boxes: [n, 4] left, top, width and height in the frame.
        motions: [n, 2] fractions of the frame a second.
        coasts: [n] whether it was not seen in this frame.
    """

    each: tuple[Track, ...]
    boxes: NDArray[np.float64]
    motions: NDArray[np.float64]
    coasts: NDArray[np.bool_]

    @classmethod
    def of(cls, tracks: Iterable[Track]) -> Self:
        """Put tracks into rows."""
        each = tuple(tracks)
        boxes, motions = [astuple(track.box) for track in each], [track.velocity for track in each]
        coasts = np.array([track.is_coasting for track in each], np.bool_)
        return cls(each, _rows(boxes, 4), _rows(motions, 2), coasts)

    def __len__(self) -> int:
        """How many."""
        return len(self.each)

    def __iter__(self) -> Iterator[Track]:
        """One after another."""
        return iter(self.each)

    @overload
    def __getitem__(self, row: int) -> Track: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Track, ...]: ...
    def __getitem__(self, row: int | slice) -> Track | tuple[Track, ...]:
        """That of a row, or those of some."""
        return self.each[row]


def _rows(values: Sequence[Sequence[float]], wide: int) -> NDArray[np.float64]:
    return np.array(values, np.float64).reshape(-1, wide)
