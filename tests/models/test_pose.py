"""The real pose model on real pictures."""

from itertools import islice

import numpy as np
import pytest

from models.catalogue import footage
from models.errors import NotFetchedError
from models.inference.pictures import ArrayPicture, read_frames
from models.pose import ModelPoseEstimator, load_pose_estimator
from pipeline.geometry.shapes import Box
from tests.requirements import require

STANDING = Box(0.53, 0.06, 0.25, 0.91)
LYING = Box(0.33, 0.69, 0.57, 0.29)
FLOOR = Box(0.02, 0.75, 0.2, 0.2)


@pytest.fixture(scope="module")
def estimator() -> ModelPoseEstimator:
    return load_pose_estimator()


def frame(number: int) -> ArrayPicture:
    try:
        file = footage.find_clip("fall/gmd_3_fall_20.mp4")
    except NotFetchedError as error:
        require(False, str(error))
        raise
    return next(islice(read_frames(file), number, None))


def test_a_person_who_stands_has_an_upright_trunk(estimator: ModelPoseEstimator) -> None:
    pose = estimator.estimate(frame(33), STANDING)

    assert pose.score > 0.9
    assert pose.trunk_deg < 20
    assert pose.length > 0.7


def test_a_person_who_lies_has_a_level_trunk(estimator: ModelPoseEstimator) -> None:
    pose = estimator.estimate(frame(66), LYING)

    assert pose.score > 0.9
    assert 70 < pose.trunk_deg < 110
    assert pose.length > 0.7


def test_a_patch_of_floor_is_no_person(estimator: ModelPoseEstimator) -> None:
    assert estimator.estimate(frame(33), FLOOR).score < 0.5


def test_a_mirrored_person_lies_the_same(estimator: ModelPoseEstimator) -> None:
    mirrored = ArrayPicture(np.ascontiguousarray(frame(66).rgb()[:, ::-1]))
    pose = estimator.estimate(mirrored, Box(1 - LYING.right, LYING.y, LYING.w, LYING.h))

    assert pose.score > 0.9
    assert 70 < pose.trunk_deg < 110


@pytest.mark.parametrize("box", [Box(0, 0, 1, 1), Box(0.9, 0.9, 0.1, 0.1), Box(0, 0.5, 0.01, 0.5)])
def test_any_box_can_be_estimated(estimator: ModelPoseEstimator, box: Box) -> None:
    picture = ArrayPicture(np.full((48, 64, 3), 90, np.uint8))

    assert 0 <= estimator.estimate(picture, box).score <= 1
