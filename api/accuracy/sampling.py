"""Which incidents are judged for the statistics, and with which probability. Pure.

Every incident has a known probability of being drawn, so that estimates can be weighted by it.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from api.accuracy.score import Thresholds

NEW_CAMERA = timedelta(days=14)
"""In its first two weeks every incident of a camera is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRates:
    """Shares of incidents that are drawn.

    Args:
        pushed: Of those above the threshold for a push.
        stored: Of those below the lower threshold.
        near: Of those whose probability is near the threshold for a push.
        near_width: What counts as near, in probability.
    """

    pushed: float = 0.05
    stored: float = 0.03
    near: float = 0.2
    near_width: float = 0.1


def inclusion_probability(
    probability: float,
    thresholds: Thresholds,
    *,
    camera_age: timedelta,
    rates: SamplingRates | None = None,
) -> float:
    """Return with which probability an incident is drawn for an audit.

    Args:
        probability: That the incident is true, as it was known when it was opened.
        camera_age: Time since the first incident of its camera, scenario and model.
    """
    shares = rates or SamplingRates()
    if camera_age < NEW_CAMERA:
        return 1.0
    if abs(probability - thresholds.push) < shares.near_width:
        return shares.near
    return shares.stored if probability < thresholds.low else shares.pushed


SECOND_RATER_SHARE = 0.1
"""Of the verdicts "true" in an audit, so many are given twice; of the others all."""


def is_drawn(incident: UUID, inclusion: float, *, purpose: str = "audit") -> bool:
    """Return whether an incident is drawn: the same on every process, and unknown beforehand."""
    return random_number(incident, purpose) < inclusion


def queue_position(incident: UUID, inclusion: float, *, purpose: str = "audit") -> float:
    """Return the place of a drawn incident in the audit queue, from 0 to 1.

    Whoever has judged the queue up to any place has judged the same share of each stratum, so that
    the probabilities of inclusion keep their proportions (sequential Poisson sampling, Ohlsson
    1998).
    """
    return random_number(incident, purpose) / inclusion


def random_number(incident: UUID, purpose: str) -> float:
    """Return the permanent random number of an incident for a draw, 0 to 1."""
    digest = hashlib.sha256(purpose.encode() + incident.bytes).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
