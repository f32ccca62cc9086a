"""Sample the heights of people who pass a camera."""

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.geometry.frame_geometry import FrameGeometry
from pipeline.geometry.shapes import Point
from pipeline.track import Track

MIN_STEP = 0.25
"""How far a person must have walked to be sampled again, as a share of the height."""
TOP, BOTTOM = 0.005, 0.995
"""Boxes that reach beyond these are cut off by the edge of the frame."""


class HeightSample(NamedTuple):
    """Where a person stands, and the height of the person in the frame (fraction of it)."""

    foot: Point
    height: float
    subject: int


class PersonHeightSampler:
    """Select the tracks that show the height of a standing person.

    Only people seen upright and from head to foot; each person once per step, so that a person
    who sits by the camera for an hour, or a poster, has no more weight than one who passes.
    """

    def __init__(self) -> None:
        self._last: dict[int, Point] = {}

    def push(self, tracks: Iterable[Track], aspect: float) -> list[HeightSample]:
        """Return the samples of a frame.

        Args:
            tracks: All tracks of the frame.
            aspect: Width of the frame over its height.
        """
        people = [track for track in tracks if track.label == "person"]
        samples = [
            HeightSample(person.box.foot, person.box.h, person.subject)
            for person in people
            if _is_whole(person, aspect) and self._has_stepped(person, aspect)
        ]
        self._last |= {sample.subject: sample.foot for sample in samples}
        present = {person.subject for person in people}
        self._last = {subject: foot for subject, foot in self._last.items() if subject in present}
        return samples

    def _has_stepped(self, person: Track, aspect: float) -> bool:
        last, foot = self._last.get(person.subject), person.box.foot
        if last is None:
            return True
        return FrameGeometry(aspect).distance(foot, last) >= MIN_STEP * person.box.h


def _is_whole(person: Track, aspect: float) -> bool:
    """Return whether a person is upright and seen from head to foot."""
    box = person.box
    in_frame = box.bottom < BOTTOM and box.y > TOP
    return in_frame and not person.is_coasting and box.h > box.w * aspect
