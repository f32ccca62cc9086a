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
