"""What a rule learns about postures."""

import dataclasses

import pytest

from pipeline.geometry.shapes import Box, Point, Zone
from pipeline.ports import Pose
from pipeline.scenario_spec import Capability
from pipeline.scene.fallen_person import FallenPerson
from pipeline.scene.frame_context import CheckPose, ZoneContext
from pipeline.scene.pose_checks import FIRST_LOOKS, PoseCheck
from pipeline.scene.posture import Postures
from pipeline.scene.scene import Scene
from pipeline.signal import Level
from tests.pipeline.builders import a_spec, a_track, a_track_set, after

LEFT = Zone("left", (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))
BESIDE = FallenPerson(subject=1, box=Box(0.6, 0.7, 0.3, 0.1), score=0.4, since=after(5))
INSIDE = FallenPerson(subject=2, box=Box(0.1, 0.7, 0.3, 0.1), score=0.4, since=after(5))


def a_scene(check_pose: CheckPose | None = None) -> Scene:
    return Scene(
        spec=dataclasses.replace(a_spec(), capabilities=frozenset({Capability.POSTURES})),
        level=Level.MAJOR,
        context=ZoneContext(
            at=after(10),
            zone=LEFT,
            tracks=a_track_set(),
            postures=Postures(fallen=(BESIDE, INSIDE)),
            check_pose=check_pose,
        ),
    )


def checked(*, score: float, looks: int = FIRST_LOOKS) -> CheckPose:
    best = Pose(score=score, trunk_deg=88.0, length=0.7)
    return lambda _subject, _box: PoseCheck(looks, best)


def test_who_fell_is_in_the_zone_if_the_lower_edge_is() -> None:
    assert a_scene().fallen() == [INSIDE]


@pytest.mark.parametrize(("pose", "score"), [(1.0, 0.7), (0.0, 0.2)])
def test_the_pose_model_raises_or_lowers_the_score_of_who_fell(pose: float, score: float) -> None:
    [person] = a_scene(checked(score=pose)).fallen()

    assert person.score == pytest.approx(score)


def test_only_several_looks_that_see_nobody_refuse_a_person() -> None:
    person = a_track()

    assert a_scene().may_be_person(person)
    assert a_scene(checked(score=0.9)).may_be_person(person)
    assert a_scene(checked(score=0.1, looks=1)).may_be_person(person)
    assert not a_scene(checked(score=0.1)).may_be_person(person)


@pytest.mark.parametrize(
    ("check", "reason"),
    [(None, "no pose model"), (checked(score=0.93), "person=0.93 trunk_deg=88")],
)
def test_the_explanation_says_what_the_pose_model_saw(check: CheckPose | None, reason: str) -> None:
    last = a_scene(check).signal(INSIDE).steps[-1]

    assert (last.name, last.reason) == ("posture", reason)
