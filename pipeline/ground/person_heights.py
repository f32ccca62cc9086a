"""Who passes a camera and shows how tall people look there."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from pipeline.geometry.shapes import Point
from pipeline.track import Track

STEP = 0.25
"""How far somebody must have gone to show it anew, in parts of his height."""
TOP, BOTTOM = 0.005, 0.995
"""Whose box reaches beyond these is cut off by the edge of the frame."""


class HeightSample(NamedTuple):
    """Where somebody stands, and how tall he looks there, in heights of the frame."""

    foot: Point
    height: float
    subject: int


class PersonHeightSampler:
    """Pick out what teaches how tall people are.

    Only who is seen from head to foot and upright; and each once a step, so that one who sits
    by the camera for an hour, or a poster, counts no more than one who passes.
    """

    def __init__(self) -> None:
        self._last: dict[int, Point] = {}

    def push(self, tracks: Iterable[Track], aspect: float) -> list[HeightSample]:
        """Take the tracks of a frame."""
        people = [track for track in tracks if track.label == "person"]
        fresh = [
            HeightSample(person.box.foot, person.box.h, person.subject)
            for person in people
            if _is_whole(person, aspect) and self._has_stepped(person, aspect)
        ]
        self._last |= {one.subject: one.foot for one in fresh}
        here = {person.subject for person in people}
        self._last = {subject: foot for subject, foot in self._last.items() if subject in here}
        return fresh

    def _has_stepped(self, person: Track, aspect: float) -> bool:
        last, foot = self._last.get(person.subject), person.box.foot
        if last is None:
            return True
        return math.hypot((foot.x - last.x) * aspect, foot.y - last.y) >= STEP * person.box.h


def _is_whole(person: Track, aspect: float) -> bool:
    """Tell whether somebody is seen from head to foot, and up: who lies is not tall."""
    box = person.box
    in_frame = box.bottom < BOTTOM and box.y > TOP
    return in_frame and not person.is_coasting and box.h > box.w * aspect
