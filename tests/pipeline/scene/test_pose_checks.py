"""The pose model is asked about single people, a few times each."""

from dataclasses import dataclass, field

import pytest

from pipeline.frame import Frame, Picture, Size
from pipeline.geometry.shapes import Box
from pipeline.ports import Pose
from pipeline.scene.pose_checks import FIRST_LOOKS, MAX_LOOKS_PER_SECOND, PoseChecks
from pipeline.testing import SCRIPTED, GreyPicture
from tests.pipeline.builders import after

BOX = Box(0.4, 0.4, 0.1, 0.2)


@dataclass
class ScriptedPoses:
    """Returns poses of these scores in turn, the last one for ever."""

    scores: list[float]
    model = SCRIPTED
    calls: int = field(default=0, init=False)

    def estimate(self, _picture: Picture, _box: Box) -> Pose:
        score = self.scores[min(self.calls, len(self.scores) - 1)]
        self.calls += 1
        return Pose(score=score, trunk_deg=0.0, length=0.7)


def a_frame(seconds: float) -> Frame:
    return Frame(camera="c", at=after(seconds), picture=GreyPicture(Size(64, 36)))


@pytest.mark.parametrize(
    ("scores", "is_refused"),
    [([0.1], True), ([0.1, 0.1, 0.9], False), ([0.9], False)],
    ids=["a curtain", "a person in one of three looks", "a person"],
)
def test_a_person_is_refused_if_no_look_shows_one(scores: list[float], is_refused: bool) -> None:
    checks = PoseChecks(ScriptedPoses(scores))
    for n in range(FIRST_LOOKS):
        check = checks.check(a_frame(0.4 * n), 1, BOX)

    assert check.is_refused == is_refused


def test_nobody_is_refused_after_one_look() -> None:
    assert not PoseChecks(ScriptedPoses([0.1])).check(a_frame(0), 1, BOX).is_refused


def test_a_person_who_stays_is_looked_at_rarely() -> None:
    poses = ScriptedPoses([0.9])
    checks = PoseChecks(poses)
    for n in range(5 * 60):
        checks.check(a_frame(n / 5), 1, BOX)

    assert poses.calls == FIRST_LOOKS + 5


def test_looks_are_bounded_however_many_people_there_are() -> None:
    poses = ScriptedPoses([0.9])
    checks = PoseChecks(poses)
    for n in range(50):
        for subject in range(1, 51):
            checks.check(a_frame(n / 5), subject, BOX)

    assert poses.calls <= 10 * MAX_LOOKS_PER_SECOND
