"""Find which people ride or sit in which vehicles."""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from pipeline.geometry.boxes import BoolArray, FloatArray
from pipeline.track import Track

VEHICLES = frozenset({"bicycle", "motorcycle", "car", "van", "bus", "truck"})
LEGS = 0.5
"""Share of a person's box, from below, that a vehicle hides or carries."""
MIN_LEGS_INSIDE = 0.5
"""Share of the legs that must lie in the box of the vehicle."""
MAX_FEET_BELOW = 0.1
"""How far feet may be below the box of the vehicle, as a share of the person's height; a person
whose feet are lower stands in front of it."""


def find_riders(tracks: Sequence[Track], boxes: FloatArray) -> frozenset[int]:
    """Return the subjects of the people who ride a vehicle or sit in it.

    A rider's legs are inside the box of the vehicle, and the feet are not below it.

    Args:
        tracks: Of the frame.
        boxes: [n, 4] their left, top, width, height.
    """
    vehicles = [row for row, track in enumerate(tracks) if track.label in VEHICLES]
    people = [row for row, track in enumerate(tracks) if track.label == "person"]
    if not (people and vehicles):
        return frozenset()
    riding = _are_riding(boxes[people], boxes[vehicles])
    return frozenset(tracks[row].subject for row in compress(people, riding))


def _are_riding(people: FloatArray, vehicles: FloatArray) -> BoolArray:
    left, top, width, height = people.T
    starts, ends = vehicles[:, :2].T, (vehicles[:, :2] + vehicles[:, 2:]).T
    bottom, legs = top + height, height * LEGS
    shared = _common_length((left, left + width), (starts[0], ends[0]))
    shared *= _common_length((bottom - legs, bottom), (starts[1], ends[1]))
    inside = shared >= (MIN_LEGS_INSIDE * width * legs)[:, None]
    inside &= (bottom - MAX_FEET_BELOW * height)[:, None] <= ends[1]
    return np.asarray(inside.any(axis=1))


def _common_length(
    spans: tuple[FloatArray, FloatArray], others: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Return the length that each span, from the first to the second, shares with each other."""
    common = np.minimum.outer(spans[1], others[1])
    common -= np.maximum.outer(spans[0], others[0])
    return np.asarray(np.maximum(common, 0.0, out=common))
