import asyncio
from collections import Counter

import pytest
from msgspec.structs import replace as struct_replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
from api.ingest.validation import IncomingMessage
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import Node
from tests.api.alerts import (
    NOON,
    alert_message,
    enroll,
    noon_plus,
    signed_message,
)
from tests.api.databases import rows


async def put_in_one_site_group(engine: AsyncEngine, nodes: list[Node]) -> None:
    statement = "INSERT INTO camera (node, name, site_group) VALUES (:node, 'north-gate', 'site')"
    async with engine.begin() as connection:
        await connection.execute(text(statement), [{"node": str(node)} for node in nodes])


async def test_an_incident_is_over_when_its_last_alert_closes(
    ingest: Ingest, database: AsyncEngine
) -> None:
    for seq, message in enumerate(
        [
            alert_message("a"),
            alert_message("b"),
            alert_message("a", rev=2, change=Change.CLOSED, at=noon_plus(9)),
            alert_message("b", rev=2, change=Change.CLOSED, at=noon_plus(10)),
        ],
        start=1,
    ):
        stored = await rows(database, "SELECT is_over FROM incident")
        assert stored in ([], [(False,)])
        await ingest.store_batch(
            [signed_message(struct_replace(message, seq=seq))], now=noon_plus(seq)
        )

    stored = await rows(database, "SELECT state, is_over, n_alerts FROM incident")
    assert stored == [("filed", True, 2)]


