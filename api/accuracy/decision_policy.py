"""Decide what happens to an incident by its consequence, not by its score alone. Pure.

The probability places an incident in one of three bands: ``high`` from ``Thresholds.push``,
``low`` below ``Thresholds.low``, ``middle`` between them. What a band means depends on what
happens if nobody comes, and on how far the scenario is trusted; ``POLICY`` is the whole table.
"""

from enum import StrEnum
from types import MappingProxyType

from api.accuracy.scenario_traits import ScenarioTraits
from api.accuracy.score import Decision, Thresholds
from pipeline.signal import Level
from scenarios.definition.taxonomy import Maturity


class Consequence(StrEnum):
    """What is at stake, and how far the scenario is trusted."""

    LIFE = "life"
    """Critical, or a scenario on which life and limb depend: never stored unseen."""
    EXPERIMENTAL_LIFE = "experimental_life"
    """The same of an experimental scenario: never a phone by itself, and never stored unseen."""
    ORDINARY = "ordinary"
    EXPERIMENTAL = "experimental"
    """Of an experimental scenario: an operator looks before a phone rings."""
    NOTE = "note"
    """Level ``info``: worth a look, never worth a phone."""


class Band(StrEnum):
    """Where the probability lies between the thresholds."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


_PUSH, _REVIEW, _STORE = Decision.PUSH, Decision.REVIEW, Decision.STORE

POLICY: MappingProxyType[Consequence, MappingProxyType[Band, Decision]] = MappingProxyType(
    {
        consequence: MappingProxyType(dict(zip(Band, decisions, strict=True)))
        for consequence, *decisions in (
            (Consequence.LIFE, _PUSH, _REVIEW, _REVIEW),
            (Consequence.EXPERIMENTAL_LIFE, _REVIEW, _REVIEW, _REVIEW),
            (Consequence.ORDINARY, _PUSH, _REVIEW, _STORE),
            (Consequence.EXPERIMENTAL, _REVIEW, _REVIEW, _STORE),
            (Consequence.NOTE, _REVIEW, _STORE, _STORE),
        )
    }
)
"""The decision for each consequence, in the bands high, middle and low."""


def decide(
    probability: float,
    level: Level,
    traits: ScenarioTraits,
    *,
    is_late: bool,
    thresholds: Thresholds,
) -> Decision:
    """Decide what happens to an incident.

    Args:
        probability: That it is true.
        is_late: It is too old to notify a worker: an operator sees it instead.
    """
    decision = POLICY[consequence_of(level, traits)][band_of(probability, thresholds)]
    return Decision.LATE if is_late and decision is not Decision.STORE else decision


def consequence_of(level: Level, traits: ScenarioTraits) -> Consequence:
    """Return what is at stake if nobody comes."""
    is_experimental = traits.maturity is Maturity.EXPERIMENTAL
    if traits.life_and_limb or level is Level.CRITICAL:
        return Consequence.EXPERIMENTAL_LIFE if is_experimental else Consequence.LIFE
    if level is Level.INFO:
        return Consequence.NOTE
    return Consequence.EXPERIMENTAL if is_experimental else Consequence.ORDINARY


def band_of(probability: float, thresholds: Thresholds) -> Band:
    """Return the band of a probability."""
    if probability >= thresholds.push:
        return Band.HIGH
    return Band.LOW if probability < thresholds.low else Band.MIDDLE


def clock_level(level: Level, traits: ScenarioTraits) -> Level:
    """Return the level whose clock an incident is reviewed by: life and limb is never slow."""
    return Level.CRITICAL if traits.life_and_limb else level
