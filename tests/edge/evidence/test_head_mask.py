"""Heads stay hidden between the moments at which somebody looked."""

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


def a_head(x: float, y: float = 0.3, size: float = 0.05) -> tuple[float, float, float, float]:
    return x, y, x + size, y + size


def a_look(second: float, *heads: tuple[float, float, float, float]) -> HeadObservation:
    return HeadObservation(NOON + after(second), np.array(heads, np.float32).reshape(-1, 4))


def a_veil(*looks: HeadObservation) -> HeadMask:
    return HeadMask(looks, hold=HOLD)


def hides(veil: HeadMask, second: float, x: float, y: float) -> bool:
    boxes: Float32Array = veil.regions_at(NOON + after(second))
    left, top, right, bottom = boxes.T
    return bool(((left <= x) & (x <= right) & (top <= y) & (y <= bottom)).any())


def test_a_head_that_moves_is_hidden_all_along_its_way() -> None:
    veil = a_veil(*(a_look(i / 5, a_head(0.1 + i * 0.04)) for i in range(10)))

    assert all(hides(veil, s / 25, 0.125 + s / 25 * 0.2, 0.325) for s in range(45))
    assert not hides(veil, 0.0, 0.4, 0.325), "where it will be later is not hidden yet"


def test_a_head_that_is_missed_for_a_second_stays_hidden() -> None:
    veil = a_veil(a_look(0, a_head(0.5)), a_look(0.5), a_look(1.0), a_look(1.5), a_look(2.0))

    assert hides(veil, 0.9, 0.525, 0.325)
    assert not hides(veil, 1.1, 0.525, 0.325)


def test_a_head_is_hidden_for_a_second_before_it_was_first_seen() -> None:
    veil = a_veil(*(a_look(i / 2) for i in range(4)), a_look(2, a_head(0.5)))

    assert hides(veil, 1.1, 0.525, 0.325)
    assert not hides(veil, 0.9, 0.525, 0.325)


def test_heads_that_pass_each_other_are_both_hidden() -> None:
    looks = [a_look(i / 5, a_head(0.2 + i * 0.03), a_head(0.5 - i * 0.03)) for i in range(11)]
    veil = a_veil(*looks)

    for step in range(50):
        second = step / 25
        assert hides(veil, second, 0.225 + second * 0.15, 0.325)
        assert hides(veil, second, 0.525 - second * 0.15, 0.325)


def test_nobody_vouches_for_what_nobody_has_looked_at() -> None:
    veil = a_veil(a_look(0), a_look(1), a_look(5), a_look(6))

    assert [veil.is_observed(NOON + after(s)) for s in (0.5, 2.5, 4.5, 7.5)] == [1, 0, 1, 0]
    assert veil.is_observed_throughout(NOON, NOON + after(1.5))
    assert not veil.is_observed_throughout(NOON, NOON + after(6))
    assert not a_veil().is_observed(NOON)


def test_who_saw_nobody_hides_nothing() -> None:
    assert a_veil(a_look(0), a_look(1)).is_empty
    assert not a_veil(a_look(0), a_look(1, a_head(0.1))).is_empty


@given(
    places=st.lists(st.lists(st.floats(0, 0.9), max_size=4), min_size=1, max_size=8),
    apart=st.floats(0.05, 2.0),
)
def test_a_head_is_hidden_wherever_and_whenever_it_was_seen(
    places: list[list[float]], apart: float
) -> None:
    looks = [a_look(i * apart, *map(a_head, there)) for i, there in enumerate(places)]
    veil = a_veil(*looks)

    for look in looks:
        second = (look.at - NOON).total_seconds()
        for left, top, right, bottom in look.heads:
            assert hides(veil, second, float(left + right) / 2, float(top + bottom) / 2)
