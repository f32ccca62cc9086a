"""Follow one person from upright to down, and find who fell where the track is lost.

Detectors are trained on people who stand: somebody who lies gets a low score, or none for a
moment, in another box than before. What is found is that person if it lies within reach of where
the person stood, is new there, and has the outline of somebody who is down.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.boxes import Float32Array, iou_matrix, xywh_to_xyxy
from pipeline.geometry.shapes import Box
from pipeline.scene.body_shape import UP_AGAIN_RATIO, BodyShape, StandingHeight, body_shape
from pipeline.track import Track

FALL_TIME = timedelta(seconds=1.2)
"""Longest time from upright to down that counts as a fall; lying down takes longer."""
MAX_UNSEEN = timedelta(seconds=2)
"""How long a person may be lost meanwhile, and how long one who is down is remembered unseen."""
UNSEEN_PER_SIGHTING = timedelta(seconds=0.4)
"""The same for each time the person was seen down: what was seen once is soon forgotten."""
MIN_SIGHTINGS = 2
"""How often a lost person must be found in one place: a person who lies does not walk."""
MIN_SCORE = 0.2
"""Score from which a detection may be a person who lies."""
MIN_LENGTH, MAX_LENGTH = 0.35, 1.3
"""Longer side of a lying person, in standing heights: less is a head or a hand."""
MIN_HEAD_DROP = 0.3
"""How far the head must have come down, in standing heights."""
MAX_REACH = 1.0
"""How far from the feet the middle of a fallen person may be, in standing heights."""
MAX_RISE, MAX_SINK = 0.4, 0.5
"""How far the lower edge may lie above and below the feet: away from the camera, or towards it."""
KNOWN_IOU = 0.5
"""IoU with an earlier detection from which a detection is nothing new."""
SAME_IOU = 0.3
"""IoU from which two boxes are the same person who lies."""


class FallenPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person who fell and is still down, tracked or not.

    Args:
        subject: Of the track that the person had when upright.
        score: Of the last detection.
        since: When the person went down.
        is_visible: Whether the person was detected in this frame.
    """

    subject: int
    box: Box
    score: float
    since: datetime
    is_visible: bool = True
    label: str = "person"


@dataclass(frozen=True, slots=True)
class Posture:
    """The posture of a person.

    Args:
        lying_since: When the person went down; ``None`` for upright or in between.
        has_fallen: Whether the person went down within ``FALL_TIME``.
    """

    lying_since: datetime | None = None
    has_fallen: bool = False


NOT_LYING = Posture()
"""Of a person who is upright, or of whom nothing is known."""


class DetectedPeople:
    """The people among the detections of one frame, at any score.

    Attributes:
        corners: [n, 4] left, top, right, bottom.
    """

    def __init__(self, detections: Detections) -> None:
        rows = [row for row, label in enumerate(detections.labels) if label == "person"]
        self._boxes, self._scores = detections.boxes[rows], detections.scores[rows]
        self.corners = xywh_to_xyxy(self._boxes)

    @cached_property
    def candidates(self) -> list[tuple[float, Box]]:
        """Score and box of each that may be a person who lies."""
        rows = zip(self._scores.tolist(), self._boxes.tolist(), strict=True)
        return [(score, Box(*sides)) for score, sides in rows if score >= MIN_SCORE]


class StandingPerson(NamedTuple):
    """A person in the last frame in which he or she was upright.

    Args:
        head: Upper edge of the box when the head was highest, in the last ``FALL_TIME``.
        height: Standing height, fraction of the frame height.
        surroundings: [n, 4] left, top, right, bottom of all people in that frame, at any score.
    """

    at: datetime
    box: Box
    head: float
    height: float
    surroundings: Float32Array

    def has_head_dropped(self, box: Box) -> bool:
        """Return whether the head of the person has come down."""
        return box.y - self.head >= MIN_HEAD_DROP * self.height

    def find_fallen(
        self, people: DetectedPeople, aspect: float, expected: Box | None = None
    ) -> tuple[Box, float] | None:
        """Return the box and score of the likeliest detection of this person after a fall.

        Args:
            people: All of a frame.
            aspect: Width of the frame over its height.
            expected: Where the person was found before: preferred.
        """
        found = [
            (expected is not None and is_same(box, expected), score, box)
            for score, box in people.candidates
            if self._may_be(box, aspect) and not self._was_there(box)
        ]
        if not found:
            return None
        _, score, box = max(found, key=lambda each: each[:2])
        return box, score

    def _was_there(self, box: Box) -> bool:
        corners = np.array([[box.x, box.y, box.right, box.bottom]], np.float32)
        return bool((iou_matrix(corners, self.surroundings) >= KNOWN_IOU).any())

    def _may_be(self, box: Box, aspect: float) -> bool:
        shape, foot, height = body_shape(box, self.height, aspect), self.box.foot, self.height
        return (
            shape.is_down
            and MIN_LENGTH <= max(shape.width, shape.height) <= MAX_LENGTH
            and abs(box.centre.x - foot.x) * aspect <= MAX_REACH * height
            and foot.y - MAX_RISE * height <= box.bottom <= foot.y + MAX_SINK * height
            and self.has_head_dropped(box)
        )


