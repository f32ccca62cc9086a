"""Messages through a real broker; the same tests run on each broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.broker.client import BrokerAddress
from api.fleet.report_handler import ReportHandler
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.quarantine.budget import RefusalBudget
from edge.outbox.mqtt import OutgoingMessage
from edge.outbox.signed_messages import signed_report, signed_status
from pipeline.wire import CameraState, Node, encode_message
from pipeline.wire.signature import broker_password
from tests.api.alerts import ALERT_NODE, KEY, NOON, alert_message, enroll, signed_message
from tests.api.databases import scalar
from tests.api.nodes import connected_node
from tests.brokers import RunningBroker, iotcore, mosquitto

QUIET_NODE, QUIET_KEY = Node("demo", "market", "box-2"), bytes(32)
PASSWORD = "the centre's own"


@pytest.fixture(params=[mosquitto, iotcore], ids=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    keys = {ALERT_NODE: KEY, QUIET_NODE: QUIET_KEY}
    logins = {str(node): broker_password(key) for node, key in keys.items()}
    with request.param(tmp_path, {"central": PASSWORD, **logins}) as running:
        yield running


@pytest.fixture
async def subscriber(database: AsyncEngine, broker: RunningBroker) -> AsyncIterator[Subscriber]:
    await enroll(database)
    budget = RefusalBudget()
    subscriber = Subscriber(
        BrokerAddress(host="127.0.0.1", port=broker.port, password=PASSWORD),
        ingest=Ingest(database, budget),
        fleet=ReportHandler(database, budget),
        budget=budget,
        now=lambda: datetime.now(UTC),  # noqa: TID251  # the clock of this program
    )
    task = asyncio.create_task(subscriber.run())
    await until(lambda: subscriber.is_up)
    yield subscriber
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110  # it changes in another task
            await asyncio.sleep(0.01)


async def test_published_alerts_are_stored_and_get_receipts(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    with connected_node(broker.port) as node:
        node.publish(*[alert_message(f"{n}", seq=n) for n in range(1, 301)])

        acked = 0
        while acked < 300:
            acked = (await asyncio.to_thread(node.next_receipt)).acked_seq

    assert subscriber.is_up
    assert await scalar(database, "SELECT count(*) FROM inbox") == 300


async def test_invalid_messages_do_not_stop_ingest(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    good = signed_message(alert_message())
    with connected_node(broker.port) as node:
        for junk in (
            b"",
            b"\xff\xfe",
            b"{",
            b"[" * 5000,
            b'{"bootid":"b","seq":9}',
            b"0" * 100_000,
        ):
            node.publish_raw(good.topic, junk)
            node.publish_raw(good.topic + "/deeper", junk, is_signed=False)
        node.publish(alert_message(seq=1))

        receipts = [(await asyncio.to_thread(node.next_receipt)) for _ in range(2)]

    assert {r.boot_id for r in receipts} == {"b", "boot-1"}
    assert [x.seq for r in receipts for x in r.rejected] == [9]
    assert await scalar(database, "SELECT count(*) FROM quarantine") == 12
    assert subscriber.is_up


async def test_a_topic_that_is_no_alert_topic_does_not_end_the_session(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    connections = subscriber.connection_count
    with connected_node(broker.port) as node:
        for seq in range(1, 40):
            node.publish(alert_message(f"{seq}", seq=seq))
            node.publish_raw(ALERT_NODE.topic("up", "alert"), b"%d" % seq)
        acked = 0
        while acked < 39:
            acked = (await asyncio.to_thread(node.next_receipt)).acked_seq

    await wait_for_row(database, "SELECT 1 FROM quarantine HAVING count(*) = 39")
    assert subscriber.connection_count == connections
    assert subscriber.is_up


@pytest.mark.parametrize("value", ["\ufeff", "\0", "9999-12-31T23:59:59-12:00", "x" * 60_000])
async def test_an_odd_user_property_does_not_end_the_session(
    subscriber: Subscriber, broker: RunningBroker, value: str
) -> None:
    connections = subscriber.connection_count
    odd, good = (signed_message(alert_message(name, seq=n)) for n, name in ((1, "a"), (2, "b")))
    with connected_node(broker.port) as node:
        properties = {"sig": odd.signature, "decided_at": value}
        node.send(OutgoingMessage(topic=odd.topic, payload=odd.payload, properties=properties))
    with connected_node(broker.port) as node:  # some brokers disconnect the sender
        node.publish_raw(good.topic, good.payload)
        receipt = await asyncio.to_thread(node.next_receipt)

    assert receipt.boot_id == "boot-1"
    assert subscriber.connection_count == connections


@pytest.mark.slow
async def test_beside_a_flood_of_faults_another_node_gets_its_receipts(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    topic = signed_message(alert_message()).topic
    await enroll(database, QUIET_NODE, QUIET_KEY)
    with connected_node(broker.port) as loud:
        for n in range(2000):
            loud.publish_raw(topic, b"%d" % n)
        await wait_for_row(database, "SELECT 1 FROM refused_count HAVING sum(refused) > 100")
        for n in range(2000):
            loud.publish_raw(topic, b"%d" % n)
        with connected_node(broker.port, QUIET_NODE, QUIET_KEY) as quiet:
            quiet.publish(alert_message("quiet", node=QUIET_NODE, seq=1))
            receipt = await asyncio.to_thread(quiet.next_receipt)

    assert (receipt.boot_id, receipt.acked_seq) == ("boot-1", 1)
    refused = await scalar(database, "SELECT sum(refused) FROM refused_count")
    assert isinstance(refused, Decimal)
    assert 100 < refused < 4000
    assert subscriber.is_up


async def test_alerts_sent_again_after_the_broker_lost_its_data_are_stored(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    broker.kill()
    await until(lambda: not subscriber.is_up)
    await asyncio.to_thread(broker.start_again)
    await until(lambda: subscriber.is_up)

    with connected_node(broker.port) as node:
        node.publish(alert_message(seq=1))
        receipt = await asyncio.to_thread(node.next_receipt)

    assert receipt.acked_seq == 1
    assert await scalar(database, "SELECT count(*) FROM alert") == 1


async def test_the_state_of_nodes_and_cameras_is_stored(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    camera = CameraState(state="degraded", since=NOON, reason="no key frame")
    with connected_node(broker.port) as node:
        node.send(signed_status(ALERT_NODE, "online", key=KEY, boot_id="boot-2", software=""))
        topic = ALERT_NODE.topic("up", "camera", "north-gate")
        node.send(signed_report(KEY, topic, encode_message(camera)))
        node.send(
            signed_status(ALERT_NODE, "offline", key=KEY, boot_id="boot-1", software="")
        )  # old
        await wait_for_row(database, "SELECT 1 FROM camera WHERE state = 'degraded'")

    assert await scalar(database, "SELECT state FROM node") == "online"
    topics = await scalar(database, "SELECT array_agg(topic ORDER BY seq) FROM event_log")
    assert topics == ["node", "camera"]
    assert subscriber.is_up


async def wait_for_row(engine: AsyncEngine, query: str) -> None:
    async with asyncio.timeout(10):
        while await scalar(engine, query) is None:  # noqa: ASYNC110  # another task writes it
            await asyncio.sleep(0.02)
