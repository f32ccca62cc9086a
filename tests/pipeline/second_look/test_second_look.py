"""Weak evidence is looked at again, enlarged and at bounded cost."""

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest

from models.inference.pictures import ArrayPicture
from pipeline.alert import Alert, Change
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId
from pipeline.second_look.cropped_picture import CroppedPicture, crop_frame, is_crop
from pipeline.second_look.second_look import (
    INFERENCES_PER_MINUTE,
    MAX_ZOOM,
    MIN_ZOOM,
    SecondLook,
    plan_crops,
)
from pipeline.signal import CountedObject, Level, Signal
from pipeline.testing import SCRIPTED
from tests.pipeline.builders import a_box, after, some_detections
from tests.pipeline.rules.test_scenario_runner import a_scenario

PIXELS = np.random.default_rng(1).integers(0, 255, (180, 320, 3)).astype(np.uint8)


@dataclass
class BrightSpotDetector:
    """Finds the brightest pixels of a picture, if they are large enough in it."""

    label: str = "bicycle"
    score: float = 0.8
    labels: frozenset[str] = frozenset({"bicycle", "motorcycle", "person"})
    confidence_threshold: float = 0.4
    model: ModelId = SCRIPTED
    cameras: list[str] = field(default_factory=list)

    def detect(self, frame: Frame) -> Detections:
        self.cameras.append(frame.camera)
        grey = frame.picture.rgb().mean(axis=2)
        rows, columns = (grey > 250).nonzero()
        height, width = grey.shape
        if not len(rows) or np.ptp(rows) < 0.15 * height:
            return Detections.empty()
        box = [columns.min() / width, rows.min() / height]
        box += [(np.ptp(columns) + 1) / width, (np.ptp(rows) + 1) / height]
        return Detections(
            np.array([box], np.float32), np.array([self.score], np.float32), (self.label,)
        )


def picture_with_spot(box: Box | None = None) -> ArrayPicture:
    pixels = np.full((180, 320, 3), 60, np.uint8)
    if box is not None:
        rows = slice(round(box.y * 180), round(box.bottom * 180))
        pixels[rows, round(box.x * 320) : round(box.right * 320)] = 255
    return ArrayPicture(pixels)


def frame_with_spot(box: Box | None, seconds: float = 0) -> Frame:
    return Frame(camera="hall", at=after(seconds), picture=picture_with_spot(box))


def signal_of(*boxes: Box, label: str = "motorcycle") -> Signal:
    objects = tuple(CountedObject(box=box, label=label) for box in boxes)
    return Signal(zone="hall", subject=None, level=Level.MAJOR, score=0.3, objects=objects)


BIKE = Box(0.5, 0.5, 0.06, 0.1)


def test_a_small_object_is_found_enlarged_under_any_label_of_its_group() -> None:
    detector = BrightSpotDetector()
    frame = frame_with_spot(BIKE)
    assert not len(detector.detect(frame)), "too small in the whole frame"

    look = SecondLook(detector).look(frame, signal_of(BIKE))

    assert look is not None
    assert look.confirms
    assert look.score == pytest.approx(0.8)
    assert MIN_ZOOM <= look.zoom <= MAX_ZOOM
    assert detector.cameras[-1] != "hall", "a crop is no frame of the camera"


@pytest.mark.parametrize("label", ["person", "dog"])
def test_something_else_in_its_place_is_a_contradiction(label: str) -> None:
    detector = BrightSpotDetector(label=label)

    look = SecondLook(detector).look(frame_with_spot(BIKE), signal_of(BIKE))

    assert look is not None
    assert look.contradicts
    assert look.score == 0


def test_an_object_elsewhere_confirms_nothing() -> None:
    look = SecondLook(BrightSpotDetector()).look(
        frame_with_spot(Box(0.6, 0.55, 0.06, 0.1)), signal_of(BIKE)
    )

    assert look is not None
    assert look.contradicts


def test_of_two_objects_one_is_enough_for_a_rule_that_needs_one() -> None:
    signal = signal_of(BIKE, Box(0.1, 0.1, 0.06, 0.1))
    frame = frame_with_spot(BIKE)

    one = SecondLook(BrightSpotDetector()).look(frame, signal, min_objects=1)
    two = SecondLook(BrightSpotDetector()).look(frame, signal, min_objects=2)

    assert one is not None
    assert one.confirms
    assert two is not None
    assert two.contradicts


@pytest.mark.parametrize(
    ("case", "signal"),
    [
        ("an object that fills the frame", signal_of(Box(0.1, 0.1, 0.5, 0.8))),
        ("an object that no model detects", signal_of(BIKE, label="")),
        ("a label of another model", signal_of(BIKE, label="tricycle")),
        ("a crowd", signal_of(*(Box(x / 10, 0.5, 0.05, 0.2) for x in range(10)))),
    ],
)
def test_there_is_no_look_at(case: str, signal: Signal) -> None:
    detector = BrightSpotDetector()

    assert SecondLook(detector).look(frame_with_spot(BIKE), signal) is None, case
    assert not detector.cameras, case


