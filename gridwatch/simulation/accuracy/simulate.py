"""``gridwatch accuracy simulate``: many runs, summed up."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from gridwatch.simulation.accuracy.trial import TrialResult, run_trial
from gridwatch.simulation.accuracy.world import WorldConfig

PRECISION = 0.988
"""The promise, as in `docs/accuracy.md`."""
DELTA = 0.1
REPORT_EVERY = 100


class LogLoss(msgspec.Struct, frozen=True):
    """Mean log loss of new incidents in nats, by how the cameras are fitted.

    Args:
        shrunk: Each camera for itself, as far as it has verdicts.
        pooled: All cameras alike.
        separate: Each camera for itself.
    """

    shrunk: float
    pooled: float
    separate: float


class AccuracyFigures(msgspec.Struct, frozen=True):
    """The output of ``gridwatch accuracy simulate``.

    Args:
        coverage: Share of 95 % intervals, of precision and of recall, that hold the truth.
        target_held: Share of runs whose true precision above the threshold keeps the promise.
        delta: Accepted share of runs that break it.
        recall: Mean share of true incidents that are pushed at once.
        oracle_recall: The same if the world were known.
        drift_alerts: Alerts until a change is found, in 95 of 100 runs.
        false_drift_per_year: Share of cameras with a false alarm in a year without any change.
    """

    runs: int
    coverage: float
    coverage_precision: float
    coverage_recall: float
    precision: float
    target_held: float
    delta: float
    recall: float
    oracle_recall: float
    logloss: LogLoss
    drift_alerts: int
    false_drift_per_year: float


def simulate(
    *, runs: int, seed: int, report: Callable[[str], None], config: WorldConfig | None = None
) -> AccuracyFigures:
    """Draw a world for each run and compare what the centre would say with the truth."""
    results = []
    for n in range(runs):
        world = config or WorldConfig()
        results.append(run_trial(world, precision=PRECISION, delta=DELTA, seed=seed + n))
        if (n + 1) % REPORT_EVERY == 0:
            report(f"{n + 1} runs")
    return _sum_up(results)


def _sum_up(results: Sequence[TrialResult]) -> AccuracyFigures:
    covered = np.array([each.covered for each in results])
    losses = {
        name: round(float(np.mean([each.log_loss[name] for each in results])), 4)
        for name in results[0].log_loss
    }
    return AccuracyFigures(
        runs=len(results),
        coverage=round(float(covered.mean()), 4),
        coverage_precision=round(float(covered[:, 0].mean()), 4),
        coverage_recall=round(float(covered[:, 1].mean()), 4),
        precision=PRECISION,
        target_held=round(float(np.mean([each.precision >= PRECISION for each in results])), 4),
        delta=DELTA,
        recall=round(float(np.mean([each.recall for each in results])), 4),
        oracle_recall=round(float(np.mean([each.oracle_recall for each in results])), 4),
        logloss=LogLoss(**losses),
        drift_alerts=int(np.percentile([each.drift_alerts for each in results], 95)),
        false_drift_per_year=round(float(np.mean([each.has_false_drift for each in results])), 4),
    )
