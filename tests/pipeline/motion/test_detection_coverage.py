"""Objects that move and are not detected; on drawn images, and on real clips of bad weather."""

import threading
from datetime import datetime, timedelta

import numpy as np
import pytest

from edge.sources.file import FileSource
from models.detector import load_detector
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array
from pipeline.geometry.shapes import Zone
from pipeline.motion.coverage_history import (
    BlindCause,
    CountedObject,
    CoverageHistory,
    DetectionCoverage,
    lower_bound,
)
from pipeline.motion.detection_coverage import CoverageEstimator
from pipeline.motion.motion_gate import MotionGate
from scenarios.catalogue import find, load
from tests.edge.nodes import footage_path, installed_model

START = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
NO_BOXES = np.zeros((0, 4), np.float32)


def drive(*, cars: int, explained: bool, step_px: int = 4) -> DetectionCoverage:
    """Let cars of 14 x 8 pixels cross a textured road one after the other."""
    estimator, gate, generator = CoverageEstimator(), MotionGate(), np.random.default_rng(1)
    road = generator.integers(90, 130, (90, 160), np.uint8)
    car = generator.integers(150, 255, (8, 14), np.uint8)
    at = START
    for number in range(cars * 60):
        picture, boxes, x = road.copy(), NO_BOXES, (number % 60) * step_px - 20
        if 0 <= x < 140:
            picture[40:48, x : x + 14] = car
            boxes = boxes_of(x) if explained else NO_BOXES
        at += timedelta(seconds=0.2)
        estimator.push(at, picture, gate.push(at, picture).mask, boxes)
    return estimator.coverage


def boxes_of(x: int) -> Float32Array:
    return np.array([[x / 160, 40 / 90, 14 / 160, 8 / 90]], np.float32)


def test_cars_that_are_detected_are_explained() -> None:
    coverage = drive(cars=5, explained=True)

    assert (coverage.objects, coverage.unexplained, coverage.cause) == (5, 0, None)


def test_a_camera_whose_cars_are_not_detected_is_blind() -> None:
    coverage = drive(cars=5, explained=False)

    assert (coverage.objects, coverage.unexplained_share) == (5, 1.0)
    assert coverage.cause is not None
    assert coverage.by_hour == {0: 1.0}, "08:00 in China is 00:00 UTC"


def test_two_cars_are_too_few_to_call_a_camera_blind() -> None:
    assert drive(cars=2, explained=False).cause is None


def test_what_moves_without_going_anywhere_is_no_object() -> None:
    assert drive(cars=5, explained=False, step_px=0).objects == 0


def test_the_noise_of_a_sensor_at_night_is_no_object() -> None:
    estimator, gate, generator = CoverageEstimator(), MotionGate(), np.random.default_rng(1)
    for number in range(100):
        at = START + timedelta(seconds=number / 5)
        picture = generator.normal(60, 15, (90, 160)).clip(0, 255).astype(np.uint8)
        estimator.push(at, picture, gate.push(at, picture).mask, NO_BOXES)

    assert estimator.coverage == DetectionCoverage()


@pytest.mark.parametrize(("k", "n", "bound"), [(0, 0, 0.0), (3, 3, 0.526), (8, 12, 0.43)])
def test_the_lower_bound_is_that_of_wilson(k: int, n: int, bound: float) -> None:
    assert lower_bound(k, n) == pytest.approx(bound, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clip", "cause"),
    [
        ("traffic/a_casino.mp4", BlindCause.LOW_CONTRAST),
        ("traffic/a_milanoest.mp4", BlindCause.GLARE),
        ("traffic/a_svincolo.mp4", None),
        ("traffic/a_camera1.mp4", None),
        ("traffic/two_way_road.mp4", None),
        ("traffic.mp4", None),
        ("people/towncentre_street.mp4", None),
    ],
)
def test_a_real_camera_says_whether_it_sees(clip: str, cause: BlindCause | None) -> None:
    scenario = find("congestion", load()).bind([Zone.full_frame()], {})
    pipeline = CameraPipeline(
        origin="demo/market/box-1",
        camera="road",
        detector=load_detector(installed_model()),
        scenarios=[scenario],
        gate=GateConfig(),
    )
    source = FileSource("road", footage_path(clip), start_at=lambda: START, detect_fps=5)
    for event in source.events(threading.Event()):
        if isinstance(event, Frame):
            pipeline.push(event)

    assert pipeline.detection_coverage.cause is cause


def restarted(*, after: timedelta, model: str = "a") -> DetectionCoverage:
    """Count five undetected cars at eight, save, and restore at the first frame of another run."""
    history, grey = CoverageHistory(), np.zeros((90, 160), np.uint8)
    missed = CountedObject(at=START, is_explained=False, size_px=14.0)
    history.push(START, grey, [missed] * 5)
    saved = history.save(START, model="a")
    assert saved is not None
    later = CoverageHistory()
    later.restore(saved, model=model)
    later.push(START + after, grey, [])
    return later.coverage


def test_what_was_counted_in_the_last_hour_outlives_a_restart() -> None:
    before = restarted(after=timedelta(0))

    assert (before.objects, before.unexplained, before.by_hour) == (5, 5, {0: 1.0})
    assert before.cause is BlindCause.DARK
    assert restarted(after=timedelta(minutes=5)) == before


def test_the_shares_by_hour_outlive_a_night_but_not_a_week() -> None:
    assert restarted(after=timedelta(hours=9)) == DetectionCoverage(by_hour={0: 1.0})
    assert restarted(after=timedelta(days=8)) == DetectionCoverage()


def test_a_recording_that_is_played_again_and_another_model_start_anew() -> None:
    assert restarted(after=timedelta(seconds=-1)) == DetectionCoverage()
    assert restarted(after=timedelta(minutes=5), model="b") == DetectionCoverage()


def test_a_history_that_cannot_be_read_is_not_used() -> None:
    history = CoverageHistory()
    history.restore(b"\x80", model="a")
    history.push(START, np.zeros((90, 160), np.uint8), [])

    assert history.coverage == DetectionCoverage()
