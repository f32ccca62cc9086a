"""Where nobody is on duty: found before it happens, and in agreement with who is on duty."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.areas.hierarchy import LEVEL_OF_LENGTH, AreaSummary, codes_above
from api.equipment.monitor import EquipmentMonitor
from api.imports.importer import import_file
from api.roster.coverage import CoverageGap, DutyHours, GapKind, Period, coverage_gaps, subtract
from api.roster.coverage_search import MAX_AGE, find_coverage_gaps
from api.roster.model import REPLACING_SOURCES, Shift, ShiftSource
from api.roster.on_duty import escalation_levels, find_escalation_levels_of
from tests.api.alerts import NOON
from tests.api.town import EAST, GRID, WEST, Centre

HOUR = timedelta(hours=1)
DAY = Period(NOON, NOON + 24 * HOUR)
COMMUNITY, CITY = GRID[:12], GRID[:4]
CODES = (EAST, WEST, GRID, COMMUNITY, CITY)

hours = st.integers(-6, 30)


def at(hour: float) -> datetime:
    return NOON + hour * HOUR


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    """Draw shifts of some hours; an override or swap may replace an earlier one of its area."""
    shifts: list[Shift] = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        area, source = draw(st.sampled_from(CODES)), draw(st.sampled_from(ShiftSource))
        start = draw(hours)
        earlier = [shift.id for shift in shifts if shift.area_code == area]
        may_replace = source in REPLACING_SOURCES and earlier
        account = draw(st.integers(1, 5))
        shifts.append(
            Shift(
                id=UUID(int=number),
                account=account,
                name=f"worker-{account}",
                area_code=area,
                source=source,
                starts_at=at(start),
                ends_at=at(start + draw(st.integers(1, 12))),
                replaces=draw(st.none() | st.sampled_from(earlier)) if may_replace else None,
            )
        )
    return shifts


def hours_of(shift: Shift) -> DutyHours:
    return DutyHours(
        id=shift.id,
        area_code=shift.area_code,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        replaces=shift.replaces,
    )


def areas_above(code: str, known: Iterable[str]) -> list[AreaSummary]:
    return [
        AreaSummary(code=above, name=above, level=LEVEL_OF_LENGTH[len(above)])
        for above in codes_above(code)
        if above in known
    ]


def is_in_gap(gaps: list[CoverageGap], kind: GapKind, moment: datetime, codes: set[str]) -> bool:
    return any(
        gap.kind is kind and gap.area_code in codes and gap.starts_at <= moment < gap.ends_at
        for gap in gaps
    )


@given(
    shifts=rosters(),
    code=st.sampled_from(CODES),
    known=st.sets(st.sampled_from(CODES)),
    hour=st.integers(0, 47).map(lambda half: half / 2),
)
def test_coverage_and_duty_agree_at_every_moment(
    shifts: list[Shift], code: str, known: set[str], hour: float
) -> None:
    shifts = [shift for shift in shifts if shift.area_code in known]
    gaps = coverage_gaps([code], [hours_of(shift) for shift in shifts], DAY, known_areas=known)
    running = [shift for shift in shifts if shift.starts_at <= at(hour) < shift.ends_at]
    levels = escalation_levels(areas_above(code, known), running)
    is_empty = not any(level.on_duty for level in levels)
    is_empty_nearby = not any(level.on_duty for level in levels if level.number <= 2)

    assert is_in_gap(gaps, GapKind.NOBODY, at(hour), {code, GRID}) is is_empty
    if len(code) >= len(GRID):
        found = is_in_gap(gaps, GapKind.NOBODY_IN_GRID, at(hour), {code, GRID})
        assert found is is_empty_nearby


@given(st.lists(st.tuples(hours, hours)))
def test_a_period_is_its_parts_and_what_remains(parts: list[tuple[int, int]]) -> None:
    periods = [Period(at(start), at(end)) for start, end in parts if start < end]
    remaining = subtract(DAY, periods)

    for half in range(48):
        moment = at(half / 2)
        assert any(start <= moment < end for start, end in periods) is not any(
            start <= moment < end for start, end in remaining
        )
    assert remaining == sorted(remaining)


async def watch(engine: AsyncEngine, code: str) -> None:
    """Place a camera in an area."""
    async with engine.begin() as connection:
        insert = text("INSERT INTO camera (node, name, area_code) VALUES ('n', :code, :code)")
        await connection.execute(insert, {"code": code})


async def test_a_gap_is_found_before_it_begins(town_database: AsyncEngine) -> None:
    await watch(town_database, EAST)
    async with town_database.connect() as connection:
        gaps = await find_coverage_gaps(connection, NOON, 24 * HOUR)

    assert [(gap.kind, gap.starts_at, gap.ends_at) for gap in gaps] == [
        (kind, NOON + 20 * HOUR, NOON + 24 * HOUR) for kind in GapKind
    ]
    assert {gap.area_code for gap in gaps} == {GRID}


async def test_an_area_without_cameras_and_incidents_needs_nobody(
    town_database: AsyncEngine,
) -> None:
    async with town_database.connect() as connection:
        assert await find_coverage_gaps(connection, NOON, 240 * HOUR) == []


@pytest.mark.parametrize(("incident_class", "areas"), [("safety", {GRID}), ("equipment", set())])
async def test_an_open_incident_needs_somebody_unless_it_is_about_the_roster_itself(
    centre: Centre, incident_class: str, areas: set[str]
) -> None:
    await centre.raise_alert()
    async with centre.engine.begin() as connection:
        set_class = text("UPDATE incident SET class = :class")
        await connection.execute(set_class, {"class": incident_class})
        gaps = await find_coverage_gaps(connection, NOON + 48 * HOUR, HOUR)

    assert {gap.area_code for gap in gaps} == areas


async def test_the_desk_sees_where_nobody_will_be_on_duty(centre: Centre) -> None:
    await watch(centre.engine, EAST)
    desk, elsewhere = await centre.client_of("desk"), await centre.client_of("desk-elsewhere")
    coverage = (await desk.get("/v1/coverage", params={"hours": 24})).json()
    soon = (await desk.get("/v1/coverage", params={"hours": 1})).json()

    assert (coverage["nobody_now"], coverage["nobody_soon"]) == (0, 1)
    assert coverage["first_at"] == "2026-11-24T08:00:00Z"
    assert coverage["gaps"][0]["area_path"] == ["City", "District", "Street", "Community", "Grid"]
    assert (soon["total"], soon["first_at"]) == (0, None)
    assert (await elsewhere.get("/v1/coverage")).json()["total"] == 0

    centre.clock.advance(days=2)
    centre.pages.clear()
    desk = await centre.client_of("desk")
    assert (await desk.get("/v1/coverage")).json()["nobody_now"] == 1


async def test_what_the_monitor_found_a_moment_ago_answers_for_a_day_ahead(
    centre: Centre,
) -> None:
    await watch(centre.engine, EAST)
    monitor = EquipmentMonitor(centre.engine, now=centre.clock)
    await monitor.evaluate()
    found, now, day = monitor.found_gaps, centre.clock.at, 24 * HOUR
    assert found is not None
    async with centre.engine.connect() as connection:
        searched = await find_coverage_gaps(connection, now, day, area=GRID)

    assert searched
    assert found.select(now, day, area=GRID) == searched
    assert found.select(now, day, area="510108") == []
    assert found.select(now, HOUR, area=GRID) is None
    assert found.select(now + MAX_AGE, day, area=GRID) is None


SUBSTITUTES = f"""account,area,during_from,during_to,source,replaces,approved_by
west-1,{EAST},2026-11-24T08:00Z,2026-11-24T10:00Z,rule,,
head,{EAST},2026-11-24T09:00Z,2026-11-24T11:00Z,override,west-1,
east-1,{WEST},2026-11-24T11:30Z,2026-11-24T12:00Z,callup,,chief
"""


@pytest.mark.parametrize("is_head_active", [True, False])
async def test_coverage_agrees_with_the_stored_roster(
    town_database: AsyncEngine, tmp_path: Path, *, is_head_active: bool
) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(SUBSTITUTES)
    await watch(town_database, EAST)
    async with town_database.begin() as connection:
        await import_file(connection, file, now=NOON)
        activate = text("UPDATE account SET active = :active WHERE name = 'head'")
        await connection.execute(activate, {"active": is_head_active})
        gaps = await find_coverage_gaps(connection, NOON, 24 * HOUR)
        for half in range(48):
            moment = at(half / 2)
            levels = (await find_escalation_levels_of(connection, [EAST], moment))[EAST]
            is_empty = not any(level.on_duty for level in levels)
            assert is_in_gap(gaps, GapKind.NOBODY, moment, {GRID}) is is_empty

    expected = [(at(23), at(23.5))] if is_head_active else [(at(8), at(20)), (at(22), at(23.5))]
    assert [(gap.starts_at, gap.ends_at) for gap in gaps if gap.kind is GapKind.NOBODY] == expected


async def test_a_worker_does_not_see_the_coverage(centre: Centre) -> None:
    worker = await centre.client_of("east-1")

    assert (await worker.get("/v1/coverage")).status_code == 403


@pytest.mark.parametrize(
    "shifts",
    [
        (
            "2026-10-24T20:00+02:00,2026-10-25T02:30+02:00",
            "2026-10-25T01:30+01:00,2026-10-26T12:00+01:00",
        ),
        (
            "2026-10-24T20:00+08:00,2026-10-25T00:00+08:00",
            "2026-10-25T00:00+08:00,2026-10-26T12:00+08:00",
        ),
    ],
    ids=["the clocks go back", "midnight"],
)
async def test_shifts_back_to_back_leave_no_gap(
    town_database: AsyncEngine, tmp_path: Path, shifts: tuple[str, str]
) -> None:
    file, start = tmp_path / "roster.csv", datetime.fromisoformat("2026-10-24T20:00+02:00")
    rows = "".join(f"west-1,{WEST},{period}\n" for period in shifts)
    file.write_text(f"account,area,during_from,during_to\n{rows}")
    await watch(town_database, WEST)
    async with town_database.begin() as connection:
        await import_file(connection, file, now=NOON)
        gaps = await find_coverage_gaps(connection, start, 24 * HOUR)
        levels = [
            await find_escalation_levels_of(connection, [WEST], start + n * HOUR / 2)
            for n in range(48)
        ]

    assert gaps == []
    assert all(level[WEST][0].on_duty for level in levels)
