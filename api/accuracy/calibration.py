"""Fit how likely incidents of a scenario are true, camera by camera. Pure.

    logit P = slope * z + intercept + shift[camera],    shift ~ N(0, spread²)

``z`` is ``logit s - logit s0`` of ``score.py``. A camera with few verdicts keeps a shift near 0
(shrinkage); the spread of the shifts is estimated from all cameras (EM with Laplace's
approximation, Tierney & Kadane 1986), slope and intercept start from the prior of the scenario.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.accuracy.estimates import FloatArray, IntArray
from api.accuracy.score import Prior

SLOPE_SD = 1.0
"""Standard deviation of the prior of the slope."""
INTERCEPT_SD = 2.0
"""The same of the intercept, in logits."""
FIRST_SPREAD = 0.5
MIN_SPREAD, MAX_SPREAD = 0.05, 3.0
SPREAD_ROUNDS = 12
NEWTON_ROUNDS = 25
CONVERGED = 1e-6
"""Largest step of a parameter, in logits, at which Newton's method ends."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model.

    Args:
        slope: How much the raw score says.
        intercept: Logit of the true share at the usual score.
        shifts: [cameras], in logits.
        spread: Standard deviation of the shifts of all cameras of the scenario.
    """

    slope: float
    intercept: float
    shifts: FloatArray
    spread: float

    def probabilities(self, z: FloatArray, cameras: IntArray) -> FloatArray:
        """Return how likely incidents are true.

        Args:
            z: [n], logit of each score minus that of the usual one.
            cameras: [n], number of the camera; ``-1`` for one without verdicts.
        """
        shifts = np.append(self.shifts, 0.0)[cameras]
        return sigmoid(self.slope * z + self.intercept + shifts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Incidents with a verdict, in columns.

    Args:
        z: [n], logit of each score minus that of the usual one.
        cameras: [n], number of the camera, from 0.
        truths: [n], 1 for true and 0 for false.
    """

    z: FloatArray
    cameras: IntArray
    truths: FloatArray


def fit(
    judged: Judged, *, n_cameras: int, prior: Prior, spread: float | None = None
) -> Calibration:
    """Fit the model to verdicts; without any it is the prior.

    Verdicts have no weights here: which incidents are judged depends on their score and camera,
    which the model knows, so that it can be ignored (Rubin 1976). Weights would only add noise.

    Args:
        spread: Keeps the spread of the shifts; by default it is estimated.
    """
    model = Calibration(
        prior.slope,
        math.log(prior.true_share / (1 - prior.true_share)),
        np.zeros(n_cameras),
        FIRST_SPREAD if spread is None else spread,
    )
    if len(judged.z) == 0:
        return model
    for _ in range(SPREAD_ROUNDS if spread is None else 1):
        model, variances = _maximise(model, judged, prior)
        if spread is not None:
            break
        seen = np.bincount(judged.cameras, minlength=n_cameras) > 0
        moment = math.sqrt(float(np.mean(np.square(model.shifts[seen]) + variances[seen])))
        estimated = min(max(moment, MIN_SPREAD), MAX_SPREAD)
        has_converged = abs(estimated - model.spread) < 0.01 * model.spread
        model = Calibration(model.slope, model.intercept, model.shifts, estimated)
        if has_converged:
            break
    return model


def _maximise(model: Calibration, judged: Judged, prior: Prior) -> tuple[Calibration, FloatArray]:
    """Find the most probable parameters by Newton's method.

    The shifts touch only their own camera, so that each step solves two equations (Schur
    complement) and not one for each camera.

    Returns:
        The model, and [cameras] the variance of each shift.
    """
    n_cameras, cameras = len(model.shifts), judged.cameras
    precision = 1 / model.spread**2
    design = np.stack([judged.z, np.ones_like(judged.z)])  # [2, n]
    centre = np.array([prior.slope, math.log(prior.true_share / (1 - prior.true_share))])
    prior_precision = np.array([SLOPE_SD**-2, INTERCEPT_SD**-2])
    common, shifts = np.array([model.slope, model.intercept]), model.shifts.copy()
    for _ in range(NEWTON_ROUNDS):
        p = sigmoid(common @ design + shifts[cameras])
        residual, curvature = judged.truths - p, p * (1 - p)
        gradient = design @ residual - prior_precision * (common - centre)
        gradient_shifts = np.bincount(cameras, residual, n_cameras) - precision * shifts
        hessian = (design * curvature) @ design.T + np.diag(prior_precision)
        own = np.bincount(cameras, curvature, n_cameras) + precision
        cross = np.stack([np.bincount(cameras, curvature * row, n_cameras) for row in design])
        schur = hessian - (cross / own) @ cross.T
        step = np.linalg.solve(schur, gradient - cross @ (gradient_shifts / own))
        step_shifts = (gradient_shifts - step @ cross) / own
        # A step of more than 2 logits overshoots where nearly all verdicts agree.
        largest = max(float(np.abs(step).max()), float(np.abs(step_shifts).max()))
        scale = min(1.0, 2.0 / largest) if largest > 0 else 1.0
        common, shifts = common + scale * step, shifts + scale * step_shifts
        if largest < CONVERGED:
            break
    fitted = Calibration(float(common[0]), float(common[1]), shifts, model.spread)
    variances: NDArray[np.float64] = 1 / own
    return fitted, variances


def log_loss(probabilities: FloatArray, truths: FloatArray) -> float:
    """Return the mean surprise in nats, lower is better; certain and wrong counts 13.8."""
    p = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return float(-np.mean(truths * np.log(p) + (1 - truths) * np.log(1 - p)))


def brier_score(probabilities: FloatArray, truths: FloatArray) -> float:
    """Return the mean squared error of probabilities, lower is better (Brier 1950)."""
    return float(np.mean(np.square(probabilities - truths)))


def sigmoid(logits: FloatArray) -> FloatArray:
    """Return the probabilities for logits."""
    probabilities: FloatArray = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
    return probabilities
