"""Detections predicted between two inferences."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detection import Detections
from pipeline.motion.detection_memory import DetectionMemory
from tests.pipeline.builders import after

PEOPLE = frozenset({"person"})


def seen(*boxes: tuple[float, float, float, float], score: float = 0.8) -> Detections:
    n = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(n, 4), np.full(n, score, np.float32), ("person",) * n
    )


def walked(memory: DetectionMemory, *, looks: int, speed: float = 0.1, every: float = 0.2) -> float:
    """Let the model look at somebody who walks to the right; tells the time of the last look."""
    for look in range(looks):
        memory.update(after(look * every), seen((0.2 + speed * every * look, 0.4, 0.05, 0.2)))
    return (looks - 1) * every


def test_an_object_detected_once_is_carried_over_one_frame() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    surprised = memory.update(after(0), seen((0.2, 0.4, 0.05, 0.2)))
    carried = [len(memory.predict(after(when / 5), quiet=False)) for when in (1, 2, 3)]

    assert surprised
    assert carried == [1, 0, 0]


def test_an_object_detected_twice_is_extrapolated() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    last = walked(memory, looks=3)
    [box] = memory.predict(after(last + 0.4), quiet=False).boxes

    assert np.allclose(box, [0.2 + 0.1 * (last + 0.4), 0.4, 0.05, 0.2], atol=1e-5)


def test_without_motion_all_objects_stay_in_place() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    last = walked(memory, looks=3)
    [box] = memory.predict(after(last + 9), quiet=True).boxes

    assert np.allclose(box, [0.2 + 0.1 * last, 0.4, 0.05, 0.2], atol=1e-5)


def test_an_object_that_leaves_the_frame_is_dropped() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    last = walked(memory, looks=24, speed=0.15)

    assert len(memory.predict(after(last + 0.2), quiet=False)) == 1
    assert len(memory.predict(after(last + 1), quiet=False)) == 0


def test_an_object_missed_by_an_inference_is_kept_for_a_while() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    for look in range(3):
        memory.update(after(look / 5), seen((0.4, 0.4, 0.05, 0.2)))
    left = []
    for look in range(3, 8):
        memory.update(after(look / 5), Detections.empty(), quiet=True)
        left.append(len(memory.predict(after(look / 5), quiet=True)))

    assert left == [1, 1, 1, 0, 0]


def test_a_new_object_of_another_label_is_not_reported() -> None:
    dog = Detections(np.array([[0.1, 0.1, 0.1, 0.1]], np.float32), np.ones(1, np.float32), ("dog",))

    assert not DetectionMemory(0.5, PEOPLE).update(after(0), dog)


def test_low_scores_are_kept_for_redaction() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    memory.update(after(0), seen((0.1, 0.1, 0.1, 0.2), score=0.3))

    assert memory.predict(after(0.2), quiet=False).scores.tolist() == [np.float32(0.3)]


@given(
    st.lists(st.lists(st.tuples(st.floats(0, 0.8), st.floats(0, 0.8)), max_size=4), max_size=8),
    st.floats(0, 3),
)
def test_every_predicted_box_is_inside_the_frame(
    looks: list[list[tuple[float, float]]], later: float
) -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    for number, places in enumerate(looks):
        memory.update(after(number / 5), seen(*((x, y, 0.1, 0.2) for x, y in places)))
    boxes = memory.predict(after(len(looks) / 5) + timedelta(seconds=later), quiet=False).boxes

    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= 1 + 1e-6).all()
    assert (boxes[:, 2:] > 0).all()


LEFT_HALF = np.array([[0.0, 0.0, 0.5, 1.0]], np.float32)
LEFT, RIGHT = (0.2, 0.4, 0.05, 0.2), (0.7, 0.4, 0.05, 0.2)


def standing(memory: DetectionMemory, *boxes: tuple[float, float, float, float]) -> None:
    for number in range(3):
        memory.update(after(number / 5), seen(*boxes))


def test_an_object_outside_the_regions_stays() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    standing(memory, LEFT, RIGHT)
    for number in range(4, 30):
        memory.update(after(number / 5), seen(LEFT), regions=LEFT_HALF)

        assert np.allclose(memory.outside_regions.boxes, [RIGHT])
    assert len(memory.predict(after(6.2), quiet=True)) == 2


def test_an_object_missed_inside_the_regions_counts_as_missed() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    standing(memory, LEFT, RIGHT)
    for number in (4, 5, 6):
        memory.update(after(number / 5), seen(), regions=LEFT_HALF)

    assert np.allclose(memory.predict(after(1.4), quiet=False).boxes, [RIGHT])


def test_moving_and_new_objects_need_an_inference_and_resting_ones_do_not() -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    for number in range(3):
        memory.update(after(number / 5), seen(RIGHT, (0.2 + 0.02 * number, 0.4, 0.05, 0.2)))
    memory.update(after(0.6), seen(RIGHT, (0.26, 0.4, 0.05, 0.2), (0.4, 0.1, 0.05, 0.2)))
    restless, others = memory.split_by_motion(after(0.8))

    assert np.allclose(sorted(restless[:, 0].tolist()), [0.28, 0.4], atol=1e-3)
    assert np.allclose(others[:, 0], [0.7])


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_region_inferences_neither_drop_nor_confirm_objects_outside(whole: list[bool]) -> None:
    memory = DetectionMemory(0.5, PEOPLE)
    standing(memory, LEFT, RIGHT)
    for number, is_whole in enumerate(whole, start=4):
        parts = None if is_whole else LEFT_HALF
        memory.update(after(number / 5), seen(LEFT, *[RIGHT] * is_whole), regions=parts)

        assert len(memory.outside_regions) == (not is_whole)
        assert len(memory.predict(after(number / 5 + 0.1), quiet=False)) == 2