@dataclass(slots=True)
class Person:
    """What is known about one person: last upright, and where he or she lies.

    Args:
        bent_for: How long the person has been seen since upright, without the time unseen.
        place: Where the person was first found down.
        sightings: How often the person was found there.
    """

    stature: StandingHeight = field(default_factory=StandingHeight)
    standing: StandingPerson | None = None
    heads: deque[tuple[datetime, float]] = field(default_factory=deque)
    bent_for: timedelta = timedelta()
    posture: Posture = NOT_LYING
    box: Box | None = None
    score: float = 0.0
    seen_at: datetime | None = None
    place: Box | None = None
    sightings: int = 0

    def observe(  # noqa: PLR0917  # a row of the frame
        self,
        track: Track,
        at: datetime,
        elapsed: timedelta,
        shape: BodyShape,
        surroundings: Float32Array,
    ) -> None:
        """Record the track of a frame, of a certain outline."""
        if not shape.is_upright and self.seen_at == at - elapsed:
            self.bent_for += elapsed
        self.box, self.score, self.seen_at = track.box, track.score, at
        if shape.is_upright:
            self._stand(at, track.box, track.box.h / shape.height, surroundings)
        elif shape.is_down:
            self._go_down(at, track.box, shape)
        elif shape.height >= UP_AGAIN_RATIO:
            self.posture = NOT_LYING

    def may_lie(self, at: datetime) -> bool:
        """Return whether the person fell, or may be falling while the track is lost."""
        return self.posture.has_fallen or self._would_be_fall(at)

    def find(self, people: DetectedPeople, aspect: float) -> tuple[Box, float] | None:
        """Find the person, lying, among the people detected in a frame."""
        return self.standing and self.standing.find_fallen(people, aspect, self.place)

    def see_down(self, at: datetime, box: Box, score: float) -> None:
        """Record where the person was found after a fall."""
        is_elsewhere = self.place is None or not is_same(box, self.place)
        if is_elsewhere or not self.posture.has_fallen:
            self.posture = Posture(lying_since=at, has_fallen=True)
            self.place, self.sightings = box, 0
        self.sightings += 1
        self.box, self.score, self.seen_at = box, score, at

    def stay(self, at: datetime) -> None:
        """Record that nothing has moved: a person who lay a moment ago still does."""
        if self.sightings >= MIN_SIGHTINGS and self.seen_at and not self._is_gone(at):
            self.seen_at = at

    def fallen(self, at: datetime, subject: int) -> FallenPerson | None:
        """Return the person if he or she fell, is still down, and was seen lately."""
        since = self.posture.lying_since
        if not self.posture.has_fallen or not (self.seen_at and self.box and since):
            return None
        if self._is_gone(at):
            self.posture = NOT_LYING
            return None
        if self.sightings < MIN_SIGHTINGS:
            return None
        is_visible = self.seen_at == at
        return FallenPerson(
            subject=subject, box=self.box, score=self.score, since=since, is_visible=is_visible
        )

    def _is_gone(self, at: datetime) -> bool:
        """Return whether the person has been unseen too long to be there still."""
        unseen = at - (self.seen_at or at)
        return unseen > min(MAX_UNSEEN, self.sightings * UNSEEN_PER_SIGHTING)

    def _stand(self, at: datetime, box: Box, height: float, surroundings: Float32Array) -> None:
        self.heads.append((at, box.y))
        while at - self.heads[0][0] > FALL_TIME:
            self.heads.popleft()
        head = min(y for _, y in self.heads)
        self.standing = StandingPerson(at, box, head, height, surroundings)
        self.bent_for, self.posture = timedelta(), NOT_LYING
        self.place, self.sightings = None, 0

    def _go_down(self, at: datetime, box: Box, shape: BodyShape) -> None:
        """Record the person as down if the head has come down or the box is wide."""
        if self.posture.lying_since:
            self.sightings += 1
            return
        has_dropped = self.standing is not None and self.standing.has_head_dropped(box)
        if has_dropped or shape.is_wide:
            fell = has_dropped and self._would_be_fall(at)
            self.posture = Posture(lying_since=at, has_fallen=fell)
            self.place, self.sightings = box, 1

    def _would_be_fall(self, at: datetime) -> bool:
        """Return whether going down now would be a fall."""
        return (
            self.standing is not None
            and self.bent_for <= FALL_TIME
            and at - self.standing.at <= FALL_TIME + MAX_UNSEEN
        )


PART_SHARE = 0.7
"""Share of a box inside that of somebody else from which it is a part of that one."""
MIN_TALLER = 1.3
"""How much taller that one must look."""


def is_part_of(box: Box, others: Float32Array) -> bool:
    """Return whether a box is the lower part of somebody taller.

    Args:
        box: Of a person who may lie.
        others: [n, 4] left, top, right, bottom of other people.
    """
    low = np.maximum(others[:, :2], (box.x, box.y))
    high = np.minimum(others[:, 2:], (box.right, box.bottom))
    inside = np.clip(high - low, 0, None).prod(axis=1) >= PART_SHARE * box.w * box.h
    taller = others[:, 3] - others[:, 1] >= MIN_TALLER * box.h
    return bool((inside & taller).any())


def is_same(box: Box, other: Box) -> bool:
    """Return whether two boxes are of the same person who lies."""
    rows = [np.array([[b.x, b.y, b.right, b.bottom]]) for b in (box, other)]
    return bool(iou_matrix(*rows)[0, 0] >= SAME_IOU)
