"""Two raters agree more or less than chance would have it."""

import math

import pytest

from api.accuracy.agreement import cohens_kappa


def test_kappa_of_a_published_example() -> None:
    # Cohen's example of two readers of 50 grant proposals: kappa 0.4.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15

    agreement = cohens_kappa(pairs)

    assert agreement.kappa == pytest.approx(0.4)
    assert agreement.low < 0.4 < agreement.high
    assert agreement.n == 50


def test_one_answer_only_says_nothing_about_agreement() -> None:
    assert math.isnan(cohens_kappa([("true", "true")] * 9).kappa)
    assert cohens_kappa([]).n == 0


def test_pairs_that_were_drawn_less_often_stand_for_more() -> None:
    both_true, changed, both_false = ("true", "true"), ("false", "true"), ("false", "false")
    everything = [both_true] * 900 + [changed] * 20 + [both_false] * 80
    # Every "false" and a tenth of the "true" were given twice.
    drawn = [both_true] * 90 + [changed] * 20 + [both_false] * 80
    weights = [10.0] * 90 + [1.0] * 100

    agreement = cohens_kappa(drawn, weights)

    assert agreement.kappa == pytest.approx(cohens_kappa(everything).kappa)
    assert agreement.n == 190
    assert agreement.high - agreement.low > 0.1
