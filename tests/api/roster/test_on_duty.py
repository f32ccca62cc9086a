"""Who is on duty: the rules, and the one answer that pages and notifications share."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from api.areas import store as areas_store
from api.areas.hierarchy import AreaLevel, AreaSummary
from api.imports.importer import import_file
from api.roster import store as roster_store
from api.roster.model import REPLACING_SOURCES, Shift, ShiftSource
from api.roster.on_duty import (
    escalation_levels,
    find_escalation_levels,
    find_escalation_levels_of,
    without_replaced,
)
from tests.api.alerts import NOON
from tests.api.town import EAST, GRID, WEST, Centre

AREAS = [
    AreaSummary(code=EAST, name="East", level=AreaLevel.MICRO_GRID),
    AreaSummary(code=GRID, name="Grid", level=AreaLevel.GRID),
    AreaSummary(code="5101", name="City", level=AreaLevel.CITY),
]


def shift_of(
    account: int, source: str = "rule", *, area: str = EAST, number: int = 0, replaces: int = 0
) -> Shift:
    """Return a shift with the id ``number``, by default the number of the account."""
    return Shift(
        id=UUID(int=number or account),
        account=account,
        name=f"worker-{account}",
        area_code=area,
        source=source,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        replaces=UUID(int=replaces) if replaces else None,
    )


def on_duty_by_level(shifts: list[Shift]) -> dict[int, list[int]]:
    """Return the accounts of each escalation level."""
    return {
        level.number: [shift.account for shift in level.on_duty]
        for level in escalation_levels(AREAS, shifts)
    }


@pytest.mark.parametrize("source", sorted(REPLACING_SOURCES))
def test_an_override_or_swap_replaces_the_shift_it_names_and_nobody_else(source: str) -> None:
    colleagues = [shift_of(1), shift_of(2), shift_of(3)]

    assert on_duty_by_level([*colleagues, shift_of(9, source, replaces=2)])[1] == [1, 3, 9]


@pytest.mark.parametrize("source", sorted(set(ShiftSource) - {ShiftSource.RULE}))
def test_a_shift_that_names_nobody_adds_a_person(source: str) -> None:
    assert on_duty_by_level([shift_of(1), shift_of(2), shift_of(9, source)])[1] == [1, 2, 9]


def test_a_substitute_can_be_replaced_too() -> None:
    shifts = [shift_of(1), shift_of(2, "override", replaces=1), shift_of(3, "swap", replaces=2)]

    assert on_duty_by_level(shifts)[1] == [3]


def test_a_person_who_is_replaced_and_called_up_stays_on_duty() -> None:
    shifts = [
        shift_of(1),
        shift_of(2, "override", replaces=1),
        shift_of(1, "callup", number=9),
    ]

    assert on_duty_by_level(shifts)[1] == [1, 2]


def test_each_person_is_listed_once_with_the_shift_of_the_call_up() -> None:
    shifts = [shift_of(1), shift_of(1, "callup", number=9)]
    [level] = [level for level in escalation_levels(AREAS, shifts) if level.number == 1]

    assert [shift.source for shift in level.on_duty] == ["callup"]


def test_the_level_of_the_grid_includes_its_micro_grids() -> None:
    shifts = [shift_of(1), shift_of(2, area=WEST), shift_of(3, area=GRID)]

    assert on_duty_by_level(shifts) == {1: [1], 2: [1, 2, 3], 6: []}


def test_a_swap_in_one_micro_grid_does_not_affect_another() -> None:
    shifts = [shift_of(1, "rule", area=WEST), shift_of(2, "swap", area=EAST)]

    assert on_duty_by_level(shifts)[2] == [1, 2]


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    """Draw shifts of which some replace an earlier one of the same area."""
    shifts: list[Shift] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        source = draw(st.sampled_from(ShiftSource))
        shift = shift_of(
            draw(st.integers(1, 4)),
            source,
            area=draw(st.sampled_from([EAST, WEST, GRID, "5101"])),
            number=number,
        )
        earlier = [other.id for other in shifts if other.area_code == shift.area_code]
        if source in REPLACING_SOURCES and earlier:
            named = draw(st.none() | st.sampled_from(earlier))
            shift = replace(shift, replaces=named)
        shifts.append(shift)
    return shifts


@given(rosters())
def test_exactly_the_named_shifts_are_replaced(shifts: list[Shift]) -> None:
    named = {shift.replaces for shift in shifts}

    assert without_replaced(shifts) == [shift for shift in shifts if shift.id not in named]


@given(rosters())
def test_an_area_with_a_shift_always_has_somebody_on_duty(shifts: list[Shift]) -> None:
    remaining = {shift.area_code for shift in without_replaced(shifts)}

    assert remaining == {shift.area_code for shift in shifts}


@given(st.permutations(range(4)), rosters())
def test_the_order_of_the_shifts_does_not_matter(order: Sequence[int], shifts: list[Shift]) -> None:
    mixed = [shifts[n] for n in order if n < len(shifts)] + shifts[len(order) :]

    assert on_duty_by_level(mixed) == on_duty_by_level(shifts)


@pytest.mark.parametrize(
    ("time", "names"),
    [
        ("08:00", ["east-1", "east-2", "head"]),
        ("20:00", ["head"]),
        ("07:59", []),
    ],
    ids=["from its first moment", "not at its end", "not before"],
)
async def test_the_page_shows_who_is_on_duty(centre: Centre, time: str, names: list[str]) -> None:
    desk = await centre.client_of("desk")
    point: dict[str, float | str] = {"lon": 104.005, "lat": 30.605, "at": f"2026-11-23T{time}:00Z"}
    duty = (await desk.get("/v1/duty", params=point)).json()

    assert [worker["account"] for worker in duty["on_duty"]] == names


async def test_the_page_and_the_notifications_agree(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    desk = await centre.client_of("desk")
    duty = (await desk.get("/v1/duty", params={"lon": 104.005, "lat": 30.605})).json()

    first = [worker["account"] for worker in duty["on_duty"] if worker["step"] == 1]
    assert first == await centre.notified_accounts()
    assert duty["empty_steps"] == [3, 4, 5, 6]


async def test_the_page_of_an_area_shows_the_same_as_its_points(centre: Centre) -> None:
    desk, elsewhere = await centre.client_of("desk"), await centre.client_of("desk-elsewhere")
    of_point = await desk.get("/v1/duty", params={"lon": 104.005, "lat": 30.605})
    of_area = await desk.get(f"/v1/areas/{EAST}/duty")

    assert of_area.json() == of_point.json()
    assert (await desk.get(f"/v1/areas/{GRID}999/duty")).status_code == 404
    assert (await elsewhere.get(f"/v1/areas/{EAST}/duty")).status_code == 404


async def test_a_border_point_has_one_answer(town_database: AsyncEngine) -> None:
    async with town_database.connect() as connection:
        assert await areas_store.find_area_at(connection, 104.0, 30.605) == EAST
        assert await areas_store.find_area_at(connection, 103.995, 30.605) == WEST
        assert await areas_store.find_area_at(connection, 0, 0) is None


async def test_back_to_back_shifts_leave_no_gap_and_do_not_overlap(
    town_database: AsyncEngine, tmp_path: Path
) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(
        "account,area,during_from,during_to\n"
        f"west-1,{WEST},2026-11-25T22:00+08:00,2026-11-26T00:00+08:00\n"
        f"west-1,{WEST},2026-11-26T00:00+08:00,2026-11-26T06:00+08:00\n"
    )
    async with town_database.begin() as connection:
        await import_file(connection, file, now=NOON)
        midnight = NOON.replace(day=25, hour=16)
        _, shifts = await roster_store.find_running_shifts(connection, [WEST], at=midnight)

    assert [shift.starts_at for shift in shifts if shift.name == "west-1"] == [midnight]


async def test_many_areas_are_answered_as_each_alone(town_database: AsyncEngine) -> None:
    codes = [EAST, WEST, GRID, "5101", "510108", f"{GRID}999", "9999"]
    async with town_database.connect() as connection:
        together = await find_escalation_levels_of(connection, codes, NOON)
        alone = {code: await find_escalation_levels(connection, code, NOON) for code in codes}

    assert together == alone
    assert [level.number for level in together[EAST]] == [1, 2, 3, 4, 5, 6]
    assert [shift.name for shift in together[EAST][1].on_duty] == ["east-1", "east-2", "head"]
    assert together["9999"] == []


async def test_no_area_has_no_levels(town_database: AsyncEngine) -> None:
    async with town_database.connect() as connection:
        assert await find_escalation_levels_of(connection, [], NOON) == {}
