"""Find the hours in which nobody is on duty, before they begin. Pure.

The answer agrees with ``on_duty``: in a gap of kind ``NOBODY`` every escalation level of the area
is empty, outside of it at least one is not.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from api.areas.hierarchy import codes_above, grid_of


class Period(NamedTuple):
    """From ``start`` until before ``end``, both in UTC."""

    start: datetime
    end: datetime


class GapKind(StrEnum):
    """What is missing; stored and shown under this name."""

    NOBODY = "nobody"
    """No escalation level up to the city has anybody on duty."""
    NOBODY_IN_GRID = "nobody_in_grid"
    """Nobody is on duty in the grid and its micro-grids; larger areas are not considered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageGap:
    """Hours in which nobody is on duty for an area.

    Args:
        area_code: A grid, for all its micro-grids; or a larger area that is watched itself.
    """

    area_code: str
    kind: GapKind
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHours:
    """The hours of a shift, or of several with equal hours that no other shift replaces.

    Args:
        id: The shift, or any of them.
        replaces: The shift that is replaced during these hours.
    """

    id: UUID
    area_code: str
    starts_at: datetime
    ends_at: datetime
    replaces: UUID | None = None


def coverage_gaps(
    watched: Iterable[str],
    hours: Collection[DutyHours],
    window: Period,
    *,
    known_areas: Collection[str],
) -> list[CoverageGap]:
    """Return the gaps of the watched areas, by time, then area.

    Args:
        watched: Codes of areas that have cameras or open incidents.
        hours: Of all shifts that overlap the window in these areas, in the areas above them and
            in the micro-grids of their grids.
        known_areas: The codes of areas that are stored; only these have escalation levels.
    """
    duty = _DutyPeriods(hours, window)
    units = {_watched_unit(code, known_areas) for code in watched}
    gaps = [gap for unit in units for gap in _gaps_of(unit, duty, window, known_areas)]
    return sorted(gaps, key=lambda gap: (gap.starts_at, gap.area_code, gap.kind, gap.ends_at))


def unreachable_units(
    watched: Iterable[str],
    counts: Mapping[str, tuple[int, int]],
    *,
    known_areas: Collection[str],
) -> list[tuple[str, int]]:
    """Return the watched areas for which people are on duty and none of them can be reached now.

    Args:
        watched: Codes of areas that have cameras or open incidents.
        counts: How many people are on duty in an area, and how many of them can be reached.
        known_areas: The codes of areas that are stored; only these have escalation levels.

    Returns:
        The areas and how many people are on duty at all their escalation levels, by code.
    """
    of_level: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for code, count in counts.items():
        for level in {code, grid_of(code) or code}:
            of_level[level].append(count)
    units = []
    for unit in sorted({_watched_unit(code, known_areas) for code in watched}):
        found = [
            count
            for level in codes_above(unit)
            if level in known_areas
            for count in of_level[level]
        ]
        on_duty, reachable = sum(n for n, _ in found), sum(n for _, n in found)
        if on_duty and not reachable:
            units.append((unit, on_duty))
    return units


def subtract(whole: Period, parts: Iterable[Period]) -> list[Period]:
    """Return what remains of a period without other periods, in order; they may overlap."""
    remaining: list[Period] = []
    start = whole.start
    for part in sorted(parts):
        if part.start >= whole.end:
            break
        if part.start > start:
            remaining.append(Period(start, part.start))
        start = max(start, part.end)
    if start < whole.end:
        remaining.append(Period(start, whole.end))
    return remaining


class _DutyPeriods:
    """When somebody is on duty, by the area they answer for."""

    def __init__(self, hours: Collection[DutyHours], window: Period) -> None:
        self._window = window
        self._in_area: dict[str, list[Period]] = defaultdict(list)
        self._in_grid: dict[str, list[Period]] = defaultdict(list)
        self._joined: dict[str, list[Period]] = {}
        for code, periods in _periods_on_duty(hours, window):
            self._in_area[code] += periods
            if grid := grid_of(code):
                self._in_grid[grid] += periods

    def of_level(self, code: str) -> list[Period]:
        """Return when the escalation level that an area stands for has somebody; no overlaps."""
        if code not in self._joined:
            by_code = self._in_grid if code == grid_of(code) else self._in_area
            uncovered = subtract(self._window, by_code.get(code, []))
            self._joined[code] = subtract(self._window, uncovered)
        return self._joined[code]


def _periods_on_duty(
    hours: Collection[DutyHours], window: Period
) -> Iterator[tuple[str, list[Period]]]:
    """Yield areas with the periods within the window in which no other shift replaces one."""
    replacements: dict[UUID, list[Period]] = defaultdict(list)
    for shift in hours:
        if shift.replaces is not None:
            replacements[shift.replaces].append(Period(shift.starts_at, shift.ends_at))
    for shift in hours:
        start, end = max(shift.starts_at, window.start), min(shift.ends_at, window.end)
        if start < end:
            yield shift.area_code, subtract(Period(start, end), replacements.get(shift.id, ()))


def _watched_unit(code: str, known_areas: Collection[str]) -> str:
    """Return the grid of an area, as its workers also answer for each micro-grid of it."""
    grid = grid_of(code)
    return grid if grid is not None and grid in known_areas else code


def _gaps_of(
    code: str, duty: _DutyPeriods, window: Period, known_areas: Collection[str]
) -> Iterator[CoverageGap]:
    levels = [area for area in codes_above(code) if area in known_areas]
    required = {GapKind.NOBODY: levels}
    if grid_of(code):
        required[GapKind.NOBODY_IN_GRID] = [area for area in levels if grid_of(area)]
    for kind, areas in required.items():
        covered = [period for area in areas for period in duty.of_level(area)]
        for gap in subtract(window, covered):
            yield CoverageGap(area_code=code, kind=kind, starts_at=gap.start, ends_at=gap.end)
