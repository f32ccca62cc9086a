"""How often a verifier is right by the verdicts of people, and what its opinion is worth. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import binom

from api.accuracy.estimates import wilson
from api.accuracy.second_opinion.model import OpinionValue

MIN_VERDICTS = 20
"""True and false incidents each, before an opinion changes a probability."""
Z_95 = 1.96
MAX_RECALL_LOSS = 0.01
HOLD_RISK = 0.1
"""Accepted risk that more of the true incidents are lost than ``MAX_RECALL_LOSS``."""
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """The opinions of one verifier on incidents of one scenario that a person has judged.

    Args:
        of_true: How many opinions of each value it has given on true incidents.
        of_false: Likewise on false ones.
    """

    of_true: Mapping[OpinionValue, int]
    of_false: Mapping[OpinionValue, int]

    @property
    def n_true(self) -> int:
        """Opinions on true incidents."""
        return sum(self.of_true.values())

    @property
    def n_false(self) -> int:
        """Opinions on false incidents."""
        return sum(self.of_false.values())

    @property
    def confirmed(self) -> Interval | None:
        """Of the true incidents, the share that it calls true; Wilson's 95 % interval."""
        return _interval(self.of_true.get(OpinionValue.TRUE, 0), self.n_true)

    @property
    def rejected(self) -> Interval | None:
        """Of the false incidents, the share that it calls false; likewise."""
        return _interval(self.of_false.get(OpinionValue.FALSE, 0), self.n_false)

    @property
    def keeps_recall(self) -> bool:
        """Whether it is shown: holding back what it calls false costs a point of recall or less.

        One test of Learn then Test (arXiv 2110.01052) with ``HOLD_RISK``: with no true incident
        called false it takes 230 true ones.
        """
        lost = self.of_true.get(OpinionValue.FALSE, 0)
        p_value = float(binom.cdf(lost, self.n_true, MAX_RECALL_LOSS))
        return self.n_true > 0 and p_value <= HOLD_RISK

    def likelihood_ratio(self, value: OpinionValue) -> float:
        """Return how much more often it says so of true incidents than of false ones.

        Returns:
            1 while there are fewer than ``MIN_VERDICTS`` true or false incidents. Each count is
            raised by one half, so that an answer not seen yet does not prove anything.
        """
        if min(self.n_true, self.n_false) < MIN_VERDICTS:
            return 1.0
        of_true = (self.of_true.get(value, 0) + 0.5) / (self.n_true + 0.5 * len(OpinionValue))
        of_false = (self.of_false.get(value, 0) + 0.5) / (self.n_false + 0.5 * len(OpinionValue))
        return of_true / of_false


def update_probability(probability: float, likelihood_ratio: float) -> float:
    """Return the probability that an incident is true, with an opinion (Bayes' rule on the odds).

    Args:
        probability: Without the opinion; 0 and 1 stay.
    """
    if not 0 < probability < 1:
        return probability
    odds = probability / (1 - probability) * likelihood_ratio
    return odds / (1 + odds) if math.isfinite(odds) else 1.0


def _interval(count: int, n: int) -> Interval | None:
    return wilson(count / n, n, Z_95) if n else None
