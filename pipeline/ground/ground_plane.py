"""The projection from the frame to metres on flat ground: the interface of all methods."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pipeline.geometry.boxes import FloatArray
from pipeline.geometry.shapes import Point
from pipeline.track import Track

PERSON_HEIGHT_M = 1.7
"""Height of a person who stands or walks upright."""
MIN_CAMERA_HEIGHT_M, MAX_CAMERA_HEIGHT_M = 2.0, 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """How far metres at one place of the frame may be off, with 95 % confidence.

    The error of the feet comes on top: the lower edge of a box is good to about a twentieth of
    its height.

    Args:
        position_m: Error of the position on the ground, metres; ``None`` without marks.
        lateral: Error of a short distance along the horizon, as a share of it.
        depth: Error of a short distance towards the horizon, as a share of it.
    """

    position_m: float | None
    lateral: float
    depth: float


class Ground(Protocol):
    """Projects the frame of a camera to the ground; heights are fractions of the frame height.

    ``aspect`` is the width of the frame over its height; ``is_marked`` means that distances do
    not depend on the people who have passed.
    """

    aspect: float
    is_marked: bool

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn from the people in a frame."""
        ...

    def positions_m(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Return the positions of feet on the ground: [n, 2] metres, finite everywhere."""
        ...

    def person_heights(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Return the height in the frame of a person who stands at each place: [n]."""
        ...

    @property
    def camera_height_m(self) -> float:
        """Height of the camera above the ground."""
        ...

    def uncertainty(self, at: Point) -> Uncertainty:
        """Return how far metres around a place may be off."""
        ...
