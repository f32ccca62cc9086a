"""One object over time: as the tracker numbers it, and as the rules see it."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An object in one frame, under the tracker's number, which may change hands."""

    id: int
    label: str
    box: Box
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """An object as the rules see it, under our own number, which outlives the tracker's.

    Args:
        subject: Our number, from 1, never used twice on a camera.
        since: When it was first seen.
        still_since: Since when it has not left its place.
    """

    subject: int
    label: str
    box: Box
    score: float
    since: datetime
    still_since: datetime
