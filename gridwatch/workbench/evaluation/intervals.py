"""Exact intervals of a rate, a share and a median, without SciPy, which a node lacks."""

import math
from collections.abc import Callable, Sequence

Interval = tuple[float, float]
Z_95 = 1.959964
STEPS = 100
"""Halvings of a bisection: more than a double has digits."""


def poisson_interval(count: int, exposure: float, *, confidence: float = 0.95) -> Interval:
    """Return the exact interval of a rate (Garwood, Biometrika 28, 1936).

    Args:
        count: Events that were seen.
        exposure: In which time, above 0.

    Returns:
        Lowest and highest rate for each unit of time that do not contradict the count.
    """
    tail = (1 - confidence) / 2
    most = 10 * (count + 10)
    low = 0.0 if count == 0 else _solve(lambda m: 1 - poisson_cdf(count - 1, m) - tail, most)
    high = _solve(lambda m: tail - poisson_cdf(count, m), most)
    return low / exposure, high / exposure


def poisson_cdf(count: int, mean: float) -> float:
    """Return the probability of at most ``count`` events."""
    if mean <= 0:
        return 1.0
    logs = [k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1)]
    return min(math.fsum(map(math.exp, logs)), 1.0)


def wilson_interval(count: int, of_all: int) -> Interval:
    """Return the 95 % interval of a share (Wilson, JASA 22, 1927); ``of_all`` above 0."""
    share, square = count / of_all, Z_95**2
    centre = share + square / (2 * of_all)
    half = Z_95 * math.sqrt(share * (1 - share) / of_all + square / (4 * of_all**2))
    scale = 1 + square / of_all
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


def median_interval(values: Sequence[float], *, confidence: float = 0.95) -> Interval | None:
    """Return the exact interval of a median from order statistics.

    The kth lowest and highest values enclose the median unless fewer than k values lie on one of
    its sides (Conover, Practical Nonparametric Statistics, 1999, section 3.2).

    Returns:
        ``None`` if even the lowest and the highest value are not enough: with fewer than six
        values at 95 %.
    """
    ordered, n = sorted(values), len(values)
    tails = [sum(math.comb(n, i) for i in range(k + 1)) / 2**n for k in range(n // 2)]
    enclosing = [k for k, tail in enumerate(tails) if 2 * tail <= 1 - confidence]
    return (ordered[enclosing[-1]], ordered[n - 1 - enclosing[-1]]) if enclosing else None


def _solve(rising: Callable[[float], float], most: float) -> float:
    """Return where a rising function crosses 0, between 0 and ``most``."""
    low, high = 0.0, float(most)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
