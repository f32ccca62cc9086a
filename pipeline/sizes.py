"""How large things are, and who sits in or on what."""

from collections.abc import Sequence

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
    """Tell riders and passengers from those on foot."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._vehicles = [track.box for track in tracks if track.label in RIDDEN]

    def holds(self, person: Track) -> bool:
        """Whether a vehicle carries ``person``: his legs are in its box, and not before it."""
        box = person.box
        legs = Box(box.x, box.y + box.h * (1 - LEGS), box.w, box.h * LEGS)
        return any(
            shared(legs, vehicle) >= HELD * legs.w * legs.h
            and box.bottom <= vehicle.bottom + BEFORE * box.h
            for vehicle in self._vehicles
        )


def shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common, as a part of the frame."""
    across = min(a.right, b.right) - max(a.x, b.x)
    down = min(a.bottom, b.bottom) - max(a.y, b.y)
    return max(across, 0.0) * max(down, 0.0)


def overlap(a: Box, b: Box) -> float:
    """Intersection of two boxes over their union, 0 to 1."""
    both = shared(a, b)
    return both / (a.w * a.h + b.w * b.h - both)
