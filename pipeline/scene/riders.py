"""How large things are, and who sits in or on what."""

from collections.abc import Iterable, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from pipeline.track import Track

Numbers = NDArray[np.float64]

HIGH_M = {
    "person": 1.7,
    "dog": 0.6,
    "bicycle": 1.1,
    "motorcycle": 1.2,
    "car": 1.5,
    "van": 2.2,
    "bus": 3.2,
    "truck": 3.2,
}
OTHER_M = 1.0
"""Height of what is not in the table: a guess, for things that hardly move."""
RIDDEN = frozenset({"bicycle", "motorcycle", "car", "van", "bus", "truck"})
LEGS = 0.5
"""Part of a person's box, from below, that a vehicle hides or carries."""
HELD = 0.5
"""Part of the legs that must lie in the vehicle's box."""
BEFORE = 0.1
"""How far below a vehicle's box feet may reach, in parts of the person: further is before it."""


def typical_heights_m(labels: Iterable[str]) -> Numbers:
    """How high such things usually are: [n]."""
    return np.array([HIGH_M.get(label, OTHER_M) for label in labels], np.float64)


def find_riders(tracks: Sequence[Track], boxes: Numbers) -> frozenset[int]:
    """Tell riders and passengers from those on foot: whom a vehicle carries, by subject.

    A vehicle carries whose legs are in its box, and who does not stand before it.

    Args:
        boxes: [n, 4] those of the tracks: left, top, width, height.
    """
    ridden = [row for row, track in enumerate(tracks) if track.label in RIDDEN]
    people = [row for row, track in enumerate(tracks) if track.label == "person"]
    if not (people and ridden):
        return frozenset()
    rides = _carried(boxes[people], boxes[ridden])
    return frozenset(tracks[row].subject for row in compress(people, rides))


def _carried(people: Numbers, ridden: Numbers) -> NDArray[np.bool_]:
    """Which people some vehicle carries."""
    left, top, wide, high = people.T
    starts, ends = ridden[:, :2].T, (ridden[:, :2] + ridden[:, 2:]).T
    bottom, legs = top + high, high * LEGS
    across = _common((left, left + wide), (starts[0], ends[0]))
    across *= _common((bottom - legs, bottom), (starts[1], ends[1]))
    within = across >= (HELD * wide * legs)[:, None]
    within &= (bottom - BEFORE * high)[:, None] <= ends[1]
    return np.asarray(within.any(axis=1))


def overlapping(boxes: Numbers, least: float) -> list[tuple[int, int]]:
    """Which boxes overlap which others by ``least`` (intersection over union) or more: rows.

    Args:
        boxes: [n, 4] left, top, width, height.
    """
    left, top, wide, high = boxes.T
    across, down = (left, left + wide), (top, top + high)
    both = _common(across, across)
    both *= _common(down, down)
    area = least / (1 + least) * wide * high
    rows, columns = (both >= np.add.outer(area, area)).nonzero()
    return [(a, b) for a, b in zip(rows.tolist(), columns.tolist(), strict=True) if a != b]


def _common(some: tuple[Numbers, Numbers], others: tuple[Numbers, Numbers]) -> Numbers:
    """How long each piece of a line from the first to the second lies on each other one: [n, m]."""
    common = np.minimum.outer(some[1], others[1])
    common -= np.maximum.outer(some[0], others[0])
    return np.asarray(np.maximum(common, 0.0, out=common))
