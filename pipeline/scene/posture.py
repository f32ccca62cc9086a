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
from itertools import islice

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.shapes import Box
from pipeline.scene.body_shape import BodyShape, body_shape, choose_height
from pipeline.scene.fallen_person import DetectedPeople, FallenPerson, Person, Posture, is_part_of
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
        elapsed = at - (self._last or at)
        self._last = at
        self._expire(at, tracks)
        people = DetectedPeople(detections or Detections.empty())
        for track, shape in self._shapes(at, tracks):
            if not (shape.is_down and self._is_part(track.subject, track.box, tracks)):
                self._people[track.subject].observe(track, at, elapsed, shape, people.corners)
        fallen = tuple(self._follow(at, tracks, people, is_inferred=is_inferred))
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

    def _shapes(self, at: datetime, tracks: TrackSet) -> Iterator[tuple[Track, BodyShape]]:
        """Yield the outline of each person, by the own standing height or that of the scene.

        Left out are boxes that say nothing: with a low score, or cut off by an edge of the frame
        while the height of the person is not known.
        """
        aspect, scene_heights = tracks.ground.aspect, tracks.person_heights.tolist()
        visible = [
            (row, track, self._people.setdefault(track.subject, Person()).stature)
            for row, track in enumerate(tracks.tracks)
            if track.label == "person" and not track.is_coasting
        ]
        for _, track, stature in visible:
            if track.score >= self._confidence_threshold:
                stature.push(at, track.box, aspect)
        feet = [foot for _, _, stature in visible for foot in stature.feet]
        measured = iter(tracks.ground.person_heights(feet).tolist() if feet else ())
        for row, track, stature in visible:
            here = scene_heights[row]
            own = stature.at(here, islice(measured, len(stature.feet)))
            shape = body_shape(track.box, choose_height(own, here), aspect)
            is_sure = shape.is_down or track.score >= self._confidence_threshold
            if is_sure and not (own is None and shape.is_cut):
                yield track, shape

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
        self, at: datetime, tracks: TrackSet, people: DetectedPeople, *, is_inferred: bool
    ) -> Iterator[FallenPerson]:
        """Yield everybody who fell, and find those whose track is lost in the detections."""
        for subject, person in self._people.items():
            if not is_inferred:
                person.stay(at)
            if person.seen_at != at and person.may_lie(at):
                found = person.find(people, tracks.ground.aspect)
                if found is not None and not self._is_part(subject, found[0], tracks):
                    person.see_down(at, *found)
            fallen = person.fallen(at, subject)
            if fallen is not None:
                yield fallen
