"""An object over time, as scenario rules see it."""

from datetime import datetime

import msgspec

from pipeline.geometry.shapes import Box, Point

ZERO_VELOCITY = Point(0.0, 0.0)


class Track(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object over time, with a number that survives changes of the tracker's id.

    Args:
        subject: From 1, never used twice on a camera.
        box: Detected, or predicted while the object coasts.
        score: Of the last detection.
        first_seen_at: When it was first tracked.
        stationary_since: Since when it has not left its place.
        velocity: Fractions of the frame per second.
        is_coasting: Whether it was not detected in this frame.
    """

    subject: int
    label: str
    box: Box
    score: float
    first_seen_at: datetime
    stationary_since: datetime
    velocity: Point = ZERO_VELOCITY
    is_coasting: bool = False
