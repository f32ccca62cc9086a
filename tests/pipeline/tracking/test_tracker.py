"""The tracker on sequences of boxes, five frames a second."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detection import Detections
from pipeline.geometry.shapes import Box, Point
from pipeline.tracking.tracker import Tracker
from pipeline.tracking.tracker_output import TrackerOutput
from tests.pipeline.builders import a_box, after, some_detections
from tests.pipeline.strategies import boxes

ScoredBoxes = list[tuple[Box, float]]

FRAMES = st.lists(st.lists(st.tuples(boxes(), st.floats(0, 1)), max_size=5), max_size=12)


def detections_of(scored_boxes: ScoredBoxes) -> Detections:
    return some_detections(
        *(box for box, _ in scored_boxes), scores=[score for _, score in scored_boxes]
    )


def track_all(frames: Iterable[Detections], tracker: Tracker | None = None) -> list[TrackerOutput]:
    tracker = tracker or Tracker()
    return [tracker.push(after(number / 5), frame) for number, frame in enumerate(frames)]


def ids(output: TrackerOutput) -> list[int]:
    return list(output.ids.tolist())


def feet(output: TrackerOutput) -> list[Point]:
    return [Box(*sides).foot for sides in output.boxes.tolist()]


def walker(frames: int, *, begin: float = 0.1, step: float = 0.02) -> list[Detections]:
    return [some_detections(a_box(begin + step * number)) for number in range(frames)]


def test_a_track_is_confirmed_after_three_detections() -> None:
    outputs = track_all(walker(4))

    assert [len(output) for output in outputs] == [0, 0, 1, 1]


def test_a_walking_person_keeps_the_id() -> None:
    outputs = track_all(walker(30))

    assert {number for output in outputs[2:] for number in ids(output)} == {1}


def test_a_person_running_out_of_the_own_box_keeps_the_id() -> None:
    outputs = track_all(walker(15, step=0.055))  # more than his own width, 0.05, a frame

    assert ids(outputs[-1]) == [1]


def test_a_person_running_from_the_first_frame_is_tracked() -> None:
    outputs = track_all(walker(12, begin=0.05, step=0.078))  # his own width and a half, a frame

    assert [ids(output) for output in outputs[2:]] == [[1]] * 10


def test_a_runner_takes_no_other_id() -> None:
    frames = [some_detections(a_box(0.05 + 0.078 * number), a_box(0.5)) for number in range(12)]
    outputs = track_all(frames)

    assert [ids(output) for output in outputs[2:]] == [[1, 2]] * 10
    assert all(abs(feet(output)[1].x - 0.5) < 0.001 for output in outputs[2:])


def test_the_velocity_is_that_of_the_feet() -> None:
    output = track_all(walker(30))[-1]

    assert output.velocities[0] == pytest.approx((0.1, 0.0), abs=0.005)


def test_a_missed_frame_is_bridged_by_the_prediction() -> None:
    frames = walker(12)
    frames[8] = Detections.empty()
    outputs = track_all(frames)

    assert ids(outputs[8]) == [1]
    assert feet(outputs[8])[0].x == pytest.approx(0.1 + 0.02 * 8, abs=0.01)


def test_a_person_hidden_for_two_seconds_is_matched_again() -> None:
    frames = walker(40, step=0.01)
    frames[10:20] = [Detections.empty()] * 10
    outputs = track_all(frames)

    assert ids(outputs[18]) == []
    assert ids(outputs[-1]) == [1]


def test_a_long_absence_gives_a_new_id() -> None:
    frames = walker(60, step=0.0)
    frames[10:40] = [Detections.empty()] * 30

    assert ids(track_all(frames)[-1]) == [2]


def test_two_crossing_people_keep_their_ids() -> None:
    frames = [
        some_detections(a_box(0.2 + 0.02 * number, 0.60), a_box(0.8 - 0.02 * number, 0.66))
        for number in range(30)
    ]
    outputs = track_all(frames)
    first, last = outputs[5], outputs[-1]

    assert [foot.x > 0.5 for foot in feet(first)] == [foot.x <= 0.5 for foot in feet(last)]
    assert ids(first) == ids(last)


def test_a_low_score_starts_no_track() -> None:
    assert ids(track_all([some_detections(a_box(), scores=[0.3])] * 20)[-1]) == []


def test_a_low_score_keeps_a_track_alive() -> None:
    frames = walker(5) + [
        some_detections(a_box(0.1 + 0.02 * n), scores=[0.3]) for n in range(5, 20)
    ]

    assert ids(track_all(frames)[-1]) == [1]


def test_low_scores_alone_do_not_keep_a_track_for_ever() -> None:
    frames = walker(5, step=0.0) + [some_detections(a_box(0.1), scores=[0.3])] * 40

    assert ids(track_all(frames)[-1]) == []


def test_a_dog_does_not_become_a_person() -> None:
    frames = [some_detections(a_box())] * 5 + [some_detections(a_box(), label="dog")] * 5
    labels = [set(zip(ids(output), output.labels, strict=True)) for output in track_all(frames)]

    assert (2, "dog") in labels[-1]
    assert (1, "dog") not in labels[-1]


def test_a_track_that_leaves_the_frame_ends_soon() -> None:
    outputs = track_all([*walker(40, begin=0.1, step=0.0215), *[Detections.empty()] * 6])

    assert ids(outputs[-1]) == []


@given(FRAMES)
def test_the_order_in_a_frame_is_irrelevant(scored_boxes: list[ScoredBoxes]) -> None:
    forwards = track_all(detections_of(frame) for frame in scored_boxes)
    backwards = track_all(detections_of(frame[::-1]) for frame in scored_boxes)

    for output, other in zip(forwards, backwards, strict=True):
        assert output.labels == other.labels
        for name in ("ids", "boxes", "scores", "velocities", "is_coasting"):
            assert np.array_equal(getattr(output, name), getattr(other, name))


@given(FRAMES)
def test_every_tracked_box_is_inside_the_frame(scored_boxes: list[ScoredBoxes]) -> None:
    for output in track_all(detections_of(frame) for frame in scored_boxes):
        assert ids(output) == sorted(set(ids(output)))
        assert len(feet(output)) == len(output)  # a box outside the frame cannot be made


def test_a_box_without_area_is_ignored() -> None:
    flat = Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32), ("person",))

    assert ids(track_all([flat] * 5)[-1]) == []
