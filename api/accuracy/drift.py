"""Notice that the alerts of a camera no longer are what they were. Pure.

Each value gets the rank it has among all before it: while nothing changes, ranks are uniform and
independent (conformal p-values, Vovk, Gammerman & Shafer 2005). A bet on them grows only if they
are not. ``R = (R + 1) * bet`` (Shiryaev-Roberts; Volkhonskiy et al. 2017) exceeds ``n / risk``
within ``n`` values with at most that risk, whatever the values are (Doob).
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

import numpy as np

from api.accuracy.estimates import FloatArray

RISK_PER_YEAR = 0.03
"""Of a false alarm of one camera and scenario; it stays below 5 % although days differ."""
SLOPES: FloatArray = np.array([-1.9, -1.0, 1.0, 1.9])
"""Bets ``1 + slope * (p - 1/2)``: that values fall, or rise, a little or clearly."""
MIN_REFERENCE = 30
"""Values before the first bet."""
DAYS_PER_YEAR = 365.25


@dataclass(slots=True)
class DriftDetector:
    """Follows the values of one camera and scenario, such as scores, or verdict minus probability.

    Args:
        values_per_year: How many values are expected in a year.
        seen: All values so far, ascending.
        statistics: One for each slope.
    """

    values_per_year: float
    seen: list[float] = field(default_factory=list)
    statistics: FloatArray = field(default_factory=lambda: np.zeros_like(SLOPES))

    @property
    def evidence(self) -> float:
        """The mean statistic as a share of the limit; 1 or more is an alarm."""
        return float(self.statistics.mean()) * RISK_PER_YEAR / self.values_per_year

    def push(self, value: float, tie_break: float) -> bool:
        """Add a value; return whether a change is shown.

        Args:
            tie_break: A random number from 0 to 1 that decides between equal values.
        """
        below, equal_until = bisect_left(self.seen, value), bisect_right(self.seen, value)
        rank = (below + tie_break * (equal_until - below + 1)) / (len(self.seen) + 1)
        insort(self.seen, value)
        if len(self.seen) > MIN_REFERENCE:
            self.statistics = (self.statistics + 1) * (1 + SLOPES * (rank - 0.5))
        return self.evidence >= 1
