"""How far two raters agree beyond chance. Pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from api.accuracy.estimates import wilson

NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cohen's kappa with its 95 % interval.

    Args:
        kappa: 1 for perfect agreement, 0 for chance; ``nan`` if both raters know one answer only.
        n: Incidents that both have rated.
    """

    kappa: float
    low: float
    high: float
    n: int


def cohens_kappa(
    pairs: Sequence[tuple[str, str]], weights: Sequence[float] | None = None
) -> Agreement:
    """Compare the verdicts of two raters on the same incidents (Cohen 1960).

    Args:
        pairs: The verdict of the first and of the second rater on each incident.
        weights: How many incidents each pair stands for; by default one. The interval is
            Wilson's of the share of agreement, with the effective number of pairs (Kish 1965).
    """
    n, counts = len(pairs), weights or [1.0] * len(pairs)
    first: dict[str, float] = defaultdict(float)
    second: dict[str, float] = defaultdict(float)
    agreed = 0.0
    for (a, b), weight in zip(pairs, counts, strict=True):
        first[a] += weight
        second[b] += weight
        agreed += weight * (a == b)
    total = sum(counts)
    observed = agreed / total if n else 0.0
    expected = sum(share * second[value] for value, share in first.items()) / total**2 if n else 1.0
    if expected > 1 - 1e-9:  # both know one answer only
        return Agreement(kappa=math.nan, low=-1.0, high=1.0, n=n)
    kappa = (observed - expected) / (1 - expected)
    n_effective = total**2 / sum(weight**2 for weight in counts)
    low, high = wilson(observed, n_effective, NORMAL_95)
    return Agreement(
        kappa=kappa,
        low=max((low - expected) / (1 - expected), -1.0),
        high=min((high - expected) / (1 - expected), 1.0),
        n=n,
    )
