"""Views of one matter are merged, what comes again is linked, the suppressed is stored uncalled."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace as struct_replace
from sqlalchemy import text

from api.ingest.batch import Ingest
from api.ingest.suppression_ends import SuppressionEnds
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Location
from tests.api.alerts import NOON, alert_message, noon_plus, signed_message
from tests.api.databases import rows
from tests.api.town import EAST, IN_EAST, SNAPSHOT, Centre, sha256

NEARBY = Location(lon=IN_EAST.lon, lat=IN_EAST.lat + 0.0002)
"""About 22 m to the north."""
FARTHER = Location(lon=IN_EAST.lon, lat=IN_EAST.lat + 0.0005)


def opened_at(message: AlertMessage, at: datetime) -> AlertMessage:
    """Return a message of an alert that was opened at a time."""
    return struct_replace(message, data=struct_replace(message.data, opened_at=at))


async def set_state(centre: Centre, incident: UUID, state: str) -> None:
    """Put an incident into a state, as if people had brought it there."""
    statement = text("UPDATE incident SET state = :state WHERE id = :id")
    async with centre.engine.begin() as connection:
        await connection.execute(statement, {"state": state, "id": incident})


async def close(centre: Centre, incident: UUID) -> None:
    """Close an incident, as if the work had been verified."""
    statement = text("UPDATE incident SET state = 'closed', closed_at = first_at WHERE id = :id")
    async with centre.engine.begin() as connection:
        await connection.execute(statement, {"id": incident})


async def test_two_cameras_that_see_one_crowd_give_one_order_with_both_views(
    centre: Centre,
) -> None:
    first = await centre.raise_alert("a")
    second = await centre.raise_alert("b", camera="south-gate", location=NEARBY)
    await centre.clock_engine.process_due()

    assert second != first
    assert await rows(centre.engine, "SELECT incident FROM work_order") == [(first,)]
    page = await centre.client_of("desk")
    shown = (await page.get(f"/v1/incidents/{first}")).json()
    assert len(shown["alerts"]) == shown["n_alerts"] == 2
    [child] = shown["children"]
    assert child["incident"] == str(second)
    assert child["reason"]["reason"] == "distance"
    assert [item["how"] for item in shown["alerts"]] == ["opens", "other_view"]
    queue = (await page.get("/v1/incidents", params={"open": True})).json()["items"]
    assert [item["id"] for item in queue] == [str(first)]


async def test_a_worker_sees_the_picture_of_a_merged_view(centre: Centre) -> None:
    await centre.raise_alert("a", camera="other", location=NEARBY)
    await centre.raise_alert("b")
    await centre.clock_engine.process_due()
    desk = await centre.client_of("desk")
    await desk.put(
        f"/v1/evidence/{sha256(SNAPSHOT)}",
        content=SNAPSHOT,
        headers={"Content-Type": "image/jpeg"},
    )

    worker = await centre.client_of("east-1")

    assert (await worker.get(f"/v1/evidence/{sha256(SNAPSHOT)}")).status_code == 200


async def test_a_declared_overlap_merges_cameras_at_unknown_places(centre: Centre) -> None:
    node = "demo/market/box-1"
    statement = text("INSERT INTO camera_overlap VALUES (:n, 'north-gate', :n, 'tower')")
    async with centre.engine.begin() as connection:
        await connection.execute(statement, {"n": node})
    messages = [
        alert_message("a", seq=1),
        alert_message("b", seq=2, camera="tower"),
        alert_message("c", seq=3, camera="cellar"),
    ]

    for message in messages:
        await Ingest(centre.engine).store_batch([signed_message(message)], now=NOON)

    stored = await rows(
        centre.engine, "SELECT camera, merge_reason ->> 'reason' FROM incident ORDER BY id"
    )
    assert stored == [("north-gate", None), ("tower", "overlap"), ("cellar", None)]


async def test_what_is_nearly_the_same_is_suggested(centre: Centre) -> None:
    first = await centre.raise_alert("a", change=Change.CLOSED)
    later = noon_plus(100)
    message = alert_message("b", camera="south-gate", location=FARTHER, at=later, seq=9)
    await Ingest(centre.engine).store_batch([signed_message(opened_at(message, later))], now=later)

    page = await centre.client_of("desk")
    shown = (await page.get(f"/v1/incidents/{first}")).json()

    assert [item["reason"]["reason"] for item in shown["suggestions"]] == ["distance"]
    assert shown["children"] == []


async def test_batches_merge_views_that_arrive_together(centre: Centre) -> None:
    messages = [
        alert_message("a", seq=1, location=IN_EAST),
        alert_message("b", seq=2, location=NEARBY, camera="south-gate"),
    ]

    await Ingest(centre.engine).store_batch(list(map(signed_message, messages)), now=NOON)

    assert sorted(await rows(centre.engine, "SELECT state FROM incident")) == [
        ("filed",),
        ("merged",),
    ]


async def suppress(centre: Centre, **target: str) -> None:
    statement = text("""
        INSERT INTO suppression (kind, node, camera, scenario, area_code, reason, starts_at,
            ends_at, area, created_by, created_at)
        SELECT 'suppression', :node, :camera, :scenario, :area_code, 'wind', :now, :until, :area,
            id, :now
        FROM account WHERE name = 'desk'
    """)
    names = {"node": None, "camera": None, "scenario": None, "area_code": None} | target
    times = {"now": centre.clock(), "until": centre.clock() + timedelta(hours=1)}
    async with centre.engine.begin() as connection:
        await connection.execute(statement, {**names, **times, "area": EAST})


async def test_a_suppressed_alert_is_stored_with_its_evidence_and_calls_nobody(
    centre: Centre,
) -> None:
    await suppress(centre, node="demo/market/box-1", camera="north-gate")

    await centre.raise_alert("a", score=0.95)
    await centre.clock_engine.process_due()

    stored = await rows(
        centre.engine, "SELECT state, decision, suppression IS NOT NULL FROM incident"
    )
    assert stored == [("stored", "suppressed", True)]
    assert await centre.notified_accounts() == []
    page = await centre.client_of("desk")
    listed = (await page.get("/v1/incidents", params={"decision": "suppressed"})).json()["items"]
    assert len(listed) == 1
    assert (await page.get(f"/v1/incidents/{listed[0]['id']}")).status_code == 200


async def test_what_is_critical_passes_a_suppression_of_the_whole_camera(centre: Centre) -> None:
    await suppress(centre, node="demo/market/box-1", camera="north-gate")

    await centre.raise_alert("a", score=0.95, level=Level.CRITICAL)

    assert await rows(centre.engine, "SELECT state FROM incident") == [("filed",)]


async def test_what_goes_on_when_a_suppression_ends_is_called(centre: Centre) -> None:
    await suppress(centre, node="demo/market/box-1", camera="north-gate")
    await centre.raise_alert("a", score=0.95)

    centre.clock.advance(hours=1)
    await centre.raise_alert("a", rev=2, change=Change.UPDATED, score=0.95, at=centre.clock())
    await centre.clock_engine.process_due()

    assert await centre.notified_accounts() == ["east-1", "east-2"]


async def test_what_goes_on_when_a_suppression_ends_is_called_without_news_of_its_node(
    centre: Centre,
) -> None:
    await suppress(centre, node="demo/market/box-1", camera="north-gate")
    await centre.raise_alert("a", score=0.95)
    centre.clock.advance(minutes=50)
    await centre.raise_alert("a", rev=2, change=Change.UPDATED, score=0.95, at=centre.clock())
    ends = SuppressionEnds(centre.engine, now=centre.clock)
    assert await ends.evaluate() == 0

    centre.clock.advance(minutes=10)
    assert await ends.evaluate() == 1
    assert await ends.evaluate() == 0
    await centre.clock_engine.process_due()

    assert await centre.notified_accounts() == ["east-1", "east-2"]
    stored = await rows(centre.engine, "SELECT state, decision, suppression FROM incident")
    assert stored == [("dispatched", "push", None)]


async def test_what_another_suppression_covers_or_is_over_is_not_called(centre: Centre) -> None:
    await suppress(centre, node="demo/market/box-1", camera="north-gate")
    await suppress(centre, node="demo/market/box-1", camera="tower")
    await centre.raise_alert("a", score=0.95)
    await centre.raise_alert("b", score=0.95, camera="tower", change=Change.CLOSED)
    centre.clock.advance(minutes=30)
    await suppress(centre, scenario="crowd_gathering", area_code=EAST)
    await centre.raise_alert("a", rev=2, change=Change.UPDATED, score=0.95, at=centre.clock())

    centre.clock.advance(minutes=30)
    await SuppressionEnds(centre.engine, now=centre.clock).evaluate()
    await centre.clock_engine.process_due()

    assert await centre.notified_accounts() == []
    assert await rows(centre.engine, "SELECT DISTINCT state FROM incident") == [("stored",)]


async def judge_false(centre: Centre, count: int) -> None:
    """Open and reject incidents of one camera, an hour apart."""
    desk = await centre.client_of("desk")
    for n in range(count):
        incident = await centre.raise_alert(f"false-{n}", at=centre.clock(), score=0.9)
        shown = (await desk.get(f"/v1/incidents/{incident}")).json()
        body = {"version": shown["version"], "reason": "wind"}
        answer = await desk.post(f"/v1/incidents/{incident}/reject", json=body)
        assert answer.status_code == 200, answer.text
        centre.clock.advance(minutes=15)


async def test_a_camera_that_was_wrong_three_times_asks_an_operator_first(centre: Centre) -> None:
    await judge_false(centre, 3)

    await centre.raise_alert("true-perhaps", at=centre.clock(), score=0.95)

    newest = "SELECT state, decision FROM incident ORDER BY created_at DESC LIMIT 1"
    assert await rows(centre.engine, newest) == [("new", "review")]


async def test_a_camera_that_is_nearly_always_wrong_gets_one_incident_of_its_own(
    centre: Centre,
) -> None:
    await judge_false(centre, 10)
    sick = "SELECT camera, class, state FROM incident WHERE scenario = 'camera_sick'"
    assert await rows(centre.engine, sick) == []

    for n in range(3):
        await centre.raise_alert(f"again-{n}", at=centre.clock(), score=0.95, zone=f"zone-{n}")

    assert await rows(centre.engine, sick) == [("north-gate", "equipment", "filed")]


async def test_another_view_of_what_was_just_closed_is_its_recurrence(centre: Centre) -> None:
    first = await centre.raise_alert("a")
    await close(centre, first)

    second = await centre.raise_alert("b", camera="south-gate", location=NEARBY)

    stored = await rows(centre.engine, "SELECT id, state, recurrence_of FROM incident ORDER BY id")
    assert stored == [(first, "closed", None), (second, "filed", first)]


@pytest.mark.parametrize("is_one_batch", [True, False])
async def test_all_views_of_what_comes_again_are_one_recurrence(
    centre: Centre, *, is_one_batch: bool
) -> None:
    first = await centre.raise_alert("a", change=Change.CLOSED)
    await centre.raise_alert("b", camera="south-gate", location=NEARBY, change=Change.CLOSED)
    await set_state(centre, first, "feedback")
    again = noon_plus(1800)
    messages = [
        opened_at(alert_message(f"{n}", camera=camera, location=place, at=again, seq=9 + n), again)
        for n, (camera, place) in enumerate([("north-gate", IN_EAST), ("south-gate", NEARBY)])
    ]

    batches = [messages] if is_one_batch else [[message] for message in messages]
    for batch in batches:
        await Ingest(centre.engine).store_batch(list(map(signed_message, batch)), now=again)

    stored = await rows(
        centre.engine,
        "SELECT state, recurrence_of, n_alerts FROM incident"
        " WHERE recurrence_of IS NOT NULL ORDER BY id",
    )
    assert stored == [("filed", first, 2), ("merged", first, 1)]


async def test_what_replaces_a_forgotten_incident_is_part_of_the_other_view_with_it(
    centre: Centre,
) -> None:
    forgotten = await centre.raise_alert("a", change=Change.CLOSED, level=Level.CRITICAL)
    later = noon_plus(3 * 3600)
    views = [
        alert_message("b", camera="south-gate", location=NEARBY, at=later, seq=8),
        alert_message("c", location=IN_EAST, at=later, seq=9),
    ]

    for view in views:
        message = signed_message(opened_at(view, later))
        await Ingest(centre.engine).store_batch([message], now=later)

    stored = await rows(centre.engine, "SELECT id, state, root, level FROM incident ORDER BY id")
    other = stored[1][0]
    assert [row[1:] for row in stored] == [
        ("merged", other, "critical"),
        ("filed", None, "critical"),
        ("merged", other, "critical"),
    ]
    assert stored[0][0] == forgotten


async def test_two_processes_merge_views_that_arrive_at_the_same_moment(centre: Centre) -> None:
    processes = [Ingest(centre.engine) for _ in range(2)]
    for n in range(10):
        place = Location(lon=104.001 + 0.0008 * n, lat=30.601)
        views = [
            alert_message(f"{n}-{side}", seq=2 * n + side, camera=f"{n}-{side}", location=place)
            for side in (1, 2)
        ]
        async with asyncio.TaskGroup() as group:
            for process, view in zip(processes, views, strict=True):
                group.create_task(process.store_batch([signed_message(view)], now=NOON))

    states = "SELECT state, count(*) FROM incident GROUP BY state ORDER BY state"
    assert await rows(centre.engine, states) == [("filed", 10), ("merged", 10)]


async def test_what_comes_again_is_linked_through_the_incident_that_stood_for_it(
    centre: Centre,
) -> None:
    first = await centre.raise_alert("a", change=Change.CLOSED)
    await centre.raise_alert("b", camera="south-gate", location=NEARBY, change=Change.CLOSED)
    await close(centre, first)
    again = noon_plus(900)

    message = alert_message("c", camera="south-gate", location=NEARBY, at=again, seq=9)
    await Ingest(centre.engine).store_batch([signed_message(opened_at(message, again))], now=again)

    newest = "SELECT state, recurrence_of FROM incident ORDER BY created_at DESC LIMIT 1"
    assert await rows(centre.engine, newest) == [("filed", first)]


async def test_a_late_alert_is_linked_to_what_was_closed_by_the_time_it_was_observed(
    centre: Centre,
) -> None:
    first = await centre.raise_alert("a", change=Change.CLOSED)
    await close(centre, first)
    hours_later = noon_plus(4 * 3600)

    messages = [
        alert_message("soon", at=noon_plus(60), seq=8),
        opened_at(alert_message("today", zone="gate", at=hours_later, seq=9), hours_later),
    ]
    batch = [signed_message(message) for message in messages]
    await Ingest(centre.engine).store_batch(batch, now=hours_later)

    opened = "SELECT zone, recurrence_of FROM incident WHERE state <> 'closed' ORDER BY zone"
    assert await rows(centre.engine, opened) == [("gate", None), ("steps", first)]
