import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.score import Prior, probability


@given(st.floats(0, 1), st.floats(0, 1))
def test_probability_rises_with_the_raw_score(low: float, high: float) -> None:
    low, high = sorted((low, high))

    assert 0 < probability(low, Prior()) <= probability(high, Prior()) < 1


def test_the_usual_score_has_the_share_that_was_observed() -> None:
    prior = Prior(usual_score=0.6, true_share=0.8)

    assert probability(0.6, prior) == pytest.approx(0.8)
