"""A detector behind a gate finds what it would have found without."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np

from models.inference.pictures import ArrayPicture
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.motion.gated_detector import GatedDetector
from pipeline.motion.inference_policy import InferenceReason
from pipeline.testing import ScriptedDetector

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


def test_it_finds_the_same_with_a_few_looks() -> None:
    bare = ScriptedDetector(script=script, labels=frozenset({"person"}))
    told: Counter[InferenceReason] = Counter()
    gated = GatedDetector(bare, tell=lambda reason: told.update([reason]))
    frames = [street(number) for number in range(100)]
    found = [gated.detect(frame) for frame in frames]

    assert [len(f) for f in found] == [len(bare.detect(frame)) for frame in frames]
    assert all(
        np.allclose(f.boxes, script(frame.at).boxes, atol=0.04)
        for f, frame in zip(found, frames, strict=True)
    )
    assert sum(n for reason, n in told.items() if reason.runs_inference) < 35
    assert told[InferenceReason.NO_MOTION] > 40


def test_it_is_the_detector_it_wraps() -> None:
    bare = ScriptedDetector(script=script, labels=frozenset({"person"}), confidence_threshold=0.37)
    gated = GatedDetector(bare)

    assert (gated.model, gated.labels, gated.confidence_threshold) == (
        bare.model,
        bare.labels,
        0.37,
    )


def test_a_refused_look_is_told_and_made_up_for() -> None:
    bare = ScriptedDetector(script=script, labels=frozenset({"person"}))
    told: list[InferenceReason] = []
    turns = iter([False, True] * 100)
    gated = GatedDetector(bare, turn=lambda: next(turns), tell=told.append)
    for number in range(30):
        gated.detect(street(number))

    assert told[0] is InferenceReason.COLD_START
    assert told[told.index(InferenceReason.OVERLOADED) + 1] is InferenceReason.DEFERRED


def test_a_picture_that_leaves_the_box_is_looked_at_itself() -> None:
    bare = ScriptedDetector(script=script, labels=frozenset({"person"}))
    gated = GatedDetector(bare)
    for number in range(30):
        frame = street(number)
        gated.detect(frame)

        assert np.array_equal(gated.look(frame).boxes, bare.detect(frame).boxes)


def test_where_things_are_is_a_guess_while_they_move_unlooked_at() -> None:
    bare = ScriptedDetector(script=script, labels=frozenset({"person"}))
    told: list[InferenceReason] = []
    turns = iter([*[True] * 3, *[False] * 2, *[True] * 50])
    gated = GatedDetector(bare, turn=lambda: next(turns), tell=told.append)
    guesses: set[InferenceReason] = set()
    for number in range(100):
        gated.detect(street(number))
        if gated.guesses:
            guesses.add(told[-1])

    assert guesses == {InferenceReason.PREDICTED, InferenceReason.OVERLOADED}
