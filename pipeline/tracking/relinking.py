"""Sightings in, tracks out: who has been seen before keeps his number and his times.

A tracker's number is no identity. A number that is new takes over the nearest subject of
its label that is missing, or only coasts (who turned back is where nobody expected him), so
dwell, stillness and alerts outlive the switch. The price: two that change places unseen
change names.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from pipeline.geometry.shapes import Point
from pipeline.track import Track, TrackedObject, Tracks
from pipeline.tracking.tracker_output import TrackerOutput

ASPECT = 16 / 9
"""Width of a frame over its height, near enough to tell what is close by."""
REACH = 1.0
"""How far off a missing subject may be found again, in heights of the object."""
WALKS = 0.3
"""Heights a second from which on a subject walks."""
PASSED = timedelta(seconds=4)
"""How long one who walked when he was lost is looked for: after that he is elsewhere, and
whoever comes by is another. Who stood is remembered longer: somebody stands before him."""
STILL = 0.5
"""How far a subject may sway and still stand, in heights of the object."""


@dataclass(slots=True)
class _Subject:
    number: int
    seen: TrackedObject
    seen_at: datetime
    since: datetime
    still_since: datetime
    place: Point

    def heights_to(self, sighting: TrackedObject) -> float:
        """Distance of the feet, in heights; endless to what bears another label."""
        same = sighting.label == self.seen.label
        return (
            distance_in_heights(self.seen.box.foot, sighting.box.foot, sighting.box.h)
            if same
            else math.inf
        )

    def is_passed(self, at: datetime) -> bool:
        """Whether it walked when it was lost, and must be elsewhere by now."""
        pace = distance_in_heights(Point(0.0, 0.0), self.seen.velocity, self.seen.box.h)
        return pace > WALKS and at - self.seen_at > PASSED

    def see(self, sighting: TrackedObject, at: datetime) -> None:
        """Note where it is now, and whether it has left its place."""
        self.seen, self.seen_at = sighting, at
        if distance_in_heights(self.place, sighting.box.foot, sighting.box.h) > STILL:
            self.place, self.still_since = sighting.box.foot, at

    def track(self) -> Track:
        """It, as the rules see it."""
        return Track(
            subject=self.number,
            label=self.seen.label,
            box=self.seen.box,
            score=self.seen.score,
            first_seen_at=self.since,
            stationary_since=self.still_since,
            velocity=self.seen.velocity,
            is_coasting=self.seen.is_coasting,
        )


class TrackRelinker:
    """Remember what the tracker has lost, and give it back its number.

    Args:
        remember: For how long.
    """

    def __init__(self, remember: timedelta = timedelta(seconds=30)) -> None:
        self._remember = remember
        self._by_id: dict[int, _Subject] = {}
        self._next = 1

    def push(self, at: datetime, sightings: TrackerOutput) -> Tracks:
        """Take the sightings of a frame, in any order.

        Returns:
            One track each, in order of our numbers.
        """
        self._by_id = {i: s for i, s in self._by_id.items() if at - s.seen_at <= self._remember}
        each = list(sightings)
        now = sorted(each, key=lambda s: s.id)
        present = {s.id for s in now if not s.is_coasting}
        fresh = [s for s in now if not (s.is_coasting or s.id in self._by_id)]
        away = ((i, s) for i, s in self._by_id.items() if i not in present)
        lost = {s.number: i for i, s in away if not s.is_passed(at)}
        found = pair(fresh, [self._by_id[i] for i in lost.values()], reach=REACH)
        for sighting in fresh:
            number = found.get(sighting.id)
            known = None if number is None else self._by_id.pop(lost[number])
            self._by_id[sighting.id] = known or self._new(sighting, at)
        here = [(self._by_id[s.id], row) for row, s in enumerate(each) if s.id in self._by_id]
        here.sort(key=lambda known: known[0].number)
        for subject, row in here:
            subject.see(each[row], at)
        rows = [row for _, row in here]
        tracks = tuple([subject.track() for subject, _ in here])
        boxes, motions, coasts = sightings.boxes, sightings.velocities, sightings.is_coasting
        return Tracks(tracks, boxes[rows], motions[rows], coasts[rows])

    def _new(self, sighting: TrackedObject, at: datetime) -> _Subject:
        self._next += 1
        return _Subject(self._next - 1, sighting, at, at, at, sighting.box.foot)


def pair(
    fresh: Iterable[TrackedObject], lost: Iterable[_Subject], *, reach: float
) -> dict[int, int]:
    """Give each fresh track id the lost subject it continues; the nearest go first."""
    near = sorted(
        (away, sighting.id, subject.number)
        for sighting, subject in product(fresh, lost)
        if (away := subject.heights_to(sighting)) <= reach
    )
    found: dict[int, int] = {}
    for _, track_id, number in near:
        if track_id not in found and number not in found.values():
            found[track_id] = number
    return found


def distance_in_heights(a: Point, b: Point, height: float) -> float:
    """Distance of two places in the frame, in parts of ``height``."""
    return math.hypot((a.x - b.x) * ASPECT, a.y - b.y) / height
