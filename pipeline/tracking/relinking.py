"""Give an object the same subject number when the tracker has given it a new id.

A new id takes over the nearest subject of its label that is lost or coasting (a person who turned
back is where the tracker did not expect one), so that dwell, stationary time and alerts survive
the change. The price: two people who swap places while hidden swap numbers.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from pipeline.geometry.frame_geometry import WIDESCREEN, FrameGeometry
from pipeline.geometry.shapes import Point
from pipeline.track import Track, TrackedObject, Tracks
from pipeline.tracking.tracker_output import TrackerOutput

MAX_DISTANCE = 1.0
"""How far from its last place a lost subject can be found again, in heights of the object."""
WALKING_SPEED = 0.3
"""Heights per second from which a subject walks."""
MAX_WALKING_GAP = timedelta(seconds=4)
"""How long a subject that walked when it was lost can be found again: after that it is elsewhere.
One that stood can be found for longer, because somebody else may stand in front of it."""
MAX_SWAY = 0.5
"""How far a subject may sway and still be stationary, in heights of the object."""


@dataclass(slots=True)
class _Subject:
    number: int
    last: TrackedObject
    last_at: datetime
    first_seen_at: datetime
    stationary_since: datetime
    place: Point

    def distance_to(self, other: TrackedObject, frame: FrameGeometry) -> float:
        """Return the distance of the feet in heights; infinite to another label."""
        if other.label != self.last.label:
            return math.inf
        return frame.distance(self.last.box.foot, other.box.foot) / other.box.h

    def has_walked_away(self, at: datetime, frame: FrameGeometry) -> bool:
        """Return whether it walked when it was lost, and must be elsewhere by now."""
        speed = frame.length(self.last.velocity) / self.last.box.h
        return speed > WALKING_SPEED and at - self.last_at > MAX_WALKING_GAP

    def update(self, seen: TrackedObject, at: datetime, frame: FrameGeometry) -> None:
        """Record where it is, and whether it has left its place."""
        self.last, self.last_at = seen, at
        if frame.distance(self.place, seen.box.foot) > MAX_SWAY * seen.box.h:
            self.place, self.stationary_since = seen.box.foot, at

    def track(self) -> Track:
        """Return it as the rules see it."""
        return Track(
            subject=self.number,
            label=self.last.label,
            box=self.last.box,
            score=self.last.score,
            first_seen_at=self.first_seen_at,
            stationary_since=self.stationary_since,
            velocity=self.last.velocity,
            is_coasting=self.last.is_coasting,
        )


class TrackRelinker:
    """Number the subjects of one camera.

    Args:
        keep: How long a lost subject can be found again.
    """

    def __init__(self, keep: timedelta = timedelta(seconds=30)) -> None:
        self._keep = keep
        self._by_id: dict[int, _Subject] = {}
        self._next = 1

    def push(
        self, at: datetime, output: TrackerOutput, frame: FrameGeometry = WIDESCREEN
    ) -> Tracks:
        """Process the tracked objects of a frame, in any order.

        Args:
            at: Capture time, not before the previous frame.
            output: Of the tracker.
            frame: Shape of the frame.

        Returns:
            One track each, in order of their subjects.
        """
        self._by_id = {i: s for i, s in self._by_id.items() if at - s.last_at <= self._keep}
        objects = list(output)
        self._number_new(at, objects, frame)
        rows_of = [
            (self._by_id[each.id], row)
            for row, each in enumerate(objects)
            if each.id in self._by_id
        ]
        rows_of.sort(key=lambda pair: pair[0].number)
        for subject, row in rows_of:
            subject.update(objects[row], at, frame)
        rows = [row for _, row in rows_of]
        tracks = tuple([subject.track() for subject, _ in rows_of])
        return Tracks(tracks, output.boxes[rows], output.velocities[rows], output.is_coasting[rows])

    def _number_new(
        self, at: datetime, objects: Iterable[TrackedObject], frame: FrameGeometry
    ) -> None:
        """Give each new id a lost subject, or a new one."""
        by_id = sorted(objects, key=lambda each: each.id)
        present = {each.id for each in by_id if not each.is_coasting}
        new = [each for each in by_id if not (each.is_coasting or each.id in self._by_id)]
        absent = ((i, s) for i, s in self._by_id.items() if i not in present)
        lost = {s.number: i for i, s in absent if not s.has_walked_away(at, frame)}
        matches = match_lost(new, [self._by_id[i] for i in lost.values()], frame)
        for each in new:
            number = matches.get(each.id)
            known = None if number is None else self._by_id.pop(lost[number])
            self._by_id[each.id] = known or self._create(each, at)

    def _create(self, seen: TrackedObject, at: datetime) -> _Subject:
        self._next += 1
        return _Subject(self._next - 1, seen, at, at, at, seen.box.foot)


def match_lost(
    new: Iterable[TrackedObject], lost: Iterable[_Subject], frame: FrameGeometry
) -> dict[int, int]:
    """Match new ids with lost subjects, nearest first; return the subject of each id."""
    near = sorted(
        (distance, each.id, subject.number)
        for each, subject in product(new, lost)
        if (distance := subject.distance_to(each, frame)) <= MAX_DISTANCE
    )
    matches: dict[int, int] = {}
    for _, track_id, number in near:
        if track_id not in matches and number not in matches.values():
            matches[track_id] = number
    return matches
