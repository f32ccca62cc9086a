"""The lists of incidents: the order of the queue, filters, and pages that stay right."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import pytest
from sqlalchemy import text

from pipeline.signal import Level
from pipeline.text import Text as TextInBoth
from tests.api.alerts import NOON
from tests.api.incidents.steps import act, act_on_order, open_orders
from tests.api.town import EAST, GRID, IN_WEST, NOWHERE, WEST, Centre

UNCERTAIN = 0.4
UNLIKELY = 0.02
Param = str | bool | list[str]
NO_FILTER: Mapping[str, Param] = MappingProxyType({})


async def listed(
    centre: Centre, params: Mapping[str, Param] = NO_FILTER, *, name: str = "desk"
) -> list[UUID]:
    """Return the ids of a list, page by page."""
    page = await centre.client_of(name)
    ids: list[UUID] = []
    cursor: str | None = None
    while True:
        query = {**params} | ({"cursor": cursor} if cursor else {})
        answer = await page.get("/v1/incidents", params=query)
        assert answer.status_code == 200, answer.text
        ids += [UUID(item["id"]) for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if cursor is None:
            return ids


async def raise_uncertain(centre: Centre, name: str, level: Level = Level.MINOR) -> UUID:
    """Raise an alert of a camera of its own, which the desk has to review."""
    return await centre.raise_alert(
        name, camera=f"camera-{name}", score=UNCERTAIN, level=level, at=centre.clock.at
    )


async def test_the_queue_lists_what_is_overdue_first_then_by_level_and_deadline(
    centre: Centre,
) -> None:
    overdue = await raise_uncertain(centre, "a")
    centre.clock.advance(minutes=6)
    earlier = await raise_uncertain(centre, "b")
    centre.clock.advance(seconds=10)
    later = await raise_uncertain(centre, "c")
    critical = await raise_uncertain(centre, "d", Level.CRITICAL)

    assert await listed(centre, {"view": "queue"}) == [overdue, critical, earlier, later]


async def test_what_nobody_can_be_called_for_is_as_urgent_as_what_is_overdue(
    centre: Centre,
) -> None:
    centre.clock.advance(hours=-1)
    overdue = await raise_uncertain(centre, "a", Level.MAJOR)
    centre.clock.advance(hours=1)
    critical = await raise_uncertain(centre, "b", Level.CRITICAL)
    nobody = await centre.raise_alert("c", camera="c", location=IN_WEST, level=Level.MAJOR)
    await end_all_shifts(centre)
    await centre.clock_engine.process_due()
    [row] = [
        item
        for item in (
            await (await centre.client_of("desk")).get("/v1/incidents", params={"view": "queue"})
        ).json()["items"]
        if item["id"] == str(nobody)
    ]

    assert row["nobody_on_duty"]
    assert await listed(centre, {"view": "queue"}) == [nobody, overdue, critical]


async def end_all_shifts(centre: Centre) -> None:
    async with centre.engine.begin() as connection:
        await connection.execute(text("DELETE FROM shift"))


async def test_pages_of_the_queue_list_each_incident_once_although_deadlines_pass(
    centre: Centre,
) -> None:
    incidents = [await raise_uncertain(centre, f"{n}") for n in range(3)]
    desk = await centre.client_of("desk")
    ids: list[str] = []
    cursor = ""
    for _ in incidents:
        params: dict[str, str] = {"view": "queue", "limit": "1"}
        page = (await desk.get("/v1/incidents", params=params | page_after(cursor))).json()
        ids += [item["id"] for item in page["items"]]
        cursor = page["next"]
        centre.clock.advance(minutes=2)
        await raise_uncertain(centre, f"new-{len(ids)}", Level.CRITICAL)

    assert ids == [str(incident) for incident in incidents]


def page_after(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


async def test_stored_incidents_have_a_view_of_their_own(centre: Centre) -> None:
    stored = await centre.raise_alert("a", camera="a", score=UNLIKELY)
    waiting = await raise_uncertain(centre, "b")
    rejected = await raise_uncertain(centre, "c")
    await act(centre, rejected, "reject", reason="a shadow")

    assert await listed(centre, {"view": "stored"}) == [stored]
    assert await listed(centre, {"view": "queue"}) == [waiting]
    assert await listed(centre) == [rejected, waiting, stored]


@pytest.mark.parametrize("view", ["queue", "all"])
async def test_each_filter_leaves_what_agrees_with_it(centre: Centre, view: str) -> None:
    east = await raise_uncertain(centre, "a", Level.CRITICAL)
    centre.clock.advance(minutes=1)
    west = await centre.raise_alert(
        "b", camera="b", location=IN_WEST, score=UNCERTAIN, scenario="fall", level=Level.MINOR
    )
    node = (await (await centre.client_of("desk")).get(f"/v1/incidents/{west}")).json()["node"]
    at = (NOON + timedelta(seconds=30)).isoformat()
    cases: list[tuple[dict[str, Param], set[UUID]]] = [
        ({"area": EAST}, {east}),
        ({"area": WEST}, {west}),
        ({"area": GRID}, {east, west}),
        ({"camera": "camera-a"}, {east}),
        ({"camera": "b", "node": node}, {west}),
        ({"scenario": "fall"}, {west}),
        ({"family": "person_down"}, {west}),
        ({"family": ""}, set()),
        ({"level": ["critical"]}, {east}),
        ({"level": ["critical", "minor"]}, {east, west}),
        ({"state": ["new"]}, {east, west}),
        ({"state": ["filed", "closed"]}, set()),
        ({"awaiting": "review"}, {east, west}),
        ({"decision": "push"}, set()),
        ({"open": True}, {east, west}),
        ({"open": False}, set()),
        ({"since": at}, {west}),
        ({"until": at}, {east}),
        ({"area": GRID, "since": at, "level": "minor"}, {west}),
    ]
    wrong = {
        str(params): ids
        for params, expected in cases
        if (ids := set(await listed(centre, params | {"view": view}))) != expected
    }

    assert not wrong


async def test_an_incident_is_found_by_the_beginning_of_its_id(centre: Centre) -> None:
    incident = await raise_uncertain(centre, "a")
    written = str(incident)

    assert await listed(centre, {"q": written}) == [incident]
    assert await listed(centre, {"q": written[:18].upper()}) == [incident]
    assert await listed(centre, {"q": "0" * 8}) == []


async def test_incidents_are_found_by_a_part_of_the_name_of_their_camera(centre: Centre) -> None:
    incident = await raise_uncertain(centre, "a")
    await raise_uncertain(centre, "b")
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO camera (node, name) SELECT DISTINCT node, camera FROM incident")
        )

    assert await listed(centre, {"q": "A-A"}) == [incident]
    assert await listed(centre, {"q": "%"}) == []


async def test_an_incident_without_an_area_is_listed_to_every_desk(centre: Centre) -> None:
    incident = await centre.raise_alert("a", camera="a", location=NOWHERE, score=UNCERTAIN)

    assert await listed(centre, {"view": "queue"}, name="desk-elsewhere") == [incident]


async def test_a_worker_lists_only_what_they_were_notified_of(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await raise_uncertain(centre, "b")
    await centre.clock_engine.process_due()

    for view in ("queue", "all"):
        assert await listed(centre, {"view": view}, name="east-1") == [incident]
        assert await listed(centre, {"view": view}, name="west-1") == []


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "nonsense"},
        {"view": "queue", "cursor": "MjAyNi0xMS0yM1QxMjowMDowMCswMDowMHww"},
        {"area": "West"},
        {"since": "2026-11-23T12:00:00"},
        {"view": "everything"},
        {"q": ""},
    ],
    ids=["cursor", "cursor of another view", "area", "time without offset", "view", "search"],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    centre: Centre, params: dict[str, str]
) -> None:
    answer = await (await centre.client_of("desk")).get("/v1/incidents", params=params)

    assert answer.status_code == 422


async def test_a_row_is_small(centre: Centre) -> None:
    await raise_uncertain(centre, "a")
    answer = await (await centre.client_of("desk")).get("/v1/incidents")

    assert len(answer.content) < 2000


async def test_a_page_learns_which_scenarios_it_can_filter_by(centre: Centre) -> None:
    centre.app.state.services = replace(
        centre.services, titles={"fire": TextInBoth(zh="火情", en="Fire")}
    )
    page = await centre.client_of("desk")

    assert (await page.get("/v1/scenarios")).json()["items"] == [
        {"key": "fire", "title": {"zh": "火情", "en": "Fire"}}
    ]


async def test_pages_of_each_kind_of_list_contain_each_incident_once(centre: Centre) -> None:
    incidents = []
    for n in range(4):
        incidents.append(await centre.raise_alert(f"{n}", camera=f"camera-{n}"))
        centre.clock.advance(minutes=1)
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO camera (node, name) SELECT DISTINCT node, camera FROM incident")
        )
    newest_first = incidents[::-1]

    for params in ({}, {"q": "camera"}, {"open": True}, {"state": ["dispatched"]}):
        for name in ("desk", "east-1"):
            assert await listed(centre, {**params, "limit": "1"}, name=name) == newest_first


async def test_a_desk_lists_what_it_was_asked_about_in_another_area(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO notification (key, incident, account, channel, due_at, created_at, kind)
                SELECT 'k', :incident, id, 'app', :now, :now, 'escalation' FROM account
                WHERE name = 'desk-elsewhere'
            """),
            {"incident": incident, "now": NOON},
        )

    for view in ("queue", "all"):
        assert await listed(centre, {"view": view}, name="desk-elsewhere") == [incident]


async def test_a_phone_lists_its_open_orders(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    for name, expected in (("east-1", [str(incident)]), ("east-2", [str(incident)]), ("head", [])):
        assert [item["incident"]["id"] for item in await open_orders(centre, name)] == expected
    [order] = await open_orders(centre, "east-1")
    await act_on_order(centre, order["id"], "accept", name="east-1")

    assert await open_orders(centre, "east-2") == []
    assert [item["id"] for item in await open_orders(centre, "east-1")] == [order["id"]]
