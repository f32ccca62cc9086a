"""Give an object the same subject number when the tracker has given it a new id.

A new id takes over the nearest subject of its label that is lost or coasting (a person who turned
back is where the tracker did not expect one), so that dwell, stationary time and alerts survive
the change. The price: two people who swap places while hidden swap numbers.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from pipeline.geometry.frame_geometry import WIDESCREEN, FrameGeometry
from pipeline.geometry.shapes import Box, Point
from pipeline.track import ZERO_VELOCITY, Track
from pipeline.tracking.tracker_output import TrackerOutput

MAX_DISTANCE = 1.0
"""How far from its last place a lost subject can be found again, in heights of the object."""
WALKING_SPEED = 0.3
"""Heights per second from which a subject walks."""
MAX_WALKING_GAP = timedelta(seconds=4)
"""How long a subject that walked when it was lost can be found again: after that it is elsewhere.
One that stood can be found for longer, because another person may stand in front of it."""
MAX_SWAY = 0.5
"""How far a subject may sway and still be stationary, in heights of the object."""


@dataclass(slots=True)
class _Subject:
    number: int
    label: str
    box: Box
    velocity: Point
    last_at: datetime
    first_seen_at: datetime
    stationary_since: datetime
    place: Point

    def distance_to(self, label: str, box: Box, frame: FrameGeometry) -> float:
        """Return the distance of the feet in heights of the box; infinite to another label."""
        if label != self.label:
            return math.inf
        return frame.distance(self.box.foot, box.foot) / box.h

    def has_walked_away(self, at: datetime, frame: FrameGeometry) -> bool:
        """Return whether it walked when it was lost, and must be elsewhere by now."""
        speed = frame.length(self.velocity) / self.box.h
        return speed > WALKING_SPEED and at - self.last_at > MAX_WALKING_GAP

    def update(self, at: datetime, box: Box, velocity: Point, frame: FrameGeometry) -> None:
        """Record where it is, and whether it has left its place."""
        self.box, self.velocity, self.last_at = box, velocity, at
        if frame.distance(self.place, box.foot) > MAX_SWAY * box.h:
            self.place, self.stationary_since = box.foot, at


class TrackRelinker:
    """Number the subjects of one camera.

    Args:
        keep: How long a lost subject can be found again.
    """

    def __init__(self, keep: timedelta = timedelta(seconds=30)) -> None:
        self._keep = keep
        self._by_id: dict[int, _Subject] = {}
        self._next_number = 1

    def push(
        self, at: datetime, output: TrackerOutput, frame: FrameGeometry = WIDESCREEN
    ) -> tuple[tuple[Track, ...], TrackerOutput]:
        """Process the tracked objects of a frame, in any order.

        Args:
            at: Capture time, not before the previous frame.
            output: Of the tracker.
            frame: Shape of the frame.

        Returns:
            One track per object, in order of their subjects, and the output in the same order. A
            new id that coasts is in neither.
        """
        self._by_id = {i: s for i, s in self._by_id.items() if at - s.last_at <= self._keep}
        self._number_new(at, output, frame)
        ids = enumerate(output.ids.tolist())
        numbers = [(self._by_id[i].number, row) for row, i in ids if i in self._by_id]
        output = output.select([row for _, row in sorted(numbers)])
        return self._update(at, output, frame), output

    def _number_new(self, at: datetime, output: TrackerOutput, frame: FrameGeometry) -> None:
        """Give each new id a lost subject, or a new one."""
        rows = (~output.is_coasting).nonzero()[0].tolist()
        ids = output.ids.tolist()
        present = {ids[row]: row for row in rows}
        new = {
            i: (output.labels[row], Box(*output.boxes[row].tolist()))
            for i, row in sorted(present.items())
            if i not in self._by_id
        }
        if not new:
            return
        absent = ((i, s) for i, s in self._by_id.items() if i not in present)
        lost = {s.number: i for i, s in absent if not s.has_walked_away(at, frame)}
        matches = match_lost(new, [self._by_id[i] for i in lost.values()], frame)
        for track_id, (label, box) in new.items():
            number = matches.get(track_id)
            known = None if number is None else self._by_id.pop(lost[number])
            self._by_id[track_id] = known or self._create(at, label, box)

    def _create(self, at: datetime, label: str, box: Box) -> _Subject:
        self._next_number += 1
        return _Subject(
            number=self._next_number - 1,
            label=label,
            box=box,
            velocity=ZERO_VELOCITY,
            last_at=at,
            first_seen_at=at,
            stationary_since=at,
            place=box.foot,
        )

    def _update(
        self, at: datetime, output: TrackerOutput, frame: FrameGeometry
    ) -> tuple[Track, ...]:
        """Update the subjects of a frame, and return their tracks."""
        arrays = (output.ids, output.boxes, output.scores, output.velocities, output.is_coasting)
        rows = zip(*(array.tolist() for array in arrays), output.labels, strict=True)
        tracks = []
        for track_id, sides, score, velocity, is_coasting, label in rows:
            subject = self._by_id[track_id]
            subject.update(at, Box(*sides), Point(*velocity), frame)
            tracks.append(
                Track(
                    subject=subject.number,
                    label=label,
                    box=subject.box,
                    score=score,
                    first_seen_at=subject.first_seen_at,
                    stationary_since=subject.stationary_since,
                    velocity=subject.velocity,
                    is_coasting=is_coasting,
                )
            )
        return tuple(tracks)


def match_lost(
    new: Mapping[int, tuple[str, Box]], lost: Iterable[_Subject], frame: FrameGeometry
) -> dict[int, int]:
    """Match new ids with lost subjects, nearest first.

    Args:
        new: Label and box of each new id.
        lost: The subjects that may be found again.
        frame: Shape of the frame.

    Returns:
        The number of the subject of each id that is matched.
    """
    near = sorted(
        (distance, track_id, subject.number)
        for (track_id, (label, box)), subject in product(new.items(), lost)
        if (distance := subject.distance_to(label, box, frame)) <= MAX_DISTANCE
    )
    matches: dict[int, int] = {}
    for _, track_id, number in near:
        if track_id not in matches and number not in matches.values():
            matches[track_id] = number
    return matches
