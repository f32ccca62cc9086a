"""Estimate the probability that an incident is true.

    logit P = slope * (logit s - logit s0) + logit p0

``s`` is the highest raw score of the incident, ``s0`` a usual score of the scenario, and ``p0``
the share of incidents with that score which are true. Until there are verdicts, slope and shift
are the prior of the scenario; with verdicts they are fitted (Platt 1999) in the same form.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MIN_SCORE_DISTANCE = 1e-4
"""A raw score is kept this far from 0 and 1: no single score makes certain."""


class Decision(StrEnum):
    """What happens to an incident; stored, logged and shown under this name."""

    PUSH = "push"
    """A worker is notified at once."""
    REVIEW = "review"
    """An operator has to confirm it first."""
    LATE = "late"
    """It is too old to notify anybody, and waits for an operator."""
    STORE = "store"
    """It is stored, and reviewed in samples."""
    SUPPRESSED = "suppressed"
    """Its call is withheld; alerts and evidence are stored."""

    @property
    def rank(self) -> int:
        """How urgent the decision is; a stronger alert can only raise it."""
        return DECISIONS_BY_RANK.index(self)


DECISIONS_BY_RANK = (
    Decision.SUPPRESSED,
    Decision.STORE,
    Decision.LATE,
    Decision.REVIEW,
    Decision.PUSH,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known of a scenario before the first verdict.

    Args:
        usual_score: Raw score at which ``true_share`` was observed, above 0 and below 1.
        true_share: Share of such incidents that are true, above 0 and below 1.
        slope: How much the raw score says; 0 for nothing.
    """

    usual_score: float = 0.6
    true_share: float = 0.8
    slope: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The probabilities from which a worker is notified and an operator is asked."""

    push: float = 0.7
    low: float = 0.2


PRIORS: MappingProxyType[str, Prior] = MappingProxyType({})
"""Scenarios that differ from the default; none has been measured yet."""

THRESHOLDS: MappingProxyType[str, Thresholds] = MappingProxyType({})
"""Scenarios that differ from the default."""


def get_prior(scenario: str) -> Prior:
    """Return the prior of a scenario."""
    return PRIORS.get(scenario, Prior())


def get_thresholds(scenario: str) -> Thresholds:
    """Return the thresholds of a scenario."""
    return THRESHOLDS.get(scenario, Thresholds())


def probability(raw_score: float, prior: Prior) -> float:
    """Return the probability that an incident is true; it rises with the raw score.

    Args:
        raw_score: Highest score of the incident, 0 to 1.
    """
    logit_share = _logit(prior.true_share)
    return 1 / (1 + math.exp(-(prior.slope * evidence(raw_score, prior) + logit_share)))


def evidence(raw_score: float, prior: Prior) -> float:
    """Return ``logit s - logit s0``: how far a raw score is above the usual one."""
    return _logit(raw_score) - _logit(prior.usual_score)


def _logit(share: float) -> float:
    clipped = min(max(share, MIN_SCORE_DISTANCE), 1 - MIN_SCORE_DISTANCE)
    return math.log(clipped / (1 - clipped))
