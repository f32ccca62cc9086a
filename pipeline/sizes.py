"""How large things are, and who sits in or on what."""

from collections.abc import Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

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
        ridden = [track for track in tracks if track.label in RIDDEN]
        people = [track for track in tracks if track.label == "person"]
        self._carried = _carried(people, ridden) if people and ridden else frozenset()

    def holds(self, person: Track) -> bool:
        """Whether a vehicle carries ``person``, who is one of the tracks."""
        return person.subject in self._carried


def _carried(people: Sequence[Track], ridden: Sequence[Track]) -> frozenset[int]:
    """Whom some vehicle carries."""
    vehicles = _edges(ridden)
    left, top, right, bottom = _edges(people)[:, :, None].transpose(1, 0, 2)
    knee = top + (bottom - top) * (1 - LEGS)
    across = np.minimum(right, vehicles[:, 2]) - np.maximum(left, vehicles[:, 0])
    down = np.minimum(bottom, vehicles[:, 3]) - np.maximum(knee, vehicles[:, 1])
    hidden = np.maximum(across, 0.0) * np.maximum(down, 0.0)
    within = hidden >= HELD * ((right - left) * (bottom - knee))
    carried = (within & (bottom <= vehicles[:, 3] + BEFORE * (bottom - top))).any(axis=1)
    return frozenset(person.subject for person in compress(people, carried))


def _edges(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """[n, 4] left, top, right, bottom."""
    boxes = [(t.box.x, t.box.y, t.box.right, t.box.bottom) for t in tracks]
    return np.array(boxes, np.float64).reshape(-1, 4)


def overlaps(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each box with each: [n, n], 0 to 1.

    Args:
        boxes: [n, 4] left, top, width, height.
    """
    left, top, wide, high = boxes.T
    right, bottom, area = left + wide, top + high, wide * high
    across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    down = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    both = np.maximum(across, 0.0) * np.maximum(down, 0.0)
    return np.asarray(both / (np.add.outer(area, area) - both))
