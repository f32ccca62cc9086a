import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as struct_replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import BatchResult, Ingest
from api.ingest.validation import IncomingMessage
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import Node, Receipt
from tests.api.alerts import (
    NOON,
    alert_id_of,
    alert_message,
    enroll,
    noon_plus,
    signed_message,
    signed_payload,
)


@pytest.fixture
async def ingest(database: AsyncEngine) -> Ingest:
    await enroll(database)
    return Ingest(database)


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def put_in_one_site_group(engine: AsyncEngine, nodes: list[Node]) -> None:
    statement = "INSERT INTO camera (node, name, site_group) VALUES (:node, 'north-gate', 'site')"
    async with engine.begin() as connection:
        await connection.execute(text(statement), [{"node": str(node)} for node in nodes])


def acknowledged(receipt: Receipt) -> set[int]:
    return set(range(1, receipt.acked_seq + 1)) | set(receipt.also)


def counts_of(result: BatchResult) -> Counter[str]:
    return +result.counts


async def test_an_alert_opens_an_incident_and_gets_a_receipt(
    ingest: Ingest, database: AsyncEngine
) -> None:
    result = await ingest.store_batch([signed_message(alert_message(seq=1))], now=noon_plus(1))

    assert counts_of(result) == Counter(inserted=1)
    [sealed] = result.receipts
    assert (sealed.receipt.boot_id, sealed.receipt.acked_seq) == ("boot-1", 1)
    [incident] = await rows(database, "SELECT key, state, decision, n_alerts FROM incident")
    key = "v1|crowd_gathering|demo/market/box-1/north-gate|steps"
    assert incident == (key, "filed", "push", 1)
    assert await rows(database, "SELECT actor, action, to_state FROM audit_log ORDER BY seq") == [
        ("system", "open", "new"),
        ("system", "file", "filed"),
    ]


async def test_a_repeated_message_takes_effect_once(ingest: Ingest, database: AsyncEngine) -> None:
    message = signed_message(alert_message())

    first = await ingest.store_batch([message, message], now=NOON)
    second = await ingest.store_batch([message], now=noon_plus(5))

    assert counts_of(first) == Counter(inserted=1, duplicate=1)
    assert counts_of(second) == Counter(duplicate=1)
    assert second.receipts[0].receipt.acked_seq == 1
    assert await rows(database, "SELECT n_alerts FROM incident") == [(1,)]


async def test_a_replay_under_another_boot_is_a_duplicate(ingest: Ingest) -> None:
    await ingest.store_batch([signed_message(alert_message(boot_id="boot-1", seq=7))], now=NOON)

    result = await ingest.store_batch(
        [signed_message(alert_message(boot_id="boot-2", seq=1))], now=NOON
    )

    assert counts_of(result) == Counter(duplicate=1)
    assert result.receipts[0].receipt.boot_id == "boot-2"


@pytest.mark.parametrize("is_one_batch", [True, False])
async def test_other_content_under_the_same_key_is_a_conflict(
    ingest: Ingest, database: AsyncEngine, is_one_batch: bool
) -> None:
    first, second = (
        signed_message(alert_message(people=9, seq=1)),
        signed_message(alert_message(people=12, seq=2)),
    )

    if is_one_batch:
        result = await ingest.store_batch([first, second], now=NOON)
    else:
        await ingest.store_batch([first], now=NOON)
        result = await ingest.store_batch([second], now=NOON)

    assert result.counts["conflict"] == 1
    [rejection] = result.receipts[0].receipt.rejected
    assert (rejection.seq, rejection.reason[:8]) == (2, "conflict")
    assert await rows(database, "SELECT data->'measures'->>'people' FROM alert") == [("9.0",)]


async def test_a_revision_older_than_the_stored_one_changes_nothing(
    ingest: Ingest, database: AsyncEngine
) -> None:
    closed = alert_message(rev=2, seq=2, change=Change.CLOSED, at=noon_plus(60))

    await ingest.store_batch([signed_message(closed)], now=noon_plus(61))
    await ingest.store_batch([signed_message(alert_message(rev=1, seq=1))], now=noon_plus(62))

    assert await rows(database, "SELECT rev, closed_at FROM alert") == [(2, noon_plus(60))]
    assert await rows(database, "SELECT n_alerts, is_over FROM incident") == [(1, True)]


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
            given = {"n": "demo/market/box-1", "c": camera}
            await connection.execute(text(statement), given)

    north, south = alert_message("a", seq=1), alert_message("b", seq=2, camera="south-gate")
    await ingest.store_batch([signed_message(north), signed_message(south)], now=NOON)

    assert await rows(database, "SELECT key, n_alerts FROM incident") == [
        ("v1|crowd_gathering|the-gates|steps", 2)
    ]
    assert await rows(database, "SELECT how FROM alert ORDER BY how") == [("joins",), ("opens",)]


