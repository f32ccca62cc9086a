"""How one engine is shared."""

from datetime import UTC, datetime

import pytest

from edge.engine.shared_engine import SharedEngine
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.testing import GreyPicture, ScriptedDetector

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
FRAME = Frame(camera="c", at=START, picture=GreyPicture(Size(64, 36)))


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def an_engine(clock: Clock, *, cost: float) -> SharedEngine:
    """Every call takes ``cost`` seconds."""

    def script(_: datetime) -> Detections:
        clock.at += cost
        return Detections.empty()

    labels = frozenset({"person"})
    return SharedEngine(ScriptedDetector(script=script, labels=labels), clock=clock)


def looks(cameras: int, *, cost: float, seconds: int = 60, fps: int = 5) -> list[int]:
    """Let all cameras want to look at each of their frames; how many looks each one gets."""
    clock = Clock()
    engine = an_engine(clock, cost=cost)
    given = [0] * cameras
    for frame in range(seconds * fps):
        clock.at = max(clock.at, 100 + frame / fps)
        for camera in range(cameras):
            if engine.scheduler.may_infer(f"camera-{camera}"):
                engine.detect(FRAME)
                given[camera] += 1
    return given


def test_who_is_alone_is_never_refused() -> None:
    assert looks(1, cost=0.03) == [300]


@pytest.mark.parametrize("cameras", [8, 16, 40])
def test_when_all_wake_each_gets_the_same_and_nobody_nothing(cameras: int) -> None:
    given = looks(cameras, cost=0.03)

    assert max(given) - min(given) <= 2
    assert min(given) >= 0.7 * 60 / (cameras * 0.03 / 0.9) - 2


def test_the_engine_is_never_asked_for_more_than_it_can_give() -> None:
    assert sum(looks(40, cost=0.05)) * 0.05 <= 61


def test_the_others_speed_up_when_most_come_to_rest() -> None:
    clock = Clock()
    engine = an_engine(clock, cost=0.05)
    for camera in range(40):
        engine.scheduler.may_infer(f"camera-{camera}")
        engine.detect(FRAME)
    crowded = engine.scheduler.min_interval_s
    clock.at += 3
    engine.scheduler.may_infer("camera-1")

    assert crowded > 1
    assert engine.scheduler.min_interval_s < 0.06
