"""Heads stay masked between observations."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.evidence.head_mask import HeadMask, HeadObservation
from pipeline.geometry.boxes import Float32Array
from tests.messages import NOON

HOLD = timedelta(seconds=1)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def head_at(x: float, y: float = 0.3, size: float = 0.05) -> tuple[float, float, float, float]:
    return x, y, x + size, y + size


def observe(second: float, *heads: tuple[float, float, float, float]) -> HeadObservation:
    return HeadObservation(NOON + after(second), np.array(heads, np.float32).reshape(-1, 4))


def make_head_mask(*observations: HeadObservation) -> HeadMask:
    return HeadMask(observations, hold=HOLD)


def is_masked(head_mask: HeadMask, second: float, x: float, y: float) -> bool:
    boxes: Float32Array = head_mask.regions_at(NOON + after(second))
    left, top, right, bottom = boxes.T
    return bool(((left <= x) & (x <= right) & (top <= y) & (y <= bottom)).any())


def test_a_moving_head_is_masked_along_its_path() -> None:
    head_mask = make_head_mask(*(observe(i / 5, head_at(0.1 + i * 0.04)) for i in range(10)))

    assert all(is_masked(head_mask, s / 25, 0.125 + s / 25 * 0.2, 0.325) for s in range(45))
    assert not is_masked(head_mask, 0.0, 0.4, 0.325), "its later position is not masked yet"


def test_a_head_that_is_missed_for_a_second_stays_masked() -> None:
    head_mask = make_head_mask(
        observe(0, head_at(0.5)), observe(0.5), observe(1.0), observe(1.5), observe(2.0)
    )

    assert is_masked(head_mask, 0.9, 0.525, 0.325)
    assert not is_masked(head_mask, 1.1, 0.525, 0.325)


def test_a_head_is_masked_for_a_second_before_its_first_observation() -> None:
    head_mask = make_head_mask(*(observe(i / 2) for i in range(4)), observe(2, head_at(0.5)))

    assert is_masked(head_mask, 1.1, 0.525, 0.325)
    assert not is_masked(head_mask, 0.9, 0.525, 0.325)


def test_heads_that_pass_each_other_are_both_masked() -> None:
    observations = [
        observe(i / 5, head_at(0.2 + i * 0.03), head_at(0.5 - i * 0.03)) for i in range(11)
    ]
    head_mask = make_head_mask(*observations)

    for step in range(50):
        second = step / 25
        assert is_masked(head_mask, second, 0.225 + second * 0.15, 0.325)
        assert is_masked(head_mask, second, 0.525 - second * 0.15, 0.325)


def test_times_far_from_every_observation_are_not_observed() -> None:
    head_mask = make_head_mask(observe(0), observe(1), observe(5), observe(6))

    assert [head_mask.is_observed(NOON + after(s)) for s in (0.5, 2.5, 4.5, 7.5)] == [1, 0, 1, 0]
    assert head_mask.is_observed_throughout(NOON, NOON + after(1.5))
    assert not head_mask.is_observed_throughout(NOON, NOON + after(6))
    assert not make_head_mask().is_observed(NOON)


def test_without_heads_the_mask_is_empty() -> None:
    assert make_head_mask(observe(0), observe(1)).is_empty
    assert not make_head_mask(observe(0), observe(1, head_at(0.1))).is_empty


@given(
    frames=st.lists(st.lists(st.floats(0, 0.9), max_size=4), min_size=1, max_size=8),
    interval=st.floats(0.05, 2.0),
)
def test_a_head_is_masked_at_every_observation(frames: list[list[float]], interval: float) -> None:
    observations = [
        observe(i * interval, *map(head_at, positions)) for i, positions in enumerate(frames)
    ]
    head_mask = make_head_mask(*observations)

    for observation in observations:
        second = (observation.at - NOON).total_seconds()
        for left, top, right, bottom in observation.heads:
            assert is_masked(head_mask, second, float(left + right) / 2, float(top + bottom) / 2)
