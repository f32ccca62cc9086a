"""Intervals agree with published tables."""

import pytest

from gridwatch.workbench.evaluation.intervals import (
    median_interval,
    poisson_cdf,
    poisson_interval,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (100, 81.3640, 121.6273)],
)
def test_the_interval_of_a_count_is_that_of_garwoods_table(
    count: int, low: float, high: float
) -> None:
    assert poisson_interval(count, 1) == pytest.approx((low, high), abs=1e-3)


def test_the_interval_of_a_rate_is_divided_by_the_time() -> None:
    assert poisson_interval(0, 0.5) == pytest.approx((0, 7.3778), abs=1e-3)


def test_at_most_two_events_of_a_mean_of_three() -> None:
    assert poisson_cdf(2, 3) == pytest.approx(0.4231901)


def test_a_share_of_seven_in_eight() -> None:
    assert wilson_interval(7, 8) == pytest.approx((0.5291, 0.9776), abs=1e-3)
    assert wilson_interval(0, 5) == pytest.approx((0, 0.4345), abs=1e-3)


def test_the_interval_of_a_median_needs_six_values() -> None:
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([6, 1, 3, 2, 5, 4]) == (1, 6)
    assert median_interval(range(1, 21)) == (6, 15)  # the table of the sign test
