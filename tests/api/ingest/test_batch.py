from collections import Counter
from dataclasses import replace

import pytest
from msgspec.structs import replace as struct_replace
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
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
from tests.api.databases import rows


def acknowledged(receipt: Receipt) -> set[int]:
    return set(range(1, receipt.acked_seq + 1)) | set(receipt.also)


async def test_an_alert_opens_an_incident_and_gets_a_receipt(
    ingest: Ingest, database: AsyncEngine
) -> None:
    result = await ingest.store_batch([signed_message(alert_message(seq=1))], now=noon_plus(1))

    assert +result.counts == Counter(inserted=1)
    [outgoing] = result.receipts
    assert (outgoing.receipt.boot_id, outgoing.receipt.acked_seq) == ("boot-1", 1)
    [incident] = await rows(database, "SELECT key, state, decision, n_alerts FROM incident")
    key = "v2|crowd|demo/market/box-1/north-gate|steps"
    assert incident == (key, "filed", "push", 1)
    assert await rows(database, "SELECT actor, action, to_state FROM audit_log ORDER BY seq") == [
        ("system", "open", "new"),
        ("system", "file", "filed"),
    ]


async def test_a_repeated_message_takes_effect_once(ingest: Ingest, database: AsyncEngine) -> None:
    message = signed_message(alert_message())

    first = await ingest.store_batch([message, message], now=NOON)
    second = await ingest.store_batch([message], now=noon_plus(5))

    assert +first.counts == Counter(inserted=1, duplicate=1)
    assert +second.counts == Counter(duplicate=1)
    assert second.receipts[0].receipt.acked_seq == 1
    assert await rows(database, "SELECT n_alerts FROM incident") == [(1,)]


async def test_a_replay_under_another_boot_is_a_duplicate(ingest: Ingest) -> None:
    await ingest.store_batch([signed_message(alert_message(boot_id="boot-1", seq=7))], now=NOON)

    result = await ingest.store_batch(
        [signed_message(alert_message(boot_id="boot-2", seq=1))], now=NOON
    )

    assert +result.counts == Counter(duplicate=1)
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


async def test_messages_without_a_valid_signature_are_quarantined_without_a_receipt(
    ingest: Ingest, database: AsyncEngine
) -> None:
    stranger = signed_message(alert_message(node=Node("demo", "market", "box-2")))
    forged = signed_message(alert_message(), key=b"another key")
    no_topic = replace(stranger, topic="weather")

    result = await ingest.store_batch([stranger, forged, no_topic, forged], now=NOON)

    assert (+result.counts, result.receipts) == (Counter(quarantined=4), [])
    stored = await rows(database, "SELECT reason_code, reason FROM quarantine ORDER BY reason")
    assert stored == [
        ("not_enrolled", "demo/market/box-2 is not enrolled"),
        ("invalid_signature", "the signature is not demo/market/box-1's"),
        ("wrong_topic", "the topic is no node's alert topic"),
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
    words = {"message": type(poison.data.message)(zh="\0", en="no database holds a zero")}
    bad = struct_replace(poison, data=struct_replace(poison.data, **words))
    good = [alert_message(f"good-{n}", seq=n) for n in (1, 2, 4, 5)]

    result = await ingest.store_batch(
        [signed_message(m) for m in (*good[:2], bad, *good[2:])], now=NOON
    )

    assert (result.counts["inserted"], result.counts["quarantined"]) == (4, 1)
    stored = {seq for outgoing in result.receipts for seq in acknowledged(outgoing.receipt)}
    assert stored == {1, 2, 3, 4, 5}
    assert [r.seq for s in result.receipts for r in s.receipt.rejected] == [3]
    assert await rows(database, "SELECT n_alerts FROM incident") == [(4,)]


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


@pytest.mark.parametrize(
    ("seqs", "since"),
    [
        ((1, 4, 5, 2, 3), [None, 1, 1, 3, None]),
        ((1, 6, 5, 7), [None, 1, 2, 2]),  # a backlog that drains, the highest level first
    ],
)
async def test_a_gap_counts_from_when_it_last_shrank_and_closes_by_itself(
    ingest: Ingest, database: AsyncEngine, seqs: tuple[int, ...], since: list[int | None]
) -> None:
    gap_starts: list[object] = []
    for n, seq in enumerate(seqs):
        await ingest.store_batch(
            [signed_message(alert_message(f"{seq}", seq=seq))], now=noon_plus(n)
        )
        gap_starts.append((await rows(database, "SELECT hole_since FROM boot"))[0][0])

    assert gap_starts == [None if n is None else noon_plus(n) for n in since]


async def test_no_node_can_revise_the_alert_of_another(
    ingest: Ingest, database: AsyncEngine
) -> None:
    other = Node("demo", "market", "box-2")
    await enroll(database, node=other)
    await ingest.store_batch([signed_message(alert_message(seq=1))], now=noon_plus(1))
    mine = alert_message(seq=1, rev=2, node=other, level=Level.CRITICAL)
    stolen = struct_replace(
        mine,
        id=f"{alert_id_of('a')}:2",
        data=struct_replace(mine.data, alert_id=alert_id_of("a")),
    )
    result = await ingest.store_batch([signed_message(stolen)], now=noon_plus(2))
    own = alert_message(seq=2, rev=2, level=Level.MAJOR)
    after = await ingest.store_batch([signed_message(own)], now=noon_plus(3))

    assert (result.counts["inserted"], result.counts["conflict"]) == (0, 1)
    assert after.counts["inserted"] == 1
    assert await rows(database, "SELECT level, n_alerts FROM incident") == [("major", 1)]
