"""Messages that are wrong in any way: refused alone, and without an effect on the others."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport, parse_node, parse_report
from api.ingest.batch import Ingest
from api.ingest.store import MAX_BOOTS_PER_NODE
from api.ingest.validation import (
    IncomingMessage,
    RejectedMessage,
    ValidAlert,
    validate_message,
)
from api.quarantine.budget import (
    BURST,
    MAX_PER_S_AMONG_FORGED,
    MAX_PER_S_WHILE_LOUD,
    UNKNOWN_SENDER,
    RefusalBudget,
)
from api.quarantine.store import MAX_ROWS_PER_SENDER
from gridwatch.benchmarks.central.mutations import Mutator, RawMessage
from pipeline.errors import WireError
from pipeline.wire import sign
from tests.api.alerts import (
    ALERT_NODE,
    KEY,
    NOON,
    alert_message,
    enroll,
    noon_plus,
    signed_message,
    signed_payload,
)
from tests.api.databases import rows, scalar
from tests.api.signed_reports import camera_report, config_report, health_report, status_report

REPORTS = (status_report(), camera_report(), health_report(rows=3), config_report(2))
SAMPLE = [
    *(RawMessage(m.topic, m.payload) for m in (signed_message(alert_message()),)),
    *(RawMessage(report.topic, report.payload) for report in REPORTS),
]
KEYS = {str(ALERT_NODE): KEY}


def mutated(seed: int, n: int) -> list[RawMessage]:
    mutator = Mutator(ALERT_NODE, SAMPLE, np.random.Generator(np.random.PCG64(seed)))
    return [mutator.next() for _ in range(n)]


def signed(message: RawMessage) -> IncomingMessage:
    signature = sign(KEY, message.topic, message.payload)
    return IncomingMessage(topic=message.topic, payload=message.payload, signature=signature)


@given(st.integers(0, 2**32))
def test_a_mutated_message_is_valid_or_rejected_and_never_raises(seed: int) -> None:
    for message in mutated(seed, 20):
        checked = validate_message(signed(message), KEYS, now=NOON)

        assert isinstance(checked, ValidAlert | RejectedMessage)


@given(st.integers(0, 2**32))
def test_a_mutated_report_is_parsed_or_refused(seed: int) -> None:
    for message in mutated(seed, 20):
        report = RawReport(
            topic=message.topic,
            payload=message.payload,
            signature=sign(KEY, message.topic, message.payload),
        )
        with suppress(WireError):
            parse_report(report, parse_node(report), KEY, now=NOON)


@given(st.text(st.characters()), st.binary(max_size=50), st.text(st.characters(), max_size=70))
def test_any_topic_payload_and_signature_are_rejected(
    topic: str, payload: bytes, signature: str
) -> None:
    incoming = IncomingMessage(topic=topic, payload=payload, signature=signature)

    assert isinstance(validate_message(incoming, KEYS, now=NOON), RejectedMessage)


@pytest.mark.slow
async def test_any_mutated_message_is_stored_or_quarantined(
    ingest: Ingest, database: AsyncEngine
) -> None:
    reports = ReportHandler(database)
    n_alerts = 0
    for message in mutated(seed=11, n=400):
        if "/up/alert/" in message.topic:
            n_alerts += 1
            result = await ingest.store_batch([signed(message)], now=NOON)
            outcomes = ("inserted", "duplicate", "conflict", "quarantined")
            assert sum(result.counts[outcome] for outcome in outcomes) == 1
        else:
            incoming = signed(message)
            report = RawReport(
                topic=message.topic, payload=message.payload, signature=incoming.signature
            )
            await reports.handle(report, now=NOON)

    assert n_alerts > 50
    refused = "SELECT sum(refused) > 50, sum(dropped) > 50 FROM refused_count"
    assert await rows(database, refused) == [(True, True)]


@pytest.mark.parametrize(
    "topic", ["gw/v1/a/b/c/up/alert/\0/x", "\ud800", "gw/v1/" + "x" * 60_000, "gw/v1/\udfff/b/c/up"]
)
async def test_a_topic_that_the_database_cannot_hold_is_quarantined_and_delays_nobody(
    ingest: Ingest, database: AsyncEngine, topic: str
) -> None:
    odd = IncomingMessage(topic=topic, payload=b"{}")

    result = await ingest.store_batch([odd, signed_message(alert_message())], now=NOON)

    assert +result.counts == Counter(quarantined=1, inserted=1)
    [(code, node)] = await rows(database, "SELECT reason_code, node FROM quarantine")
    assert code in {"wrong_topic", "not_enrolled"}
    assert node == ""


@pytest.mark.parametrize(
    "at", [datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC), noon_plus(1e9)]
)
async def test_an_alert_far_from_now_is_quarantined_and_the_others_are_stored(
    ingest: Ingest, database: AsyncEngine, at: datetime
) -> None:
    far = alert_message("far", seq=1, at=at)
    good = alert_message("good", seq=2)

    result = await ingest.store_batch([signed_message(far), signed_message(good)], now=NOON)

    assert +result.counts == Counter(quarantined=1, inserted=1)
    assert [r.seq for r in result.receipts[0].receipt.rejected] == [1]
    assert await scalar(database, "SELECT max(last_at) FROM incident") == NOON


async def test_a_node_whose_clock_was_at_the_end_of_the_calendar_is_served(
    ingest: Ingest, database: AsyncEngine
) -> None:
    wrong = health_report(at=datetime(9999, 12, 31, tzinfo=UTC))
    await ReportHandler(database).handle(wrong, now=NOON)

    result = await ingest.store_batch([signed_message(alert_message())], now=NOON)

    assert +result.counts == Counter(inserted=1)
    assert await scalar(database, "SELECT node FROM quarantine") == str(ALERT_NODE)


async def test_a_report_with_an_invalid_byte_in_a_key_is_quarantined(
    database: AsyncEngine,
) -> None:
    await enroll(database)
    report = config_report(2)
    payload = report.payload.replace(b'"camera"', b'"\xff"')
    bad = replace(report, payload=payload, signature=sign(KEY, report.topic, payload))

    await ReportHandler(database).handle(bad, now=NOON)

    assert await rows(database, "SELECT reason_code, node FROM quarantine") == [
        ("unreadable", str(ALERT_NODE))
    ]
    assert await rows(database, "SELECT 1 FROM node_reported") == []


@pytest.mark.slow
async def test_the_quarantine_of_one_node_is_bounded_and_counts_what_it_drops(
    ingest: Ingest, database: AsyncEngine
) -> None:
    topic = signed_message(alert_message()).topic
    messages = [signed_payload(topic, b"%d" % n) for n in range(MAX_ROWS_PER_SENDER + 100)]
    stranger = IncomingMessage(topic="weather", payload=b"x")

    await ingest.store_batch([stranger], now=NOON)
    for n, message in enumerate(messages):  # within the budget: one a second
        await ingest.store_batch([message], now=NOON + timedelta(seconds=n))

    kept = "SELECT node, count(*), min(received_at) FROM quarantine GROUP BY node ORDER BY node"
    assert await rows(database, kept) == [
        ("", 1, NOON),
        (str(ALERT_NODE), MAX_ROWS_PER_SENDER, noon_plus(100)),
    ]
    counts = "SELECT sum(refused), sum(dropped) FROM refused_count WHERE node <> ''"
    assert await rows(database, counts) == [(MAX_ROWS_PER_SENDER + 100, 100)]


async def test_a_node_that_names_a_new_boot_each_time_does_not_fill_the_database(
    ingest: Ingest, database: AsyncEngine
) -> None:
    for first in range(0, MAX_BOOTS_PER_NODE + 50, 50):
        batch = [
            signed_message(alert_message(f"{n}", boot_id=f"boot-{n}", seq=2))
            for n in range(first, first + 50)
        ]
        result = await ingest.store_batch(batch, now=noon_plus(first))
        assert len(result.receipts) == 50

    oldest = "SELECT count(*), min(last_at) FROM boot"
    assert await rows(database, oldest) == [(MAX_BOOTS_PER_NODE, noon_plus(50))]


async def test_beyond_its_budget_a_node_gets_no_receipts_for_refused_messages(
    ingest: Ingest, database: AsyncEngine
) -> None:
    topic = signed_message(alert_message()).topic
    flood = [
        signed_payload(topic, b'{"bootid":"boot-1","seq":%d}' % seq) for seq in range(1, BURST + 51)
    ]

    result = await ingest.store_batch([*flood, signed_message(alert_message(seq=999))], now=NOON)

    assert +result.counts == Counter(quarantined=BURST + 50, dropped=50, inserted=1)
    [outgoing] = result.receipts
    assert len(outgoing.receipt.rejected) == BURST
    assert outgoing.receipt.acked_seq == BURST
    assert outgoing.receipt.also == (999,)
    assert await scalar(database, "SELECT count(*) FROM quarantine") == BURST


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(-10, 100)), max_size=60))
def test_no_sender_ever_takes_more_than_burst_and_refill(takes: list[tuple[str, float]]) -> None:
    budget, at, latest, taken = RefusalBudget(burst=5, refill_per_s=1), NOON, NOON, Counter[str]()
    for sender, step_s in takes:
        at += timedelta(seconds=step_s)
        latest = max(latest, at)
        taken[sender] += budget.take(sender, now=at)

    elapsed_s = sum(max(0.0, step_s) for _, step_s in takes)
    assert all(n <= 5 + elapsed_s for n in taken.values())


def test_a_loud_sender_is_heard_a_little_until_it_has_recovered() -> None:
    budget = RefusalBudget()
    while budget.take("loud", now=NOON):
        pass

    first = [budget.admits("loud", now=NOON) for _ in range(50)]
    later = noon_plus(1)
    second = [budget.admits("loud", now=later) for _ in range(50)]
    recovered = noon_plus(BURST / 2 + 1)

    assert sum(first) == sum(second) == MAX_PER_S_WHILE_LOUD
    assert budget.is_anybody_loud(now=NOON)
    assert not budget.is_anybody_loud(now=recovered)
    assert all(budget.admits("quiet", now=NOON) for _ in range(1000))
    assert all(budget.admits("loud", now=recovered) for _ in range(1000))


def test_while_unknown_senders_are_loud_no_node_is_shut_out() -> None:
    budget = RefusalBudget()
    while budget.take(UNKNOWN_SENDER, now=NOON):
        pass

    admitted = [budget.admits("claimed", now=NOON) for _ in range(1000)]

    assert sum(admitted) == MAX_PER_S_AMONG_FORGED
    assert budget.admits("other", now=NOON)
