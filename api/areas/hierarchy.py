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

LEVEL_OF_LENGTH = {
    4: AreaLevel.CITY,
    6: AreaLevel.DISTRICT,
    9: AreaLevel.STREET,
    12: AreaLevel.COMMUNITY,
    15: AreaLevel.GRID,
    18: AreaLevel.MICRO_GRID,
}
"""Levels by number of digits of the code: 6 by GB/T 2260, then 3 for each level."""

_LENGTH_OF_GRID = 15


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


def codes_above(code: str) -> list[str]:
    """Return the code of an area and of every area that may contain it, smallest first."""
    lengths = sorted(LEVEL_OF_LENGTH, reverse=True)
    return [code[:length] for length in lengths if length <= len(code)]


def grid_of(code: str) -> str | None:
    """Return the code of the grid that an area is or lies in; ``None`` for larger areas."""
    return code[:_LENGTH_OF_GRID] if len(code) >= _LENGTH_OF_GRID else None
