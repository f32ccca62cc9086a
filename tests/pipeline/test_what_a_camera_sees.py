"""A camera says which zones it still learns, and lowers the score where its detector is blind."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest

from models.inference.pictures import ArrayPicture
from pipeline.alert import Change
from pipeline.alerting.coverage_discount import discounted
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Point, Zone
from pipeline.motion.coverage_history import BlindCause
from pipeline.pixels.saved_scene import SavedScene
from pipeline.testing import ScriptedDetector
from scenarios import catalogue
from tests.messages import make_alert
from tests.pipeline.pixels.image_sequences import BEGIN, film

LEFT = Zone("left", (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))
LABELS = frozenset({"person", "car"})
WATCHED = Detections(np.array([[0.8, 0.1, 0.1, 0.2]], np.float32), np.array([0.9]), ("person",))


def make_pipeline(key: str, detections: Detections, settings: dict[str, object]) -> CameraPipeline:
    return CameraPipeline(
        origin="demo/market/box-1",
        camera="yard",
        detector=ScriptedDetector(lambda _: detections, LABELS),
        scenarios=[catalogue.load()[key].bind([LEFT] if key == "object_left" else [], settings)],
    )


def test_a_zone_is_learned_until_its_background_is_known() -> None:
    pipeline = make_pipeline("object_left", Detections.empty(), {})
    learning = []
    for at, pixels in film([], lasts=6):
        pipeline.push(Frame(camera="yard", at=at, picture=ArrayPicture(pixels)))
        learning.append(pipeline.learning_zones)

    assert learning[5] == {"left": 0.0}
    assert learning[-1] == {}


def test_a_scenario_without_pixel_events_learns_no_zone() -> None:
    pipeline = make_pipeline("intrusion", Detections.empty(), {})
    for at, pixels in film([], lasts=1):
        pipeline.push(Frame(camera="yard", at=at, picture=ArrayPicture(pixels)))

    assert pipeline.learning_zones == {}


def cars(n: int) -> Iterator[Frame]:
    """Cars cross the lower half one after the other, and nobody detects them."""
    generator = np.random.default_rng(1)
    road = generator.integers(90, 130, (180, 320, 3), np.uint8)
    car = generator.integers(150, 255, (16, 28, 3), np.uint8)
    for number in range(n * 60):
        x, picture = (number % 60) * 8 - 40, road.copy()
        if 0 <= x < 290:
            picture[120:136, x : x + 28] = car
        at = BEGIN + timedelta(seconds=number / 5)
        yield Frame(camera="yard", at=at, picture=ArrayPicture(picture))


def test_an_alert_of_a_blind_camera_has_a_lower_score_and_says_why() -> None:
    pipeline = make_pipeline("intrusion", WATCHED, {"hold": 50})
    [opened] = [
        alert
        for frame in cars(5)
        for alert in pipeline.push(frame)
        if alert.change is Change.OPENED
    ]

    coverage = pipeline.detection_coverage
    assert coverage.cause in set(BlindCause)
    assert opened.score == pytest.approx(0.9 / 2, abs=0.05)
    assert opened.explain[-1].name == "coverage"


def test_a_camera_that_learns_no_scene_still_saves_what_its_detector_sees() -> None:
    pipeline, restarted = (make_pipeline("intrusion", WATCHED, {"hold": 50}) for _ in range(2))
    frames = list(cars(6))
    for frame in frames[:300]:
        pipeline.push(frame)
    scene = pipeline.save_scene("node/yard")
    assert scene is not None
    restarted.restore_scene(SavedScene.from_bytes(scene.to_bytes(), source="node/yard"))
    for frame in frames[300:302]:
        restarted.push(frame)

    assert pipeline.detection_coverage.objects
    assert restarted.detection_coverage == pipeline.detection_coverage


def test_a_score_falls_by_half_the_share_that_is_not_detected() -> None:
    alert = make_alert()
    lower = discounted(alert, 0.8)

    assert lower.score == pytest.approx(alert.score * 0.6)
    assert lower.explain[-1].reason == "80% of moving objects not detected"
