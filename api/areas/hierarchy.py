"""The levels of the administrative hierarchy, from the micro-grid to the city."""

from dataclasses import dataclass

AREA_LEVELS = ("micro_grid", "grid", "community", "street", "district", "city")
"""From the smallest to the largest; escalation follows this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSummary:
    """An area without the areas above it."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRecord:
    """An area.

    Args:
        path: Names from the city down to this area.
    """

    code: str
    name: str
    level: str
    path: tuple[str, ...]
