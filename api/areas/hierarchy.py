"""The levels of the administrative hierarchy, from the micro-grid to the city."""

from dataclasses import dataclass
from enum import StrEnum


class AreaLevel(StrEnum):
    """Levels from the largest to the smallest; stored and shown under this name."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    MICRO_GRID = "micro_grid"


AREA_LEVELS = tuple(reversed(AreaLevel))
"""From the smallest to the largest; escalation follows this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSummary:
    """An area without the areas above it."""

    code: str
    name: str
    level: AreaLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRecord:
    """An area.

    Args:
        path: Names from the city down to this area.
    """

    code: str
    name: str
    level: AreaLevel
    path: tuple[str, ...]
