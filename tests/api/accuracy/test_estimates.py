"""Shares are weighted, and their intervals are as wide as the verdicts allow."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.estimates import corrected_verdicts, estimate_share, wilson

NORMAL = 1.959964


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(395, 400, 0.971, 0.995), (1581, 1600, 0.9815, 0.9924), (11066, 11200, 0.9858, 0.9899)],
)
def test_the_interval_is_that_of_wilson(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right / n, n, NORMAL) == pytest.approx((low, high), abs=1e-3)


def test_a_review_that_favours_high_scores_does_not_favour_the_estimate() -> None:
    # 100 incidents of each kind; all of the first were judged, one in ten of the second.
    truths = np.array([1.0] * 95 + [0.0] * 5 + [1.0] * 5 + [0.0] * 5)
    weights = np.array([1.0] * 100 + [10.0] * 10)
    clusters = np.arange(110)

    share = estimate_share(weights * truths, weights, clusters)

    assert truths.mean() == pytest.approx(0.909, abs=1e-3)
    assert share.estimate == pytest.approx(0.725)
    assert share.low < 0.725 < share.high
    assert share.n == 110
    assert share.n_effective < 40


def test_verdicts_of_one_camera_and_day_count_less() -> None:
    truths = np.repeat([1.0, 1.0, 1.0, 0.0], 25)
    apart = estimate_share(truths, np.ones(100), np.arange(100))
    together = estimate_share(truths, np.ones(100), np.repeat(np.arange(4), 25))

    assert apart.estimate == together.estimate == 0.75
    assert apart.n_effective > 90
    assert together.n_effective < 5
    assert together.low < apart.low


def test_without_verdicts_nothing_is_known() -> None:
    share = estimate_share(np.array([]), np.array([]), np.array([], int))

    assert math.isnan(share.estimate)
    assert (share.low, share.high, share.n) == (0.0, 1.0, 0)


@given(
    truths=st.lists(st.booleans(), min_size=1, max_size=60),
    weight=st.floats(0.01, 100),
    days=st.integers(1, 8),
)
def test_the_interval_contains_the_estimate_and_lies_between_zero_and_one(
    truths: list[bool], weight: float, days: int
) -> None:
    y = np.array(truths, float)
    share = estimate_share(weight * y, np.full(len(y), weight), np.arange(len(y)) % days)

    assert 0 <= share.low <= share.estimate + 1e-9
    assert share.estimate <= share.high + 1e-9 <= 1 + 2e-9
    assert share.estimate == pytest.approx(y.mean())


def test_checked_verdicts_correct_those_that_nobody_checked() -> None:
    first = np.array([1.0, 1.0, 1.0, 1.0])
    second = np.array([0.0, 1.0, np.nan, np.nan])

    corrected = corrected_verdicts(first, second, np.full(4, 0.5))

    assert corrected.tolist() == [-1.0, 1.0, 1.0, 1.0]
    assert corrected.mean() == 0.5
