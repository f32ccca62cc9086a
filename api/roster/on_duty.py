"""Decide who is on duty for a place at a time, by escalation level.

Pages, notifications and exports all use this module, so that they agree. An override or swap
replaces the one shift it names, during its own hours; a call-up adds a person. Everybody else
stays on duty.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.hierarchy import AREA_LEVELS, AreaLevel, AreaSummary, codes_above, grid_of
from api.roster import store as roster_store
from api.roster.model import Shift, ShiftSource

SOURCE_PRIORITY: Mapping[str, int] = {
    ShiftSource.CALLUP: 0,
    ShiftSource.OVERRIDE: 1,
    ShiftSource.SWAP: 1,
    ShiftSource.RULE: 2,
}
"""Which of several shifts of one person is shown: the one with the lowest number."""


@dataclass(frozen=True, slots=True)
class EscalationLevel:
    """Who is notified at one level of the escalation.

    Args:
        number: 1 for the micro-grid, 6 for the city.
        on_duty: One shift for each person, sorted by name; empty if nobody is on duty.
    """

    number: int
    area: AreaSummary
    on_duty: tuple[Shift, ...]


def escalation_levels(
    areas: Iterable[AreaSummary], shifts: Iterable[Shift]
) -> list[EscalationLevel]:
    """Sort the workers on duty into levels, from the micro-grid upwards.

    The level of the grid also includes all its micro-grids, as their workers know the place.

    Args:
        areas: The areas that contain the place, in any order.
        shifts: All shifts that run at the time in these areas and in the grid's micro-grids.
    """
    return _levels_in(areas, _ShiftIndex(without_replaced(shifts)))


def without_replaced(shifts: Iterable[Shift]) -> list[Shift]:
    """Leave out the shifts that another one replaces; all of them run at the same time."""
    running = list(shifts)
    replaced = {shift.replaces for shift in running}
    return [shift for shift in running if shift.id not in replaced]


async def find_escalation_levels(
    connection: AsyncConnection, area_code: str, at: datetime
) -> list[EscalationLevel]:
    """Return the escalation levels of an area at a time; empty if the area is unknown."""
    return (await find_escalation_levels_of(connection, [area_code], at))[area_code]


async def find_escalation_levels_of(
    connection: AsyncConnection, codes: Sequence[str], at: datetime
) -> dict[str, list[EscalationLevel]]:
    """Return the escalation levels of many areas at a time, in one round trip.

    Returns:
        The levels of every code, as ``find_escalation_levels`` returns them.
    """
    if not codes:
        return {}
    areas, shifts = await roster_store.find_running_shifts(connection, codes, at=at)
    index = _ShiftIndex(without_replaced(shifts))
    return {
        code: _levels_in([areas[above] for above in codes_above(code) if above in areas], index)
        for code in codes
    }


class _ShiftIndex:
    """Shifts by the area they answer for."""

    def __init__(self, shifts: Iterable[Shift]) -> None:
        self._by_area: dict[str, list[Shift]] = defaultdict(list)
        self._by_grid: dict[str, list[Shift]] = defaultdict(list)
        for shift in shifts:
            self._by_area[shift.area_code].append(shift)
            if grid := grid_of(shift.area_code):
                self._by_grid[grid].append(shift)

    def on_duty_in(self, area: AreaSummary) -> tuple[Shift, ...]:
        """Return one shift for each person who answers for an area, sorted by name."""
        by_code = self._by_grid if area.level is AreaLevel.GRID else self._by_area
        chosen: dict[int, Shift] = {}
        for shift in sorted(by_code.get(area.code, ()), key=_preference):
            chosen.setdefault(shift.account, shift)
        return tuple(sorted(chosen.values(), key=lambda shift: shift.name))


def _levels_in(areas: Iterable[AreaSummary], index: _ShiftIndex) -> list[EscalationLevel]:
    by_level = {area.level: area for area in areas}
    return [
        EscalationLevel(number, area, index.on_duty_in(area))
        for number, level in enumerate(AREA_LEVELS, start=1)
        if (area := by_level.get(level)) is not None
    ]


def _preference(shift: Shift) -> tuple[int, str, datetime, UUID]:
    return SOURCE_PRIORITY[shift.source], shift.area_code, shift.starts_at, shift.id
