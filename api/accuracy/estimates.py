"""Estimate shares, such as precision and recall, from a sample of verdicts. Pure.

A verdict counts ``1 / inclusion probability`` times (Hájek 1971), so that a review that favours
high scores does not favour the estimate (Begg & Greenes 1983). Verdicts of one camera and day
resemble each other: the variance is that of their sums (linearisation, Binder 1983). The interval
is Wilson's (1927) with the effective number of verdicts (Korn & Graubard 1998), and Student's t
where a few camera-days make the variance (Satterthwaite 1946).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its interval, and on how much it rests.

    Args:
        estimate: ``nan`` without verdicts.
        low: Lower end of the 95 % interval.
        high: Upper end.
        n: Verdicts.
        n_effective: Verdicts of a simple random sample that would say as much.
    """

    estimate: float
    low: float
    high: float
    n: int
    n_effective: float


def estimate_share(
    hits: FloatArray, units: FloatArray, clusters: IntArray, *, confidence: float = CONFIDENCE
) -> Share:
    """Estimate ``sum(hits) / sum(units)`` of all incidents from those with a verdict.

    Args:
        hits: [n], what each incident adds to the numerator, times its weight.
        units: [n], what it adds to the denominator, times its weight; 0 leaves it out.
        clusters: [n], number of its camera-day, from 0.
        confidence: That the interval contains the share.
    """
    n, total = int(np.count_nonzero(units)), float(units.sum())
    if total <= 0:
        return Share(estimate=math.nan, low=0.0, high=1.0, n=n, n_effective=0.0)
    share = min(max(float(hits.sum()) / total, 0.0), 1.0)
    n_kish = total**2 / float(np.square(units).sum())
    sums = np.bincount(clusters, hits - share * units)
    n_clusters = len(np.unique(clusters[units != 0]))
    spread = n_clusters / max(n_clusters - 1, 1)
    squares = float(np.square(sums).sum())
    variance = spread * squares / total**2
    # Few errors say little about their own spread: a design never counts as better than random.
    n_effective = n_kish if variance <= 0 else min(n_kish, share * (1 - share) / variance)
    freedom = squares**2 / float((sums**4).sum()) if squares > 0 else n_clusters - 1
    quantile = float(stdtrit(max(freedom, 1), (1 + confidence) / 2))  # of Student's t
    low, high = wilson(share, max(n_effective, 1e-9), quantile)
    return Share(estimate=share, low=low, high=high, n=n, n_effective=n_effective)


def wilson(share: float, n: float, quantile: float) -> tuple[float, float]:
    """Return the interval of a share that was seen in ``n`` draws (Wilson 1927).

    Args:
        quantile: 1.96 for 95 %.
    """
    square = quantile**2
    centre = share + square / (2 * n)
    half = quantile * math.sqrt(share * (1 - share) / n + square / (4 * n**2))
    return max((centre - half) / (1 + square / n), 0.0), min(
        (centre + half) / (1 + square / n), 1.0
    )


def corrected_verdicts(
    first: FloatArray, second: FloatArray, checked_share: FloatArray
) -> FloatArray:
    """Correct the verdicts of raters who err by those that were given twice.

    What a second rater changed stands for the same error in the verdicts that nobody checked
    (difference estimator of two-phase sampling, Särndal, Swensson & Wretman 1992, 9.6).

    Args:
        first: [n], 1 for true and 0 for false.
        second: [n], the same after a second rater and a decision between both; ``nan`` if nobody
            checked.
        checked_share: [n], probability that a verdict is drawn for a second rater, above 0.

    Returns:
        [n]; single values may lie outside of 0 to 1, their mean has no bias.
    """
    checked = ~np.isnan(second)
    return np.where(checked, first + (np.nan_to_num(second) - first) / checked_share, first)
