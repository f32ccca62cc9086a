"""Fit the calibration of a scenario, and decide whether it replaces the one in force. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from api.accuracy.calibration import Calibration, brier_score, fit, log_loss
from api.accuracy.estimates import FloatArray
from api.accuracy.fitting.columns import NEWEST, ReviewedColumns, ScoredColumns
from api.accuracy.fitting.scoring import CameraKey, Fit, FitKey
from api.accuracy.score import Prior, get_prior

MIN_NEWEST = 30
"""Verdicts of the newest week, without which nothing is shipped: fewer say too little."""
MIN_IMPROVEMENT = 0.001
"""By this share both measures must fall: a smaller difference is that of a few verdicts."""
MIN_SHIFT = 0.005
"""Logits; a smaller shift of a camera changes no decision and is not stored."""
RELIABILITY_BINS = 10


class ShipReason(StrEnum):
    """Why a calibration is in force, or is not; stored and shown under this name."""

    BETTER = "better"
    """Brier score and log loss fall on the newest week."""
    NOT_BETTER = "not_better"
    TOO_FEW_NEW = "too_few_new"
    """The newest week has too few verdicts to compare."""
    NOTHING_TO_FIT = "nothing_to_fit"
    """There are no verdicts before the newest week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How good probabilities are on the newest week.

    Args:
        n: Verdicts of that week.
        brier_old: Mean squared error of the calibration in force; ``None`` without verdicts.
        log_loss_old: Its mean log loss, in nats.
    """

    n: int
    brier_old: float | None = None
    brier_new: float | None = None
    log_loss_old: float | None = None
    log_loss_new: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Incidents with similar probabilities, and how many of them were true.

    Args:
        low: Lower end of the probabilities, 0 to 1.
        mean: Their mean.
        n: Incidents with a verdict.
        n_true: How many of them were true.
    """

    low: float
    high: float
    mean: float
    n: int
    n_true: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedScenario:
    """A calibration of a scenario and the decision about it.

    Args:
        fits: By revision and model.
        spreads: Standard deviation of the shifts of each, in logits.
        n: Verdicts that it was fitted to.
        reliability: On the newest week, with the new probabilities.
    """

    fits: Mapping[FitKey, Fit]
    spreads: Mapping[FitKey, float]
    n: int
    reason: ShipReason
    comparison: Comparison
    reliability: Sequence[ReliabilityBin]

    @property
    def is_shipped(self) -> bool:
        """Whether it takes the place of the one in force."""
        return self.reason is ShipReason.BETTER


def fit_scenario(
    groups: Sequence[ReviewedColumns],
    in_force: Mapping[FitKey, Fit],
    *,
    version: int,
    now: datetime,
) -> FittedScenario:
    """Fit every revision and model of a scenario to the verdicts before the newest week.

    One without such verdicts, as after all its cameras were moved, goes back to the prior.

    Args:
        groups: Of one scenario; not empty.
        in_force: The fits that are used now; where there is none, the prior is.
        version: Of the new calibration.
    """
    prior = get_prior(groups[0].key.scenario)
    until = (now - NEWEST).timestamp()
    fits: dict[FitKey, Fit] = {}
    spreads: dict[FitKey, float] = {}
    old, new, truths, n = [], [], [], 0
    for group in groups:
        rows = group.fitting_rows(until=until)
        fitted = fit(group.judged(rows), n_cameras=len(group.cameras), prior=prior)
        newest = group.is_judged & (group.opened >= until)
        if rows.any():
            fits[group.key] = Fit(
                version=version,
                fitted_at=now,
                slope=fitted.slope,
                intercept=fitted.intercept,
                shifts=_shifts(group.cameras, fitted.shifts),
            )
            spreads[group.key] = fitted.spread
        n += int(rows.sum())
        used = in_force.get(group.key)
        old.append(probabilities(group, used, prior)[newest])
        new.append(probabilities(group, fits.get(group.key), prior)[newest])
        truths.append(group.truths[newest])
    before, after, judged = np.concatenate(old), np.concatenate(new), np.concatenate(truths)
    comparison = _compare(before, after, judged)
    return FittedScenario(
        fits=fits,
        spreads=spreads,
        n=n,
        reason=_decide(comparison, n),
        comparison=comparison,
        reliability=reliability(after, judged),
    )


def probabilities(group: ScoredColumns, used: Fit | None, prior: Prior) -> FloatArray:
    """Return how likely the incidents of a group are true: [n].

    Args:
        used: ``None`` for the prior.
    """
    model = Calibration(
        used.slope if used else prior.slope,
        used.intercept if used else math.log(prior.true_share / (1 - prior.true_share)),
        np.array([used.shifts.get(camera, 0.0) if used else 0.0 for camera in group.cameras]),
        0.0,
    )
    return model.probabilities(group.z, group.numbers)


def reliability(values: FloatArray, truths: FloatArray) -> list[ReliabilityBin]:
    """Group incidents by their probability; bins without incidents are left out.

    Args:
        values: [n], probabilities.
        truths: [n], 1 for true and 0 for false.
    """
    numbers = np.minimum((values * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    return [
        ReliabilityBin(
            low=number / RELIABILITY_BINS,
            high=(number + 1) / RELIABILITY_BINS,
            mean=float(values[numbers == number].mean()),
            n=int((numbers == number).sum()),
            n_true=int(truths[numbers == number].sum()),
        )
        for number in np.unique(numbers).tolist()
    ]


def _compare(old: FloatArray, new: FloatArray, truths: FloatArray) -> Comparison:
    if len(truths) == 0:
        return Comparison(n=0)
    return Comparison(
        n=len(truths),
        brier_old=brier_score(old, truths),
        brier_new=brier_score(new, truths),
        log_loss_old=log_loss(old, truths),
        log_loss_new=log_loss(new, truths),
    )


def _decide(comparison: Comparison, n: int) -> ShipReason:
    if n == 0:
        return ShipReason.NOTHING_TO_FIT
    brier = (comparison.brier_new, comparison.brier_old)
    loss = (comparison.log_loss_new, comparison.log_loss_old)
    if comparison.n < MIN_NEWEST or None in (*brier, *loss):
        return ShipReason.TOO_FEW_NEW
    needed = 1 - MIN_IMPROVEMENT
    is_better = all(after < needed * before for after, before in (brier, loss))  # type: ignore[operator]
    return ShipReason.BETTER if is_better else ShipReason.NOT_BETTER


def _shifts(cameras: Sequence[CameraKey], shifts: FloatArray) -> dict[CameraKey, float]:
    pairs = zip(cameras, shifts.tolist(), strict=True)
    return {camera: round(shift, 4) for camera, shift in pairs if abs(shift) >= MIN_SHIFT}
