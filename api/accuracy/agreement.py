"""How far two raters agree beyond chance. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Compare the verdicts of two raters on the same incidents (Cohen 1960).

    Args:
        pairs: The verdict of the first and of the second rater on each incident.
    """
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n if n else 0.0
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(first[value] * second[value] for value in first) / n**2 if n else 1.0
    if expected >= 1:
        return Agreement(kappa=math.nan, low=-1.0, high=1.0, n=n)
    kappa = (observed - expected) / (1 - expected)
    error = math.sqrt(observed * (1 - observed) / n) / (1 - expected)
    return Agreement(
        kappa=kappa,
        low=max(kappa - NORMAL_95 * error, -1.0),
        high=min(kappa + NORMAL_95 * error, 1.0),
        n=n,
    )
