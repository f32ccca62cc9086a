"""Who is on duty for a place at a time; pure, but for the one function that looks up.

Pages, lists, pushes and exports all ask here, so that they agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.roster import store as roster_store
from api.roster.store import AreaSummary, Shift

SOURCE_PRIORITY = {"callup": 0, "override": 1, "swap": 1, "rule": 2}
AREA_LEVELS = ("micro_grid", "grid", "community", "street", "district", "city")
"""The escalation climbs them from the first to the last."""


@dataclass(frozen=True, slots=True)
class EscalationLevel:
    """Who is called at one step of the escalation; empty where nobody is on duty."""

    step: int
    area: AreaSummary
    on_duty: tuple[Shift, ...]


def escalation_levels(
    chain: Iterable[AreaSummary], shifts: Iterable[Shift]
) -> list[EscalationLevel]:
    """Sort the people on duty into steps, from the micro-grid upwards.

    In an area a call-up goes before an override or a swap, and these before the rule. The grid's
    ring is wider: it also calls the micro-grids around, since its people know the place.

    Args:
        chain: The areas that hold the place, in any order.
        shifts: All that run at the time in these areas, and in the grid's micro-grids.
    """
    known = list(shifts)
    by_level = {area.level: area for area in chain}
    return [
        EscalationLevel(step, area, _of(area, known))
        for step, level in enumerate(AREA_LEVELS, start=1)
        if (area := by_level.get(level)) is not None
    ]


def _of(area: AreaSummary, shifts: list[Shift]) -> tuple[Shift, ...]:
    """Choose who answers for one area, each person once, sorted by name."""
    inside = [s for s in shifts if _answers_for(s, area)]
    best = {
        s.area_code: min(SOURCE_PRIORITY[o.source] for o in inside if o.area_code == s.area_code)
        for s in inside
    }
    chosen = {s.account: s for s in inside if SOURCE_PRIORITY[s.source] == best[s.area_code]}
    return tuple(sorted(chosen.values(), key=lambda s: s.name))


def _answers_for(shift: Shift, area: AreaSummary) -> bool:
    if area.level == "grid":
        return shift.area_code.startswith(area.code)
    return shift.area_code == area.code


async def find_escalation_levels(
    connection: AsyncConnection, area_code: str, at: datetime
) -> list[EscalationLevel]:
    """Answer for the place of an area code; empty where no area is known."""
    chain, shifts = await roster_store.find_shifts(connection, area_code, at=at)
    return escalation_levels(chain, shifts)
