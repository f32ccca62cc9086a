"""Configurations and commands reach a node over real brokers."""

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.broker.client import BrokerAddress
from api.fleet.control import command_store
from api.fleet.control.commands import issue_command
from api.fleet.control.desired_config import (
    ConfigChange,
    Requester,
    set_desired_config,
)
from api.fleet.control.downlink import Downlink
from api.fleet.report_handler import ReportHandler
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.live.feed import LiveFeed
from edge.outbox.mqtt import Broker, Connection, ConnectionEvent, IncomingMessage
from edge.outbox.signed_messages import broker_login, signed_report, signed_status
from pipeline.wire import (
    Command,
    CommandKind,
    DesiredConfig,
    Reply,
    decode_message,
    encode_message,
    verify_signature,
)
from pipeline.wire.signature import broker_password
from tests.api.alerts import ALERT_NODE, KEY, NOON, enroll
from tests.brokers import RunningBroker, iotcore, mosquitto

PASSWORD = "of the centre"
CONFIG, REPLY = ALERT_NODE.topic("down", "config"), "reply"


class CommandedNode:
    """A node that receives configurations and commands, and replies."""

    def __init__(self, port: int) -> None:
        self.received: queue.Queue[IncomingMessage] = queue.Queue()
        will = signed_status(ALERT_NODE, "offline", key=KEY, boot_id="b", software="")
        address = Broker(host="127.0.0.1", port=port)
        self._connection = Connection(
            address, broker_login(ALERT_NODE, KEY), will=will, on_event=self._on_event
        )
        self._connection.open(ALERT_NODE.topic("down", "#"))

    def next(self, below: str) -> IncomingMessage:
        while True:
            item = self.received.get(timeout=15)
            assert verify_signature(KEY, item.topic, item.payload, item.signature)
            if item.topic.startswith(ALERT_NODE.topic("down", below)):
                return item

    def send_online(self) -> None:
        self._connection.publish(
            signed_status(ALERT_NODE, "online", key=KEY, boot_id="b", software="")
        )

    def answer(self, command: Command) -> None:
        reply = Reply(id=command.id, kind=command.kind, state="done", at=command.at)
        self._connection.publish(
            signed_report(KEY, ALERT_NODE.topic("up", REPLY, command.id), encode_message(reply))
        )

    def close(self) -> None:
        self._connection.close()

    def _on_event(self, event: ConnectionEvent) -> None:
        if isinstance(event, IncomingMessage):
            self.received.put(event)


@pytest.fixture(params=[mosquitto, iotcore], ids=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    logins = {"central": PASSWORD, str(ALERT_NODE): broker_password(KEY)}
    with request.param(tmp_path, logins) as running:
        yield running


@pytest.fixture
async def subscriber(database: AsyncEngine, broker: RunningBroker) -> AsyncIterator[Subscriber]:
    await enroll(database)
    subscriber = Subscriber(
        BrokerAddress(host="127.0.0.1", port=broker.port, password=PASSWORD),
        ingest=Ingest(database),
        fleet=ReportHandler(database),
        now=now,
    )
    live = LiveFeed(database)
    downlink = Downlink(database, live.signal, subscriber, now=now)
    tasks = [asyncio.create_task(item.run()) for item in (live, subscriber, downlink)]
    await wait_until(lambda: subscriber.is_up)
    yield subscriber
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the clock of this program


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110  # it changes in another task
            await asyncio.sleep(0.01)


def requester() -> Requester:
    return Requester(name="chief", at=now())


async def set_fps(engine: AsyncEngine, fps: int) -> None:
    async with engine.begin() as connection:
        await set_desired_config(
            connection,
            ALERT_NODE,
            ConfigChange(tables={"model": {"detect_fps": fps}}),
            by=requester(),
        )


async def test_configurations_are_sent_again_after_the_broker_lost_them(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    await set_fps(database, 4)
    await set_fps(database, 5)
    node = CommandedNode(broker.port)
    first = await asyncio.to_thread(wait_for_revision, node, 2)
    node.close()
    broker.kill()
    await wait_until(lambda: not subscriber.is_up)
    await asyncio.to_thread(broker.start_again)
    await wait_until(lambda: subscriber.is_up)
    node = CommandedNode(broker.port)
    second = await asyncio.to_thread(wait_for_revision, node, 2)
    node.close()

    assert bytes(first.config) == bytes(second.config) == b'{"model":{"detect_fps":5}}'


def wait_for_revision(node: CommandedNode, rev: int) -> DesiredConfig:
    """Wait for a revision; earlier ones may or may not arrive."""
    while True:
        message = decode_message(node.next("config").payload, DesiredConfig)
        if message.rev == rev:
            return message


async def test_a_command_reaches_a_node_that_comes_back_and_its_reply_is_stored(
    subscriber: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    async with database.begin() as connection:
        command = await issue_command(connection, ALERT_NODE, CommandKind.PING, by=requester())
    async with asyncio.timeout(15):
        while (await get_command_of(database, command.id)).sent_at is None:  # noqa: ASYNC110  # another task
            await asyncio.sleep(0.02)

    node = CommandedNode(broker.port)
    node.send_online()
    message = decode_message((await asyncio.to_thread(node.next, "command")).payload, Command)
    node.answer(message)
    async with asyncio.timeout(15):
        while (await get_command_of(database, command.id)).state is None:  # noqa: ASYNC110  # another task
            await asyncio.sleep(0.02)
    node.close()

    assert subscriber.is_up
    assert (message.id, message.kind) == (str(command.id), "ping")
    assert (await get_command_of(database, command.id)).state == "done"


async def test_an_expired_command_is_not_sent(database: AsyncEngine) -> None:
    await enroll(database)
    async with database.begin() as connection:
        await issue_command(
            connection, ALERT_NODE, CommandKind.PING, by=Requester(name="chief", at=NOON)
        )

        later = NOON + timedelta(minutes=2)
        assert await command_store.list_unanswered_commands(connection, now=NOON) != []
        assert await command_store.list_unanswered_commands(connection, now=later) == []
        assert await connection.scalar(text("SELECT count(*) FROM audit_log")) == 1


async def get_command_of(engine: AsyncEngine, id_: object) -> command_store.CommandRecord:
    async with engine.connect() as connection:
        item = await command_store.get_command(connection, ALERT_NODE, id_)  # type: ignore[arg-type]
    assert item is not None
    return item