async def test_an_alert_of_higher_level_raises_the_incident(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a", seq=1))], now=NOON)
    worse = alert_message(
        "a", rev=2, seq=2, change=Change.UPDATED, level=Level.CRITICAL, at=noon_plus(5)
    )
    await ingest.store_batch([signed_message(worse)], now=noon_plus(5))

    assert await rows(database, "SELECT level FROM incident") == [("critical",)]
    stored = await rows(database, "SELECT action, reason FROM audit_log ORDER BY seq DESC LIMIT 1")
    assert stored == [("worsen", "major to critical")]


async def test_a_stronger_alert_files_an_incident_that_waited_for_review(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a", seq=1, score=0.3))], now=NOON)
    assert await rows(database, "SELECT state, decision FROM incident") == [("new", "review")]

    await ingest.store_batch([signed_message(alert_message("b", seq=2, score=0.9))], now=NOON)
    assert await rows(database, "SELECT state, decision FROM incident") == [("filed", "push")]


async def test_a_stale_alert_waits_for_review_and_notifies_nobody(
    ingest: Ingest, database: AsyncEngine
) -> None:
    result = await ingest.store_batch(
        [signed_message(alert_message(score=0.95))], now=noon_plus(11 * 60)
    )

    assert result.counts["late"] == 1
    assert await rows(database, "SELECT state, decision FROM incident") == [("new", "late")]


async def test_a_new_alert_after_closing_opens_a_recurrence(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a", seq=1))], now=NOON)
    async with database.begin() as connection:
        await connection.execute(text("UPDATE incident SET state = 'closed'"))

    again = alert_message("b", seq=2, at=noon_plus(300))
    await ingest.store_batch([signed_message(again)], now=noon_plus(300))

    stored = await rows(
        database,
        "SELECT new.state FROM incident new JOIN incident old ON new.recurrence_of = old.id",
    )
    assert stored == [("filed",)]


async def test_an_alert_that_outlives_its_incident_opens_another_only_at_a_higher_level(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a", seq=1))], now=NOON)
    async with database.begin() as connection:
        await connection.execute(text("UPDATE incident SET state = 'rejected'"))

    same = alert_message("a", rev=2, seq=2, change=Change.UPDATED, at=noon_plus(60))
    await ingest.store_batch([signed_message(same)], now=noon_plus(60))
    assert await rows(database, "SELECT state FROM incident") == [("rejected",)]

    worse = alert_message(
        "a", rev=3, seq=3, level=Level.CRITICAL, at=noon_plus(70), change=Change.UPDATED
    )
    await ingest.store_batch([signed_message(worse)], now=noon_plus(70))
    stored = await rows(database, "SELECT state FROM incident ORDER BY created_at")
    assert stored == [("rejected",), ("filed",)]


async def test_cameras_of_one_site_group_share_an_incident(
    ingest: Ingest, database: AsyncEngine
) -> None:
    async with database.begin() as connection:
        statement = "INSERT INTO camera (node, name, site_group) VALUES (:n, :c, 'the-gates')"
        for camera in ("north-gate", "south-gate"):
            row = {"n": "demo/market/box-1", "c": camera}
            await connection.execute(text(statement), row)

    north, south = alert_message("a", seq=1), alert_message("b", seq=2, camera="south-gate")
    await ingest.store_batch([signed_message(north), signed_message(south)], now=NOON)

    assert await rows(database, "SELECT key, n_alerts FROM incident") == [
        ("v2|crowd|the-gates|steps", 2)
    ]
    assert await rows(database, "SELECT how FROM alert ORDER BY how") == [("joins",), ("opens",)]


@pytest.mark.slow
async def test_sixteen_publishers_on_fifty_keys_open_fifty_incidents(
    database: AsyncEngine,
) -> None:
    nodes = [Node("demo", "market", f"box-{n}") for n in range(16)]
    for node in nodes:
        await enroll(database, node)
    await put_in_one_site_group(database, nodes)

    async def publish(node: Node) -> None:
        ingest = Ingest(database)
        for start in range(0, 50, 5):
            batch = [
                alert_message(f"{n}", node=node, zone=f"zone-{n}", seq=n + 1)
                for n in range(start, start + 5)
            ]
            await ingest.store_batch([signed_message(message) for message in batch], now=NOON)

    async with asyncio.TaskGroup() as group:
        for node in nodes:
            group.create_task(publish(node))

    stored = await rows(database, "SELECT count(*), sum(n_alerts), min(n_alerts) FROM incident")
    assert stored == [(50, 800, 16)]
    assert await rows(database, "SELECT count(DISTINCT incident), count(*) FROM alert") == [
        (50, 800)
    ]


def drill_message(name: str = "drill", *, seq: int = 1) -> IncomingMessage:
    message = alert_message(name, seq=seq)
    return signed_message(struct_replace(message, data=struct_replace(message.data, drill=True)))


async def test_a_drill_alert_is_stored_and_only_recorded_for_its_camera(
    ingest: Ingest, database: AsyncEngine
) -> None:
    result = await ingest.store_batch([drill_message()], now=noon_plus(1))
    again = await ingest.store_batch([drill_message(seq=2)], now=noon_plus(9))

    assert +result.counts == Counter(inserted=1, exercise=1)
    assert +again.counts == Counter(duplicate=1)
    assert [outgoing.receipt.acked_seq for outgoing in (*result.receipts, *again.receipts)] == [
        1,
        2,
    ]
    assert await rows(database, "SELECT name, drill_passed_at FROM camera") == [
        ("north-gate", noon_plus(1))
    ]
    assert await rows(database, "SELECT count(*) FROM incident") == [(0,)]
    assert await rows(database, "SELECT count(*) FROM alert") == [(0,)]


async def test_a_drill_alert_in_a_batch_does_not_affect_the_others(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch(
        [drill_message(), signed_message(alert_message("real", seq=2))], now=noon_plus(1)
    )

    assert await rows(database, "SELECT n_alerts, exercise FROM incident") == [(1, False)]


@pytest.mark.parametrize(("skew_s", "decision"), [(0, "late"), (-1200, "push")])
async def test_an_alert_is_not_stale_if_only_the_clock_of_its_node_is_behind(
    ingest: Ingest, database: AsyncEngine, skew_s: float, decision: str
) -> None:
    async with database.begin() as connection:
        await connection.execute(text("UPDATE node SET skew_s = :s"), {"s": skew_s})

    await ingest.store_batch([signed_message(alert_message(at=NOON))], now=noon_plus(1205))

    [incident] = await rows(database, "SELECT decision, last_at FROM incident")
    assert incident == (decision, noon_plus(-skew_s))
    assert await rows(database, "SELECT observed_at FROM alert") == [(NOON,)]