async def test_messages_without_a_valid_signature_are_quarantined_without_a_receipt(
    ingest: Ingest, database: AsyncEngine
) -> None:
    stranger = signed_message(alert_message(node=Node("demo", "market", "box-2")))
    forged = signed_message(alert_message(), key=b"somebody else's")
    nobody = replace(stranger, topic="weather")

    result = await ingest.store_batch([stranger, forged, nobody, forged], now=NOON)

    assert (counts_of(result), result.receipts) == (Counter(quarantined=4), [])
    stored = await rows(database, "SELECT reason, times FROM quarantine ORDER BY reason")
    assert [reason for reason, _ in stored] == [
        "demo/market/box-2 is not enrolled",
        "the signature is not demo/market/box-1's",
        "the topic is no node's alert topic",
    ]


async def test_a_message_on_the_topic_of_another_camera_is_rejected(ingest: Ingest) -> None:
    message = alert_message(seq=3)
    elsewhere = signed_message(message, key=b"")
    topic = elsewhere.topic.replace("north-gate", "south-gate")

    result = await ingest.store_batch([signed_payload(topic, elsewhere.payload)], now=NOON)

    assert result.counts["quarantined"] == 1
    assert [r.seq for r in result.receipts[0].receipt.rejected] == [3]


@pytest.mark.parametrize(
    "unknown", [b'"note":"\xff",', b'"note":"\\u0000",', b'"note":"\\ud800",', b'"\xc3":1,']
)
async def test_unknown_fields_with_invalid_text_affect_no_other_message(
    ingest: Ingest, database: AsyncEngine, unknown: bytes
) -> None:
    odd = signed_message(alert_message("odd", seq=1))
    payload = odd.payload.replace(b"{", b"{" + unknown, 1)
    good = signed_message(alert_message("good", seq=2))

    result = await ingest.store_batch([signed_payload(odd.topic, payload), good], now=NOON)

    assert result.counts["inserted"] + result.counts["quarantined"] == 2
    assert 2 in acknowledged(result.receipts[-1].receipt)
    good_id = alert_id_of("good")
    assert (good_id,) in await rows(database, "SELECT alert_id FROM alert")


async def test_a_message_the_database_refuses_is_quarantined_and_the_others_are_stored(
    ingest: Ingest, database: AsyncEngine
) -> None:
    poison = alert_message("poison", seq=3)
    words = {"because": type(poison.data.because)(zh="\0", en="no database holds a zero")}
    bad = struct_replace(poison, data=struct_replace(poison.data, **words))
    good = [alert_message(f"good-{n}", seq=n) for n in (1, 2, 4, 5)]

    result = await ingest.store_batch(
        [signed_message(m) for m in (*good[:2], bad, *good[2:])], now=NOON
    )

    assert (result.counts["inserted"], result.counts["quarantined"]) == (4, 1)
    stored = {seq for sealed in result.receipts for seq in acknowledged(sealed.receipt)}
    assert stored == {1, 2, 3, 4, 5}
    assert [r.seq for s in result.receipts for r in s.receipt.rejected] == [3]
    assert await rows(database, "SELECT n_alerts FROM incident") == [(4,)]


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


async def test_the_receipt_advances_over_a_gap_once_it_is_filled(ingest: Ingest) -> None:
    first = await ingest.store_batch(
        [signed_message(alert_message("a", seq=n)) for n in (1,)], now=NOON
    )
    second = await ingest.store_batch([signed_message(alert_message("c", seq=3))], now=NOON)
    third = await ingest.store_batch([signed_message(alert_message("b", seq=2))], now=NOON)

    stored = [
        (t.receipts[0].receipt.acked_seq, t.receipts[0].receipt.also) for t in (first, second)
    ]
    assert stored == [(1, ()), (1, (3,))]
    assert third.receipts[0].receipt.acked_seq == 3
    assert alert_id_of("a") != alert_id_of("b")


def drill_message(name: str = "drill", *, seq: int = 1) -> IncomingMessage:
    message = alert_message(name, seq=seq)
    return signed_message(struct_replace(message, data=struct_replace(message.data, drill=True)))


async def test_a_drill_alert_is_stored_and_only_recorded_for_its_camera(
    ingest: Ingest, database: AsyncEngine
) -> None:
    result = await ingest.store_batch([drill_message()], now=noon_plus(1))
    again = await ingest.store_batch([drill_message(seq=2)], now=noon_plus(9))

    assert counts_of(result) == Counter(inserted=1, exercise=1)
    assert counts_of(again) == Counter(duplicate=1)
    assert [sealed.receipt.acked_seq for sealed in (*result.receipts, *again.receipts)] == [1, 2]
    assert await rows(database, "SELECT name, proven_at FROM camera") == [
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


@pytest.mark.parametrize(
    ("seqs", "since"),
    [
        ((1, 4, 5, 2, 3), [None, 1, 1, 3, None]),
        ((1, 6, 5, 7), [None, 1, 2, 2]),  # a backlog that drains, its worst first
    ],
)
async def test_a_hole_is_known_since_it_was_last_filled_and_closes_by_itself(
    ingest: Ingest, database: AsyncEngine, seqs: tuple[int, ...], since: list[int | None]
) -> None:
    held: list[object] = []
    for n, seq in enumerate(seqs):
        await ingest.store_batch(
            [signed_message(alert_message(f"{seq}", seq=seq))], now=noon_plus(n)
        )
        held.append((await rows(database, "SELECT hole_since FROM boot"))[0][0])

    assert held == [None if n is None else noon_plus(n) for n in since]
