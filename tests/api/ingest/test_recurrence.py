"""No live alert is swallowed: it is called, or a person holds the matter; and none is doubled."""

import asyncio
from uuid import UUID

import pytest
from msgspec.structs import replace as struct_replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
from pipeline.alert import Change
from pipeline.signal import Level
from tests.api.alerts import NOON, alert_message, noon_plus, signed_message
from tests.api.databases import rows
from tests.api.town import Centre

LATER, DAYS = 4000.0, 3 * 24 * 3600.0
WORKER = "east-1"


async def set_state(centre: Centre, incident: UUID, state: str) -> None:
    """Put an incident into a state, as if people had brought it there."""
    statement = text("UPDATE incident SET state = :state, closed_at = :at WHERE id = :id")
    closed_at = centre.clock() if state in {"closed", "rejected"} else None
    async with centre.engine.begin() as connection:
        await connection.execute(statement, {"state": state, "id": incident, "at": closed_at})


async def incidents(engine: AsyncEngine) -> list[tuple[object, ...]]:
    return await rows(
        engine,
        "SELECT id, state, recurrence_of, root, takes_alerts FROM incident ORDER BY created_at, id",
    )


async def test_a_late_incident_swallows_no_live_alert(centre: Centre) -> None:
    centre.clock.at = noon_plus(660)
    late = await centre.raise_alert("late", score=0.95)
    assert await rows(centre.engine, "SELECT state, decision FROM incident") == [("new", "late")]

    live = await centre.raise_alert("live", score=0.9, level=Level.CRITICAL, at=noon_plus(660))
    await centre.clock_engine.process_due()

    assert live == late
    assert await centre.notified_accounts() == ["east-1", "east-2"]


@pytest.mark.parametrize("state", ["new", "filed", "dispatched"])
async def test_an_incident_that_nobody_took_for_days_is_merged_into_the_new_one(
    centre: Centre, state: str
) -> None:
    old = await centre.raise_alert("old", score=0.9)
    await set_state(centre, old, state)
    centre.clock.at = noon_plus(DAYS)

    new = await centre.raise_alert("new", score=0.9, at=noon_plus(DAYS))

    assert await incidents(centre.engine) == [
        (old, "merged", None, new, False),
        (new, "filed", old, None, True),
    ]


@pytest.mark.parametrize("state", ["stored", "handling", "feedback", "verifying"])
async def test_an_incident_with_other_work_swallows_no_crowd_days_later(
    centre: Centre, state: str
) -> None:
    old = await centre.raise_alert("old", score=0.9)
    await set_state(centre, old, state)
    centre.clock.at = noon_plus(DAYS)

    new = await centre.raise_alert("new", score=0.9, at=noon_plus(DAYS))

    assert await incidents(centre.engine) == [
        (old, state, None, None, False),
        (new, "filed", old, None, True),
    ]


async def test_an_alert_after_the_work_was_reported_as_done_recurs_at_once(centre: Centre) -> None:
    old = await centre.raise_alert("old", score=0.9)
    await set_state(centre, old, "feedback")

    new = await centre.raise_alert("new", score=0.9, at=noon_plus(60))

    assert new != old


async def test_an_alert_joins_what_a_person_holds_without_a_second_call(centre: Centre) -> None:
    old = await centre.raise_alert("old", score=0.9)
    await set_state(centre, old, "handling")
    centre.clock.at = noon_plus(LATER)

    assert await centre.raise_alert("new", score=0.9, at=noon_plus(LATER)) == old
    assert [row[0] for row in await incidents(centre.engine)] == [old]


async def test_an_incident_that_waits_repeats_its_call_at_once(centre: Centre) -> None:
    old = await centre.raise_alert("old", score=0.4)
    centre.clock.at = noon_plus(LATER)
    async with centre.engine.begin() as connection:
        later = text("UPDATE incident SET next_action_at = :at")
        await connection.execute(later, {"at": noon_plus(DAYS)})

    assert await centre.raise_alert("new", score=0.4, at=noon_plus(LATER)) == old

    due = await rows(centre.engine, "SELECT next_action_at FROM incident")
    assert due == [(noon_plus(LATER),)]
    how = await rows(centre.engine, "SELECT how FROM alert ORDER BY opened_at, alert_id")
    assert ("repeats_call",) in how


