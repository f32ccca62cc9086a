"""Who is on duty: the rules, and the one answer that pages and notifications share."""

from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from api.areas import store as areas_store
from api.areas.hierarchy import AreaLevel, AreaSummary
from api.imports.importer import import_file
from api.roster import store as roster_store
from api.roster.on_duty import SOURCE_PRIORITY, escalation_levels
from api.roster.store import Shift
from tests.api.alerts import NOON
from tests.api.town import EAST, GRID, WEST, Centre

AREAS = [
    AreaSummary(code=EAST, name="East", level=AreaLevel.MICRO_GRID),
    AreaSummary(code=GRID, name="Grid", level=AreaLevel.GRID),
    AreaSummary(code="5101", name="City", level=AreaLevel.CITY),
]


def shift_of(account: int, source: str = "rule", *, area: str = EAST) -> Shift:
    return Shift(
        account=account,
        name=f"worker-{account}",
        area_code=area,
        source=source,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
    )


def on_duty_by_level(shifts: list[Shift]) -> dict[int, list[int]]:
    """Return the accounts of each escalation level."""
    return {
        level.number: [shift.account for shift in level.on_duty]
        for level in escalation_levels(AREAS, shifts)
    }


def test_a_call_up_replaces_a_swap_and_a_swap_the_rule() -> None:
    shifts = [shift_of(1, "rule"), shift_of(2, "swap"), shift_of(3, "callup")]

    assert on_duty_by_level(shifts)[1] == [3]
    assert on_duty_by_level(shifts[:2])[1] == [2]
    assert on_duty_by_level(shifts[:1])[1] == [1]


def test_the_level_of_the_grid_includes_its_micro_grids() -> None:
    shifts = [shift_of(1), shift_of(2, area=WEST), shift_of(3, area=GRID)]

    assert on_duty_by_level(shifts) == {1: [1], 2: [1, 2, 3], 6: []}


def test_a_swap_in_one_micro_grid_does_not_affect_another() -> None:
    shifts = [shift_of(1, "rule", area=WEST), shift_of(2, "swap", area=EAST)]

    assert on_duty_by_level(shifts)[2] == [1, 2]


@given(
    st.lists(
        st.builds(
            shift_of,
            st.integers(1, 3),
            st.sampled_from(sorted(SOURCE_PRIORITY)),
            area=st.sampled_from([EAST, WEST, GRID, "5101"]),
        ),
        max_size=4,
    )
)
def test_the_order_of_the_shifts_does_not_matter(shifts: list[Shift]) -> None:
    answers = {str(on_duty_by_level(list(mixed))) for mixed in permutations(shifts)}

    assert len(answers) == 1


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
    await centre.dispatcher.process_pending()
    desk = await centre.client_of("desk")
    duty = (await desk.get("/v1/duty", params={"lon": 104.005, "lat": 30.605})).json()

    first = [worker["account"] for worker in duty["on_duty"] if worker["step"] == 1]
    assert first == await centre.notified_accounts()
    assert duty["empty_steps"] == [3, 4, 5, 6]


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
        _, shifts = await roster_store.find_shifts(connection, WEST, at=midnight)

    assert [shift.starts_at for shift in shifts if shift.name == "west-1"] == [midnight]
