"""What an opinion is worth follows from the verdicts of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.second_opinion.description import describe_opinion
from api.accuracy.second_opinion.model import OpinionValue
from api.accuracy.second_opinion.rates import MIN_VERDICTS, ErrorRates, update_probability
from pipeline.text import Text

TRUE, FALSE, UNSURE = OpinionValue.TRUE, OpinionValue.FALSE, OpinionValue.UNSURE
GOOD = ErrorRates(of_true={TRUE: 90, FALSE: 4, UNSURE: 6}, of_false={TRUE: 5, FALSE: 40, UNSURE: 5})
COUNTS = st.dictionaries(st.sampled_from(OpinionValue), st.integers(0, 500))


def test_a_good_verifier_raises_and_lowers_a_probability() -> None:
    assert update_probability(0.5, GOOD.likelihood_ratio(TRUE)) == pytest.approx(0.89, abs=0.01)
    assert update_probability(0.5, GOOD.likelihood_ratio(FALSE)) == pytest.approx(0.05, abs=0.01)
    assert GOOD.confirmed == pytest.approx((0.826, 0.945), abs=1e-3)


def test_too_few_verdicts_change_nothing() -> None:
    few = ErrorRates(of_true={TRUE: 500}, of_false={FALSE: MIN_VERDICTS - 1})

    assert few.likelihood_ratio(TRUE) == few.likelihood_ratio(FALSE) == 1
    assert ErrorRates(of_true={}, of_false={}).confirmed is None


@pytest.mark.parametrize(
    ("called_false", "n_true", "is_shown"), [(0, 229, False), (0, 230, True), (3, 500, False)]
)
def test_recall_is_kept_only_if_shown(called_false: int, n_true: int, is_shown: bool) -> None:
    rates = ErrorRates(of_true={TRUE: n_true - called_false, FALSE: called_false}, of_false={})

    assert rates.keeps_recall is is_shown


def test_a_verifier_that_always_agrees_says_nothing() -> None:
    always = ErrorRates(of_true={TRUE: 100}, of_false={TRUE: 100})

    assert always.likelihood_ratio(TRUE) == pytest.approx(1)


@given(COUNTS, COUNTS, st.floats(0, 1), st.sampled_from(OpinionValue))
def test_a_probability_stays_between_0_and_1_and_moves_with_the_ratio(
    of_true: dict[OpinionValue, int],
    of_false: dict[OpinionValue, int],
    probability: float,
    value: OpinionValue,
) -> None:
    ratio = ErrorRates(of_true=of_true, of_false=of_false).likelihood_ratio(value)
    changed = update_probability(probability, ratio)

    assert ratio > 0
    assert 0 <= changed <= 1
    assert (changed - probability) * (ratio - 1) >= -1e-9
    assert update_probability(0, ratio) == 0
    assert update_probability(1, ratio) == 1


def test_the_line_says_who_what_why_and_what_it_is_worth() -> None:
    seen = Text(zh="台阶上无人。", en="Nobody stands there.")

    alone = describe_opinion("qwen", FALSE, seen, probability=0.6, rates=None)
    judged = describe_opinion("qwen", FALSE, seen, probability=0.6, rates=GOOD)

    assert alone.en == (
        "Second opinion (qwen): false; Nobody stands there; "
        "too few verdicts to judge it by, so the probability stays"
    )
    assert judged.en.endswith("with it the probability is 8% instead of 60%")
    assert "概率由 60% 变为 8%" in judged.zh
