"""Decide who is on duty for a place at a time, by escalation level.

Pages, notifications and exports all use this module, so that they agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.hierarchy import AREA_LEVELS, AreaLevel, AreaSummary
from api.roster import store as roster_store
from api.roster.store import Shift

SOURCE_PRIORITY = {"callup": 0, "override": 1, "swap": 1, "rule": 2}
"""The lowest number goes first: a call-up replaces an override or swap, these the rule."""


@dataclass(frozen=True, slots=True)
class EscalationLevel:
    """Who is notified at one level of the escalation.

    Args:
        number: 1 for the micro-grid, 6 for the city.
        on_duty: Sorted by name; empty if nobody is on duty.
    """

    number: int
    area: AreaSummary
    on_duty: tuple[Shift, ...]


def escalation_levels(
    areas: Iterable[AreaSummary], shifts: Iterable[Shift]
) -> list[EscalationLevel]:
    """Sort the workers on duty into levels, from the micro-grid upwards.

    In each area the source of highest priority wins. The level of the grid also includes all
    its micro-grids, as their workers know the place.

    Args:
        areas: The areas that contain the place, in any order.
        shifts: All shifts that run at the time in these areas and in the grid's micro-grids.
    """
    running = list(shifts)
    by_level = {area.level: area for area in areas}
    return [
        EscalationLevel(number, area, _on_duty_in(area, running))
        for number, level in enumerate(AREA_LEVELS, start=1)
        if (area := by_level.get(level)) is not None
    ]


async def find_escalation_levels(
    connection: AsyncConnection, area_code: str, at: datetime
) -> list[EscalationLevel]:
    """Return the escalation levels of an area at a time; empty if the area is unknown."""
    areas, shifts = await roster_store.find_shifts(connection, area_code, at=at)
    return escalation_levels(areas, shifts)


def _on_duty_in(area: AreaSummary, shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """Choose the shifts that answer for an area, one per person, sorted by name."""
    inside = [shift for shift in shifts if _answers_for(shift, area)]
    best: dict[str, int] = {}
    for shift in inside:
        priority = SOURCE_PRIORITY[shift.source]
        best[shift.area_code] = min(priority, best.get(shift.area_code, priority))
    chosen = {
        shift.account: shift
        for shift in inside
        if SOURCE_PRIORITY[shift.source] == best[shift.area_code]
    }
    return tuple(sorted(chosen.values(), key=lambda shift: shift.name))


def _answers_for(shift: Shift, area: AreaSummary) -> bool:
    if area.level is AreaLevel.GRID:
        return shift.area_code.startswith(area.code)
    return shift.area_code == area.code
