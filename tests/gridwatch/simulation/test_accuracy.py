"""Estimates, thresholds and drift alarms keep their promises on a truth that is known."""

import msgspec
import pytest

from gridwatch.simulation.accuracy.simulate import simulate
from gridwatch.simulation.accuracy.trial import run_trial
from gridwatch.simulation.accuracy.world import WorldConfig


def test_equal_seeds_give_equal_results() -> None:
    first, second = (run_trial(WorldConfig(), precision=0.988, delta=0.1, seed=5) for _ in range(2))

    assert first == second


@pytest.mark.slow
def test_the_promises_hold_over_many_runs() -> None:
    figures = simulate(runs=120, seed=1, report=lambda _: None)

    # A run of 1,000 has to lie between 0.93 and 0.97; of 120 it may lie further away by chance.
    assert 0.90 <= figures.coverage <= 0.98
    assert figures.target_held >= 1 - figures.delta - 0.05
    assert figures.oracle_recall - figures.recall <= 0.05
    assert figures.logloss.shrunk < min(figures.logloss.pooled, figures.logloss.separate)
    assert figures.drift_alerts <= 60
    assert figures.false_drift_per_year <= 0.1
    assert set(msgspec.to_builtins(figures)) >= {"coverage", "target_held", "logloss"}
