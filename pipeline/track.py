"""One object over time: as the tracker numbers it, and as the rules see it."""

from datetime import datetime

import msgspec

from pipeline.geometry import Box, Point

STILL = Point(0.0, 0.0)
"""No motion at all."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object in one frame, under the tracker's number, which may change hands.

    Args:
        id: The tracker's number, from 1.
        box: Where it is, or, for a moment after it was last seen, where it should be.
        score: The detector's, when it was last seen.
        motion: Fractions of the frame a second.
        coasts: Whether it was not seen in this frame.
    """

    id: int
    label: str
    box: Box
    score: float
    motion: Point = STILL
    coasts: bool = False


class Track(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object as the rules see it, under our own number, which outlives the tracker's.

    Args:
        subject: Our number, from 1, never used twice on a camera.
        since: When it was first seen.
        still_since: Since when it has not left its place.
        motion: Fractions of the frame a second.
        coasts: Whether it was not seen in this frame: the box is where it should be.
    """

    subject: int
    label: str
    box: Box
    score: float
    since: datetime
    still_since: datetime
    motion: Point = STILL
    coasts: bool = False
