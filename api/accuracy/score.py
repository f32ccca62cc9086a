"""A first score: the detector's own, moved by what was known before the first verdict.

    logit P = slope * (logit s - logit s0) + logit p0

``s`` is the highest raw score of the incident, ``s0`` a usual score of the scenario, and
``p0`` the share of incidents with that score which are true. Once there are verdicts, slope
and shift come from them (Platt 1999); the form stays.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MIN_SCORE_DISTANCE = 1e-4
"""A raw score is kept this far from 0 and 1: no single number makes certain."""


class Decision(StrEnum):
    """What happens to an incident; the name goes to database, logs and console."""

    PUSH = "push"
    """A worker is called at once."""
    REVIEW = "review"
    """The operator confirms first."""
    LATE = "late"
    """It is too old to call anyone: the operator's queue."""
    STORE = "store"
    """Kept and sampled."""

    @property
    def rank(self) -> int:
        """How much attention it gives; a stronger alert lifts an incident."""
        return (Decision.STORE, Decision.LATE, Decision.REVIEW, Decision.PUSH).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known of a scenario before the first verdict.

    Args:
        usual_score: Raw score at which ``true_share`` was seen, above 0 and below 1.
        true_share: Share of such incidents that are true, above 0 and below 1.
        slope: How much the raw score tells; 0 for nothing.
    """

    usual_score: float = 0.6
    true_share: float = 0.8
    slope: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which probability on a worker is called, and an operator asked."""

    push: float = 0.7
    low: float = 0.2


PRIORS: MappingProxyType[str, Prior] = MappingProxyType({})
"""Scenarios that differ from the usual; none has been measured yet."""

THRESHOLDS: MappingProxyType[str, Thresholds] = MappingProxyType({})


def get_prior(scenario: str) -> Prior:
    """Look up what is known of ``scenario``."""
    return PRIORS.get(scenario, Prior())


def get_thresholds(scenario: str) -> Thresholds:
    """Look up the thresholds of ``scenario``."""
    return THRESHOLDS.get(scenario, Thresholds())


def probability(raw_score: float, prior: Prior) -> float:
    """Tell how likely an incident with this highest raw score is true.

    Args:
        raw_score: 0 to 1; rises with it.
    """
    heard = _logit(raw_score) - _logit(prior.usual_score)
    return 1 / (1 + math.exp(-(prior.slope * heard + _logit(prior.true_share))))


def decide(likely: float, thresholds: Thresholds, *, is_late: bool) -> Decision:
    """Choose whom an incident of this probability is shown to.

    Args:
        is_late: It is older than its scenario pages for: never to a phone.
    """
    if likely < thresholds.low:
        return Decision.STORE
    if is_late:
        return Decision.LATE
    return Decision.PUSH if likely >= thresholds.push else Decision.REVIEW


def _logit(share: float) -> float:
    kept = min(max(share, MIN_SCORE_DISTANCE), 1 - MIN_SCORE_DISTANCE)
    return math.log(kept / (1 - kept))
