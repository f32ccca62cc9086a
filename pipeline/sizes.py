"""How large things are, and who sits in or on what."""

from collections.abc import Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Box
from pipeline.track import Track

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


def metres_high(label: str) -> float:
    """How high a thing usually is."""
    return HIGH_M.get(label, OTHER_M)


class Riding:
    """Tell riders and passengers from those on foot: all of a frame at once.

    A vehicle carries whose legs are in its box, and who does not stand before it.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        vehicles = _corners([track for track in tracks if track.label in RIDDEN])
        boxes = _corners(tracks)
        legs = boxes.copy()
        legs[:, 1] += (boxes[:, 3] - boxes[:, 1]) * (1 - LEGS)
        wide, high = (legs[:, 2:] - legs[:, :2]).T
        low = np.maximum(legs[:, None, :2], vehicles[None, :, :2])
        far = np.minimum(legs[:, None, 2:], vehicles[None, :, 2:])
        within = np.maximum(far - low, 0.0).prod(axis=2) >= HELD * (wide * high)[:, None]
        lowest = vehicles[:, 3] + BEFORE * (boxes[:, 3] - boxes[:, 1])[:, None]
        carried = (within & (boxes[:, 3][:, None] <= lowest)).any(axis=1)
        self._carried = frozenset(track.subject for track in compress(tracks, carried))

    def holds(self, person: Track) -> bool:
        """Whether a vehicle carries ``person``, who is one of the tracks."""
        return person.subject in self._carried


def _corners(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """[n, 4] left, top, right, bottom."""
    boxes = [(t.box.x, t.box.y, t.box.right, t.box.bottom) for t in tracks]
    return np.array(boxes, np.float64).reshape(-1, 4)


def shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common, as a part of the frame."""
    across = min(a.right, b.right) - max(a.x, b.x)
    down = min(a.bottom, b.bottom) - max(a.y, b.y)
    return max(across, 0.0) * max(down, 0.0)


def overlap(a: Box, b: Box) -> float:
    """Intersection of two boxes over their union, 0 to 1."""
    both = shared(a, b)
    return both / (a.w * a.h + b.w * b.h - both)
