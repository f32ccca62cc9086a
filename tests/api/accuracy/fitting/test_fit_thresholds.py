"""Thresholds move only for a reason, and keep what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.accuracy.estimates import FloatArray
from api.accuracy.fitting.columns import draw_uniformly
from api.accuracy.fitting.fit_thresholds import (
    NOTHING_PUSHED,
    Promise,
    ThresholdReason,
    choose_thresholds,
)
from api.accuracy.score import Thresholds

DEFAULT = Thresholds()
PROMISE = Promise(precision=0.95, min_recall=0.95)


def world(n: int, *, separation: float = 3.4, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Return calibrated probabilities of incidents, and their truths."""
    random = np.random.default_rng(seed)
    truths = (random.random(n) < 0.7).astype(float)
    z = separation * (truths - 0.5) + random.standard_normal(n)
    return 1 / (1 + np.exp(-(separation * z + np.log(0.7 / 0.3)))), truths


def test_few_verdicts_move_nothing() -> None:
    chosen = choose_thresholds(*world(30), DEFAULT, PROMISE, life_and_limb=False)

    assert chosen.thresholds == DEFAULT
    assert chosen.reason is ThresholdReason.TOO_FEW


def test_a_threshold_is_chosen_that_keeps_the_promise_and_stays() -> None:
    first = choose_thresholds(*world(1500), DEFAULT, PROMISE, life_and_limb=False)
    again = choose_thresholds(*world(1500), first.thresholds, PROMISE, life_and_limb=False)
    likely, truths = world(100_000, seed=2)
    pushed = likely >= first.thresholds.push

    assert first.moves
    assert truths[pushed].mean() >= PROMISE.precision
    assert truths[likely < first.thresholds.low].sum() / truths.sum() <= 1 - PROMISE.min_recall
    assert again.reason is ThresholdReason.UNCHANGED
    assert again.thresholds == first.thresholds


def test_nothing_is_pushed_where_no_threshold_keeps_the_promise() -> None:
    likely, truths = world(1500, separation=0.0)

    chosen = choose_thresholds(likely, truths, Thresholds(push=0.6), PROMISE, life_and_limb=False)

    assert (chosen.thresholds.push, chosen.reason) == (
        NOTHING_PUSHED,
        ThresholdReason.NOTHING_SHOWN,
    )


def test_where_life_depends_on_it_recall_comes_before_precision() -> None:
    likely, truths = world(3000, separation=1.5)

    ordinary = choose_thresholds(likely, truths, DEFAULT, PROMISE, life_and_limb=False)
    life = choose_thresholds(likely, truths, DEFAULT, PROMISE, life_and_limb=True)

    assert life.thresholds.push < ordinary.thresholds.push
    assert truths[likely >= life.thresholds.push].sum() / truths.sum() >= PROMISE.min_recall


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_low_threshold_never_lies_above_that_for_a_push(seed: int) -> None:
    likely, truths = world(400, separation=2.0, seed=seed)

    chosen = choose_thresholds(likely, truths, DEFAULT, PROMISE, life_and_limb=seed % 2 == 0)

    assert 0 <= chosen.thresholds.low <= chosen.thresholds.push <= 1


def test_the_promise_is_kept_in_nine_of_ten_worlds() -> None:
    likely, truths = world(200_000, seed=99)
    kept = []
    for seed in range(60):
        chosen = choose_thresholds(*world(800, seed=seed), DEFAULT, PROMISE, life_and_limb=False)
        pushed = likely >= chosen.thresholds.push
        kept.append(not pushed.any() or truths[pushed].mean() >= PROMISE.precision)

    assert np.mean(kept) >= 0.85  # 93 % of 600 worlds; 60 differ from it by chance


def test_audited_incidents_are_thinned_out_to_equal_chances() -> None:
    random = np.random.default_rng(1)
    likely = random.random(40_000)
    chance = np.where(likely > 0.5, 0.8, 0.2)  # audits favour likely incidents

    drawn = draw_uniformly(likely, random.random(40_000) < chance, random.random(40_000))

    shares = [drawn[likely > 0.5].mean(), drawn[likely <= 0.5].mean()]
    assert shares == pytest.approx([0.19, 0.19], abs=0.015)


def test_without_any_audit_of_some_probability_nothing_is_drawn() -> None:
    likely = np.linspace(0, 1, 1000)

    assert not draw_uniformly(likely, likely > 0.5, np.zeros(1000)).any()
