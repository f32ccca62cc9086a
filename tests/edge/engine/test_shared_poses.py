"""Cameras share one pose model."""

from edge.engine.shared_poses import SharedPoses
from pipeline.frame import Size
from pipeline.geometry.shapes import FULL_FRAME
from pipeline.ports import PoseEstimator
from pipeline.testing import GreyPicture
from tests.pipeline.scene.test_pose_checks import ScriptedPoses


def test_the_model_is_loaded_once_and_when_it_is_needed() -> None:
    loads: list[ScriptedPoses] = []

    def load() -> PoseEstimator:
        loads.append(ScriptedPoses([0.7]))
        return loads[-1]

    shared = SharedPoses(load)
    assert not loads
    first, second = shared.get(), shared.get()

    assert first is second
    assert len(loads) == 1
    assert first is not None
    assert first.estimate(GreyPicture(Size(8, 8)), FULL_FRAME).score == 0.7


def test_a_machine_without_the_model_goes_on_without_it() -> None:
    assert SharedPoses().get() is None