async def test_a_camera_that_still_reports_ten_minutes_after_closing_recurs(
    centre: Centre,
) -> None:
    old = await centre.raise_alert("a", score=0.9)
    await set_state(centre, old, "closed")

    centre.clock.at = noon_plus(599)
    stays = await centre.raise_alert("a", rev=2, change=Change.UPDATED, at=noon_plus(599))
    centre.clock.at = noon_plus(600)
    recurs = await centre.raise_alert("a", rev=3, change=Change.UPDATED, at=noon_plus(600))

    assert stays == old
    assert await incidents(centre.engine) == [
        (old, "closed", None, None, True),
        (recurs, "filed", old, None, True),
    ]


async def test_after_a_rejection_the_same_camera_calls_an_operator_and_not_the_worker(
    centre: Centre,
) -> None:
    first = await centre.raise_alert("a", score=0.9)
    desk = await centre.client_of("desk")
    [(version,)] = await rows(centre.engine, "SELECT version FROM incident")
    body = {"version": version, "reason": "wind in the trees"}
    answer = await desk.post(f"/v1/incidents/{first}/reject", json=body)
    assert answer.status_code == 200, answer.text

    centre.clock.advance(seconds=2)
    second = await centre.raise_alert("b", score=0.9, at=noon_plus(2))
    await centre.clock_engine.process_due()

    assert second != first
    assert await centre.notified_accounts() == []
    stored = await rows(
        centre.engine, "SELECT state, decision FROM incident ORDER BY created_at, id"
    )
    assert stored[-1] == ("new", "review")


async def test_a_worsening_reaches_the_worker_who_has_accepted(centre: Centre) -> None:
    incident = await centre.raise_alert("a", level=Level.MINOR)
    await centre.clock_engine.process_due()
    page = await centre.client_of(WORKER)
    [(order, version)] = await rows(centre.engine, "SELECT id, version FROM work_order")
    answer = await page.post(f"/v1/orders/{order}/accept", json={"version": version})
    assert answer.status_code == 200, answer.text
    [(due_at,)] = await rows(centre.engine, "SELECT due_at FROM incident")

    centre.clock.advance(minutes=1)
    worse = await centre.raise_alert("b", level=Level.CRITICAL, at=noon_plus(60))

    assert worse == incident
    told = await rows(
        centre.engine,
        "SELECT c.name, n.kind FROM notification n JOIN account c ON c.id = n.account"
        " WHERE n.kind = 'worsening'",
    )
    assert told == [(WORKER, "worsening")]
    [(shorter,)] = await rows(centre.engine, "SELECT due_at FROM incident")
    assert shorter == noon_plus(60 + 15 * 60) < due_at
    orders = await rows(centre.engine, "SELECT due_at FROM work_order WHERE is_open")
    assert orders == [(shorter,)]


async def test_one_crowd_seen_by_three_scenarios_is_one_order(centre: Centre) -> None:
    for name in ("crowd_gathering", "crowd_density", "queue_too_long"):
        await centre.raise_alert(name, scenario=name, score=0.9)
    await centre.clock_engine.process_due()

    assert await rows(centre.engine, "SELECT count(*) FROM work_order") == [(1,)]
    assert await rows(centre.engine, "SELECT n_alerts FROM incident") == [(3,)]


async def test_two_processes_that_store_the_same_alerts_count_each_once(
    ingest: Ingest, database: AsyncEngine
) -> None:
    first, second = ingest, Ingest(database)
    for rev in range(1, 6):
        change = Change.OPENED if rev == 1 else Change.UPDATED
        messages = [
            signed_message(
                struct_replace(
                    alert_message(f"{n}", rev=rev, change=change, at=noon_plus(rev)),
                    seq=rev * 100 + n,
                )
            )
            for n in range(20)
        ]
        half = len(messages) // 2
        await asyncio.gather(
            first.store_batch(messages[:half] + messages, now=NOON),
            second.store_batch(messages[half:] + messages, now=NOON),
        )

    assert await rows(database, "SELECT n_alerts FROM incident") == [(20,)]


async def test_two_processes_with_successive_revisions_count_an_alert_once(
    ingest: Ingest, database: AsyncEngine
) -> None:
    other = Ingest(database)
    for n in range(10):
        one = alert_message(f"{n}", rev=1, seq=2 * n + 1)
        two = alert_message(f"{n}", rev=2, seq=2 * n + 2, change=Change.UPDATED)
        await asyncio.gather(
            ingest.store_batch([signed_message(one)], now=NOON),
            other.store_batch([signed_message(two)], now=NOON),
        )

    assert await rows(database, "SELECT n_alerts FROM incident") == [(10,)]
