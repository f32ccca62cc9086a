"""Cameras share one engine fairly."""

from datetime import UTC, datetime

import pytest

from edge.engine.shared_engine import SharedEngine
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.testing import GreyPicture, ScriptedDetector

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
FRAME = Frame(camera="c", at=START, picture=GreyPicture(Size(64, 36)))


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def make_engine(clock: Clock, *, cost: float) -> SharedEngine:
    """Build an engine whose inferences take ``cost`` seconds."""

    def script(_: datetime) -> Detections:
        clock.at += cost
        return Detections.empty()

    labels = frozenset({"person"})
    return SharedEngine(ScriptedDetector(script=script, labels=labels), clock=clock)


def count_inferences(cameras: int, *, cost: float, seconds: int = 60, fps: int = 5) -> list[int]:
    """Let all cameras request an inference per frame; return how many each one gets."""
    clock = Clock()
    engine = make_engine(clock, cost=cost)
    inferences = [0] * cameras
    for frame in range(seconds * fps):
        clock.at = max(clock.at, 100 + frame / fps)
        for camera in range(cameras):
            if engine.scheduler.may_infer(f"camera-{camera}"):
                engine.detect(FRAME)
                inferences[camera] += 1
    return inferences


def test_a_single_camera_is_never_refused() -> None:
    assert count_inferences(1, cost=0.03) == [300]


@pytest.mark.parametrize("cameras", [8, 16, 40])
def test_active_cameras_get_equally_many_inferences(cameras: int) -> None:
    inferences = count_inferences(cameras, cost=0.03)

    assert max(inferences) - min(inferences) <= 2
    assert min(inferences) >= 0.7 * 60 / (cameras * 0.03 / 0.9) - 2


def test_no_more_inferences_are_allowed_than_the_engine_can_do() -> None:
    assert sum(count_inferences(40, cost=0.05)) * 0.05 <= 61


def test_the_interval_shrinks_when_most_cameras_become_idle() -> None:
    clock = Clock()
    engine = make_engine(clock, cost=0.05)
    for camera in range(40):
        engine.scheduler.may_infer(f"camera-{camera}")
        engine.detect(FRAME)
    crowded = engine.scheduler.min_interval_s
    clock.at += 3
    engine.scheduler.may_infer("camera-1")

    assert crowded > 1
    assert engine.scheduler.min_interval_s < 0.06


def test_a_second_model_takes_its_time_from_the_same_engine() -> None:
    clock = Clock()
    engine = make_engine(clock, cost=0.2)
    labels = frozenset({"person"})

    def script(_: datetime) -> Detections:
        clock.at += 0.1
        return Detections.empty()

    fast = engine.with_detector(ScriptedDetector(script=script, labels=labels))
    for number in range(8):
        engine.scheduler.may_infer(f"camera-{number}")
    fast.detect(FRAME)

    assert engine.scheduler.min_interval_s == pytest.approx(8 * 0.1 / 0.9)
