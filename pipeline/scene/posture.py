"""Detect people who lie or fell, by their height as a share of their own standing height.

A fall is quick, lying down is slow. The head of a person who goes down goes down; a person who
walks behind a sign or a wall looks as short, but the head stays where it was. Only the time in
which the person was seen bent counts: blurred by a fall, people are lost for a moment.

The thresholds were chosen on the UR Fall data, 30 falls and 40 clips of daily life (sitting,
crouching, picking up, lying down), sampled at five frames a second; see ``docs/scenarios.md``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.shapes import Box
from pipeline.scene.body_shape import BodyShape, body_shape, choose_height
from pipeline.scene.fallen_person import FallenPerson, Person, Posture, is_part_of, people_in
from pipeline.scene.track_set import TrackSet
from pipeline.track import Track
from pipeline.tracking.subject_expiry import SubjectExpiry

KEEP_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Postures:
    """The postures of one frame.

    Args:
        lying: The posture of each tracked person who is down.
        fallen: Everybody who fell and is still down, tracked or not.
    """

    lying: Mapping[int, Posture] = field(default_factory=dict)
    fallen: tuple[FallenPerson, ...] = ()


NO_POSTURES = Postures()


class PostureEstimator:
    """Estimate the posture of every person on one camera.

    Args:
        confidence_threshold: That of the detector. Below it a box may be the wrong one, of a
            person and a chair, and shows at most that somebody is down.
    """

    def __init__(self, confidence_threshold: float = 0.0) -> None:
        self._confidence_threshold = confidence_threshold
        self._people: dict[int, Person] = {}
        self._expiry = SubjectExpiry(KEEP_FOR)
        self._last: datetime | None = None

    def push(
        self,
        at: datetime,
        tracks: TrackSet,
        detections: Detections | None = None,
        *,
        is_inferred: bool = True,
    ) -> Postures:
        """Process a frame.

        Args:
            at: Capture time, not before the previous frame.
            tracks: Of the frame.
            detections: All of the frame, including those with low scores.
            is_inferred: ``False`` if they are predicted, because nothing moved: nobody has left.
        """
        detections = detections or Detections.empty()
        elapsed = at - (self._last or at)
        self._last = at
        self._expire(at, tracks)
        surroundings = people_in(detections)
        for row, track in enumerate(tracks.tracks):
            if track.label == "person" and not track.is_coasting:
                shape = self._shape(at, track, tracks, row)
                if shape is not None and not (
                    shape.is_down and self._is_part(track.subject, track.box, tracks)
                ):
                    self._people[track.subject].observe(track, at, elapsed, shape, surroundings)
        fallen = tuple(self._follow(at, tracks, detections, is_inferred=is_inferred))
        row_of = tracks.row
        lying = {
            subject: person.posture
            for subject, person in self._people.items()
            if person.posture.lying_since and subject in row_of
        }
        return Postures(lying, fallen)

    def _expire(self, at: datetime, tracks: TrackSet) -> None:
        """Drop people who have been gone for long; who fell is followed without a track."""
        for subject in self._expiry.push(at, tracks.row):
            person = self._people.get(subject)
            if person is not None and not person.posture.has_fallen:
                del self._people[subject]

    def _shape(self, at: datetime, track: Track, tracks: TrackSet, row: int) -> BodyShape | None:
        """Return the outline of a person by the own standing height, or that of the scene.

        ``None`` if the box says nothing: its score is low, or an edge of the frame cuts off
        somebody whose height is not known.
        """
        person = self._people.setdefault(track.subject, Person())
        aspect, is_sure = tracks.ground.aspect, track.score >= self._confidence_threshold
        if is_sure:
            person.stature.push(at, track.box, aspect)
        own = person.stature.at(track.box.foot, tracks.ground)
        height = choose_height(own, float(tracks.person_heights[row]))
        shape = body_shape(track.box, height, aspect)
        says_nothing = (own is None and shape.is_cut) or not (is_sure or shape.is_down)
        return None if says_nothing else shape

    @staticmethod
    def _is_part(subject: int, box: Box, tracks: TrackSet) -> bool:
        """Return whether a box shows a part of somebody else who is tracked."""
        others = np.array(
            [
                (each.box.x, each.box.y, each.box.right, each.box.bottom)
                for each in tracks.tracks
                if each.label == "person" and each.subject != subject and not each.is_coasting
            ],
            np.float32,
        )
        return is_part_of(box, others.reshape(-1, 4))

    def _follow(
        self, at: datetime, tracks: TrackSet, detections: Detections, *, is_inferred: bool
    ) -> Iterator[FallenPerson]:
        """Yield everybody who fell, and find those whose track is lost in the detections."""
        for subject, person in self._people.items():
            if not is_inferred:
                person.stay(at)
            if person.seen_at != at and person.may_lie(at):
                found = person.find(detections, tracks.ground.aspect)
                if found is not None and not self._is_part(subject, found[0], tracks):
                    person.see_down(at, *found)
            fallen = person.fallen(at, subject)
            if fallen is not None:
                yield fallen
