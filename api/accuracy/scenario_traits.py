"""What the centre knows of a scenario: its family, and what decides who is notified first."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from scenarios import catalogue
from scenarios.definition.taxonomy import Maturity


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTraits:
    """What of a scenario matters for its incidents.

    Args:
        family: Scenarios of one family at one place share an incident.
        life_and_limb: A person may die or be badly hurt if nobody comes.
    """

    family: str
    maturity: Maturity = Maturity.STABLE
    life_and_limb: bool = False


def traits_of(scenario: str) -> ScenarioTraits:
    """Return the traits of a scenario; one that the centre does not know is its own family."""
    return _catalogue().get(scenario) or ScenarioTraits(family=scenario)


@cache
def _catalogue() -> Mapping[str, ScenarioTraits]:
    """Read the library and the rule files of the site once: they do not change while we run."""
    return {
        key: ScenarioTraits(
            family=scenario.family,
            maturity=scenario.maturity,
            life_and_limb=scenario.life_and_limb,
        )
        for key, scenario in catalogue.load().items()
    }
