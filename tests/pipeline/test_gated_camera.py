"""A pipeline with a motion gate finds what it would find without one."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.inference.pictures import ArrayPicture
from pipeline.camera import CameraPipeline, GateConfig, always
from pipeline.detection import Detections
from pipeline.frame import Frame, Pixels
from pipeline.motion.inference_policy import InferenceReason
from pipeline.motion.motion_gate import MotionGate, MotionMask
from pipeline.ports import Coverage
from pipeline.testing import ScriptedDetector
from tests.pipeline.rules.test_scenario_runner import a_scenario

START = datetime(2026, 11, 1, 8, tzinfo=UTC)


def street(number: int) -> Frame:
    """Empty for three seconds; then somebody walks in, and stands still in the end."""
    pixels = np.full((180, 320, 3), 90, np.uint8)
    x = place(number)
    if x is not None:
        pixels[80:120, x : x + 14] = 220
    return Frame(
        camera="c", at=START + number * timedelta(seconds=0.2), picture=ArrayPicture(pixels)
    )


def place(number: int) -> int | None:
    return None if number < 15 else min(4 * (number - 15), 150)


def script(at: datetime) -> Detections:
    x = place(round((at - START) / timedelta(seconds=0.2)))
    if x is None:
        return Detections.empty()
    box = np.array([[x / 320, 80 / 180, 14 / 320, 40 / 180]], np.float32)
    return Detections(box, np.array([0.9], np.float32), ("person",))


PERSON = ScriptedDetector(script=script, labels=frozenset({"person"}))


def gated(may_infer: Callable[[], bool] = always) -> CameraPipeline:
    return CameraPipeline(
        origin="a/b/c",
        camera="c",
        detector=PERSON,
        scenarios=(),
        gate=GateConfig(may_infer=may_infer),
    )


def test_a_few_inferences_find_the_same() -> None:
    pipeline = gated()
    reasons: Counter[InferenceReason | None] = Counter()
    frames = [street(number) for number in range(100)]
    found = []
    for frame in frames:
        pipeline.push(frame)
        found.append(pipeline.detections)
        reasons[pipeline.inference_reason] += 1

    assert [len(f) for f in found] == [len(PERSON.detect(frame)) for frame in frames]
    assert all(
        np.allclose(f.boxes, script(frame.at).boxes, atol=0.04)
        for f, frame in zip(found, frames, strict=True)
    )
    assert sum(n for reason, n in reasons.items() if reason and reason.runs_inference) < 35
    assert reasons[InferenceReason.NO_MOTION] > 40


def test_without_a_gate_every_frame_is_inferred() -> None:
    pipeline = CameraPipeline(origin="a/b/c", camera="c", detector=PERSON, scenarios=())
    for number in range(30):
        pipeline.push(street(number))

        assert pipeline.inference_reason is None
        assert pipeline.coverage is Coverage.FULL_FRAME
        assert np.array_equal(pipeline.detections.boxes, script(street(number).at).boxes)


def test_a_refused_inference_is_reported_and_made_up_for() -> None:
    turns = iter([False, True] * 100)
    pipeline = gated(lambda: next(turns))
    reasons = []
    for number in range(30):
        pipeline.push(street(number))
        reasons.append(pipeline.inference_reason)

    assert reasons[0] is InferenceReason.COLD_START
    assert reasons[reasons.index(InferenceReason.OVERLOADED) + 1] is InferenceReason.DEFERRED


def test_a_picture_that_leaves_the_node_is_inferred_itself() -> None:
    pipeline = gated()
    for number in range(30):
        frame = street(number)
        pipeline.push(frame)

        assert np.array_equal(pipeline.detect_full_frame(frame).boxes, PERSON.detect(frame).boxes)


def test_positions_are_predicted_while_things_move_without_an_inference() -> None:
    turns = iter([*[True] * 3, *[False] * 2, *[True] * 50])
    pipeline = gated(lambda: next(turns))
    predicting: set[InferenceReason | None] = set()
    for number in range(100):
        pipeline.push(street(number))
        if pipeline.predicts_positions:
            predicting.add(pipeline.inference_reason)

    assert predicting == {InferenceReason.PREDICTED, InferenceReason.OVERLOADED}


def test_the_gate_compares_each_frame_once_though_coverage_needs_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[datetime] = []
    push = MotionGate.push

    def record(gate: MotionGate, at: datetime, grey: Pixels) -> MotionMask:
        compared.append(at)
        return push(gate, at, grey)

    monkeypatch.setattr(MotionGate, "push", record)
    pipeline = CameraPipeline(
        origin="a/b/c", camera="c", detector=PERSON, scenarios=[a_scenario()], gate=GateConfig()
    )
    frames = [street(number) for number in range(30)]
    for frame in frames:
        pipeline.push(frame)

    assert compared == [frame.at for frame in frames]
