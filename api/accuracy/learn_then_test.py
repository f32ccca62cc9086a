"""Choose a threshold that keeps a promised precision (Learn then Test, arXiv 2110.01052). Pure."""

import numpy as np
from scipy.stats import binom

from api.accuracy.calibration import sigmoid
from api.accuracy.estimates import FloatArray

GRID: FloatArray = sigmoid(np.linspace(7.0, -1.0, 81))
"""Thresholds from strict to lax, fixed before any verdict is seen."""
FORGIVEN_ERRORS = 3
"""The walk starts where so many errors would still pass: raters err, too."""


def choose_threshold(
    probabilities: FloatArray,
    truths: FloatArray,
    *,
    precision: float,
    delta: float,
    grid: FloatArray = GRID,
) -> float | None:
    """Return the lowest threshold whose precision has been shown; ``None`` if none has.

    From strict to lax, each threshold is tested against the promise; the first one that fails ends
    the walk, so that no correction for many tests is needed. The walk starts where there are enough
    verdicts to show anything, which depends on their number only.

    Args:
        probabilities: [n], of incidents drawn uniformly and not used to fit the calibration.
        truths: [n], 1 for true and 0 for false.
        precision: Promised share of true incidents above the threshold.
        delta: Accepted risk that the promise is broken, as long as new incidents resemble these.
        grid: Falling thresholds.
    """
    order = np.argsort(-probabilities)
    errors = np.concatenate([[0.0], np.cumsum(1 - truths[order])])
    counts = np.searchsorted(-probabilities[order], -grid, side="right")
    chosen: float | None = None
    for threshold, n in zip(grid.tolist(), counts.tolist(), strict=True):
        if binom.cdf(FORGIVEN_ERRORS, n, 1 - precision) > delta:
            continue
        if binom.cdf(errors[n], n, 1 - precision) > delta:
            break
        chosen = threshold
    return chosen
