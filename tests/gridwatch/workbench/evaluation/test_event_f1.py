"""The F1 of i-LIDS is that of its formula, with an interval that has the published coverage."""

import numpy as np
import pytest

from gridwatch.workbench.evaluation.event_f1 import ROLES, Role, compute_f1


@pytest.mark.parametrize("role", list(Role))
def test_the_f1_is_that_of_the_formula(role: Role) -> None:
    alpha = ROLES[role].recall_bias
    recall, precision = 8 / 10, 8 / 12

    f1 = compute_f1(found=8, missed=2, false=4, recall_bias=alpha).f1

    assert f1 == pytest.approx((alpha + 1) * recall * precision / (recall + alpha * precision))


def test_false_alerts_weigh_for_an_operator_and_hardly_for_a_recorder() -> None:
    def f1(role: Role) -> float:
        bias = ROLES[role].recall_bias
        return compute_f1(found=8, missed=0, false=8, recall_bias=bias).f1

    assert f1(Role.OPERATIONAL_ALERT) == pytest.approx(0.623, abs=1e-3)
    assert f1(Role.EVENT_RECORDING) == pytest.approx(0.987, abs=1e-3)


def test_nothing_found_is_zero_and_perfection_is_not_certain() -> None:
    nothing = compute_f1(found=0, missed=3, false=0, recall_bias=0.65)
    perfect = compute_f1(found=3, missed=0, false=0, recall_bias=0.65)

    assert (nothing.f1, nothing.interval[0]) == (0, 0)
    assert (perfect.f1, perfect.interval[1]) == (1, 1)
    assert perfect.interval[0] < 0.6


def test_the_interval_holds_the_truth_in_nine_of_ten_or_more_worlds() -> None:
    generator = np.random.default_rng(7)
    found = generator.binomial(40, 0.8, 200)
    false = generator.poisson(8, 200)
    truth = 1.65 * 32 / (1.65 * 32 + 0.65 * 8 + 8)

    intervals = [
        compute_f1(found=int(f), missed=40 - int(f), false=int(e), recall_bias=0.65).interval
        for f, e in zip(found, false, strict=True)
    ]

    assert sum(low <= truth <= high for low, high in intervals) >= 180