def test_another_model_looks_at_a_large_object_in_the_whole_frame() -> None:
    large = Box(0.1, 0.1, 0.5, 0.8)
    other = SecondLook(BrightSpotDetector(), is_other_model=True)

    seen = other.look(frame_with_spot(large), signal_of(large))
    missed = other.look(frame_with_spot(None, seconds=1), signal_of(large))

    assert seen is not None
    assert (seen.confirms, seen.zoom) == (True, 1)
    assert missed is not None
    assert missed.contradicts


def test_the_cost_of_a_camera_is_bounded_in_each_minute_of_its_stream() -> None:
    detector = BrightSpotDetector()
    second_look = SecondLook(detector)

    for number in range(300):
        second_look.look(frame_with_spot(BIKE, number / 5), signal_of(BIKE))

    assert len(detector.cameras) <= 2 * INFERENCES_PER_MINUTE


def test_equal_frames_give_equal_looks() -> None:
    frames = [frame_with_spot(BIKE, number / 5) for number in range(100)]
    first, second = (SecondLook(BrightSpotDetector()) for _ in range(2))

    looks = [first.look(frame, signal_of(BIKE)) for frame in frames]

    assert looks == [second.look(frame, signal_of(BIKE)) for frame in frames]
    assert None in looks, "the budget is spent"


def test_a_crop_shows_the_pixels_of_its_part() -> None:
    part = Box(0.25, 0.5, 0.5, 0.25)
    crop = CroppedPicture(ArrayPicture(PIXELS), part)

    assert crop.size == (160, 45)
    assert (crop.rgb() == PIXELS[90:135, 80:240]).all()
    assert (crop.rgb(region=Box(0.5, 0, 0.5, 1)) == PIXELS[90:135, 160:240]).all()
    assert crop.grey(crop.size).shape == (45, 160)


def test_a_crop_is_a_frame_of_the_same_time() -> None:
    frame = frame_with_spot(None, seconds=3)

    assert crop_frame(frame, BIKE).at == frame.at
    assert is_crop(crop_frame(frame, BIKE))
    assert not is_crop(frame)


@pytest.mark.parametrize("x", [0.0, 0.3, 0.94])
@pytest.mark.parametrize("y", [0.0, 0.5, 0.9])
def test_a_crop_has_the_shape_of_the_frame_and_holds_the_object(x: float, y: float) -> None:
    box = Box(x, y, 0.06, 0.1)

    [(part, _)] = plan_crops([CountedObject(box=box, label="bicycle")])

    assert part.w == part.h
    assert part.x <= box.x + 1e-9
    assert part.right >= box.right - 1e-9
    assert part.y <= box.y + 1e-9
    assert part.bottom >= box.bottom - 1e-9


def test_the_budget_fills_up_again() -> None:
    second_look = SecondLook(BrightSpotDetector())
    for _ in range(INFERENCES_PER_MINUTE):
        assert second_look.look(frame_with_spot(BIKE), signal_of(BIKE))
    assert second_look.look(frame_with_spot(BIKE), signal_of(BIKE)) is None

    later = frame_with_spot(BIKE, timedelta(minutes=1).total_seconds())

    assert second_look.look(later, signal_of(BIKE))


@dataclass
class FailsOnCrops(BrightSpotDetector):
    """Finds a person at a low score in a whole frame, and fails on a crop."""

    def detect(self, frame: Frame) -> Detections:
        if is_crop(frame):
            raise RuntimeError("bad allocation")
        return some_detections(a_box(0.5), scores=[0.5])


def play(second_look: SecondLook) -> tuple[CameraPipeline, list[Alert]]:
    pipeline = CameraPipeline(
        origin="a/b/c",
        camera="hall",
        detector=FailsOnCrops(),
        scenarios=[a_scenario(hold=1)],
        isolates_rules=True,
        second_look=second_look,
    )
    frames = [frame_with_spot(None, number / 5) for number in range(15)]
    return pipeline, [alert for frame in frames for alert in pipeline.push(frame)]


def test_a_detector_that_fails_on_a_crop_ends_the_looks_and_not_the_rule() -> None:
    pipeline, alerts = play(SecondLook(FailsOnCrops(), isolates_failures=True))

    assert [alert.change for alert in alerts] == [Change.OPENED]
    assert pipeline.failures == ["second look stopped: RuntimeError: bad allocation"]


def test_in_a_replay_its_error_is_raised() -> None:
    with pytest.raises(RuntimeError, match="bad allocation"):
        SecondLook(FailsOnCrops()).look(frame_with_spot(BIKE), signal_of(BIKE, label="person"))
