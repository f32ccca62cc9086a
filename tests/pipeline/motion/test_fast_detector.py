"""A cheaper detector is used on a camera as long as it finds what the main one finds."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.inference.pictures import ArrayPicture
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Box
from pipeline.motion.fast_detector import MAIN_INTERVAL, FastDetector
from pipeline.ports import Coverage
from pipeline.testing import GreyPicture, ScriptedDetector
from tests.pipeline.builders import a_box, after, some_detections
from tests.pipeline.rules.test_scenario_runner import a_scenario

PERSON = frozenset({"person"})
PEOPLE = tuple(a_box(x / 10) for x in range(1, 9))


def finds(*boxes: Box, score: float = 0.9, label: str = "person") -> ScriptedDetector:
    found = some_detections(*boxes, scores=[score] * len(boxes), label=label)
    return ScriptedDetector(script=lambda _: found, labels=PERSON)


def frame_at(seconds: float) -> Frame:
    return Frame(camera="c", at=after(seconds), picture=GreyPicture(Size(640, 360)))


def compared(fast: ScriptedDetector, main: ScriptedDetector, *, seconds: int = 40) -> FastDetector:
    detector = FastDetector(fast, main_threshold=main.confidence_threshold, labels=PERSON)
    for second in range(seconds):
        frame = frame_at(second)
        detector.compare(frame, main.detect(frame))
    return detector


@pytest.mark.parametrize(
    ("fast", "is_good_enough"),
    [
        (finds(*PEOPLE), True),
        (finds(*PEOPLE[:-1]), False),
        (finds(*PEOPLE, a_box(0.95)), False),
        (finds(*PEOPLE, score=0.2), False),
        (finds(*PEOPLE, label="dog"), False),
    ],
    ids=["the same", "misses one of eight", "finds one more", "is unsure", "another label"],
)
def test_it_has_to_find_what_the_main_one_finds_and_nothing_else(
    fast: ScriptedDetector, *, is_good_enough: bool
) -> None:
    assert compared(fast, finds(*PEOPLE)).is_good_enough is is_good_enough


def test_an_empty_scene_shows_nothing() -> None:
    assert not compared(finds(), finds()).is_good_enough


def test_the_main_detector_has_its_turn_every_two_seconds() -> None:
    detector = compared(finds(*PEOPLE), finds(*PEOPLE))
    last = after(39)

    assert detector.replaces_main(last + MAIN_INTERVAL - timedelta(milliseconds=1))
    assert not detector.replaces_main(last + MAIN_INTERVAL)


def test_it_is_given_up_when_it_no_longer_finds_the_same() -> None:
    detector = compared(finds(*PEOPLE), finds(*PEOPLE))

    for second in range(40, 400):
        detector.compare(frame_at(second), some_detections(*PEOPLE, *(a_box(0.95, y=0.9),) * 2))

    assert not detector.is_good_enough


@given(score=st.floats(0, 1), own=st.floats(0.05, 0.95), main=st.floats(0.05, 0.95))
def test_its_threshold_becomes_that_of_the_main_detector(
    score: float, own: float, main: float
) -> None:
    found = some_detections(a_box(), scores=[score])
    fast = ScriptedDetector(script=lambda _: found, labels=PERSON, confidence_threshold=own)

    [scaled] = FastDetector(fast, main_threshold=main, labels=PERSON).detect(frame_at(0)).scores

    assert 0 <= scaled <= 1
    if abs(score - own) > 1e-3:
        assert (scaled >= main) is np.True_ or score < own


def moving_scene(seconds: float) -> tuple[Frame, Detections]:
    """Eight people who walk to the right."""
    pixels = np.full((180, 320, 3), 90, np.uint8)
    boxes = [a_box(box.x + 0.05 + seconds / 400) for box in PEOPLE]
    for box in boxes:
        rows = slice(round(box.y * 180), round(box.bottom * 180))
        pixels[rows, round(box.x * 320) : round(box.right * 320)] = 220
    return Frame(camera="c", at=after(seconds), picture=ArrayPicture(pixels)), some_detections(
        *boxes
    )


def scripted(calls: list[datetime]) -> ScriptedDetector:
    def script(at: datetime) -> Detections:
        calls.append(at)
        return moving_scene((at - after(0)).total_seconds())[1]

    return ScriptedDetector(script=script, labels=PERSON)


def test_a_camera_needs_the_main_detector_for_little_more_than_pictures_that_leave_the_node() -> (
    None
):
    main_calls: list[datetime] = []
    fast_calls: list[datetime] = []
    pipeline = CameraPipeline(
        origin="a/b/c",
        camera="c",
        detector=scripted(main_calls),
        scenarios=[a_scenario(hold=1)],
        gate=GateConfig(fast_detector=scripted(fast_calls)),
    )
    play = [moving_scene(number / 5)[0] for number in range(150)]
    for frame in play:
        pipeline.push(frame)

    late = [at for at in main_calls if at > after(20)]
    assert len(late) <= 6
    assert len([at for at in fast_calls if at > after(20)]) > 20
    assert pipeline.coverage is Coverage.FAST_MODEL
    pipeline.detect_full_frame(play[-1])
    assert main_calls[-1] == play[-1].at, "heads are pixelated where the main detector finds them"
