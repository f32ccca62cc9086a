"""Ask the pose model about single people: is it a person, and how is the trunk held?

A look costs a call of a network or three, so only those are looked at about whom a rule asks, and
each of them a few times.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.ports import Pose, PoseEstimator

MAX_LOOKS_PER_SECOND = 5
"""On one camera, for all people."""
FIRST_LOOKS = 3
"""Looks at a person in a row; all of them must refuse."""
LOOK_EVERY = timedelta(seconds=0.3)
"""Between the first looks: in equal pictures the model sees the same."""
LOOK_AGAIN_AFTER = timedelta(seconds=10)
"""Between later ones: a subject may be another person by then."""
PERSON_SCORE = 0.5
"""Score from which the pose model sees a person."""
KEEP_FOR = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PoseCheck:
    """What the looks at a person have shown.

    Args:
        looks: How many count.
        best: The look with the highest score; ``None`` without any.
    """

    looks: int = 0
    best: Pose | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the pose model has seen no person, in several looks."""
        return self.looks >= FIRST_LOOKS and (self.best is None or self.best.score < PERSON_SCORE)


UNCHECKED = PoseCheck()
"""Of a person whom the pose model has not looked at."""


@dataclass(slots=True)
class _Looks:
    looked_at: datetime
    poses: deque[Pose] = field(default_factory=lambda: deque(maxlen=FIRST_LOOKS))

    def is_due(self, at: datetime) -> bool:
        pause = LOOK_EVERY if len(self.poses) < FIRST_LOOKS else LOOK_AGAIN_AFTER
        return at - self.looked_at >= pause

    def check(self) -> PoseCheck:
        best = max(self.poses, key=lambda pose: pose.score, default=None)
        return PoseCheck(len(self.poses), best)


class PoseChecks:
    """Check the people of one camera; the rate is bounded by the time of the frames."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator
        self._looks: dict[int, _Looks] = {}
        self._recent: deque[datetime] = deque(maxlen=MAX_LOOKS_PER_SECOND)

    def check(self, frame: Frame, subject: int, box: Box) -> PoseCheck:
        """Return what is known about a person, after another look if one is due."""
        looks = self._looks.get(subject)
        if (looks is None or looks.is_due(frame.at)) and self._may_look(frame.at):
            looks = looks or self._looks.setdefault(subject, _Looks(frame.at))
            looks.poses.append(self._estimator.estimate(frame.picture, box))
            looks.looked_at = frame.at
            self._expire(frame.at)
        return looks.check() if looks else UNCHECKED

    def _may_look(self, at: datetime) -> bool:
        """Return whether another look fits into this second, and count it."""
        recent = self._recent
        if len(recent) == MAX_LOOKS_PER_SECOND and at - recent[0] < SECOND:
            return False
        recent.append(at)
        return True

    def _expire(self, at: datetime) -> None:
        expired = [n for n, looks in self._looks.items() if at - looks.looked_at > KEEP_FOR]
        for subject in expired:
            del self._looks[subject]
