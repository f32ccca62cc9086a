"""What is wanted and asked of a box, over real brokers."""

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

PASSWORD = "the centre's own"
CONFIG, REPLY = ALERT_NODE.topic("down", "config"), "reply"


class Steered:
    """A box that hears what comes down, and answers commands."""

    def __init__(self, port: int) -> None:
        self.heard: queue.Queue[IncomingMessage] = queue.Queue()
        will = signed_status(ALERT_NODE, "offline", key=KEY, boot_id="b", software="")
        address = Broker(host="127.0.0.1", port=port)
        self._line = Connection(
            address, broker_login(ALERT_NODE, KEY), will=will, on_event=self._tell
        )
        self._line.open(ALERT_NODE.topic("down", "#"))

    def next(self, below: str) -> IncomingMessage:
        while True:
            one = self.heard.get(timeout=15)
            assert verify_signature(KEY, one.topic, one.payload, one.signature)
            if one.topic.startswith(ALERT_NODE.topic("down", below)):
                return one

    def say_online(self) -> None:
        self._line.publish(signed_status(ALERT_NODE, "online", key=KEY, boot_id="b", software=""))

    def answer(self, asked: Command) -> None:
        said = Reply(id=asked.id, kind=asked.kind, state="done", at=asked.at)
        self._line.publish(
            signed_report(KEY, ALERT_NODE.topic("up", REPLY, asked.id), encode_message(said))
        )

    def close(self) -> None:
        self._line.close()

    def _tell(self, event: ConnectionEvent) -> None:
        if isinstance(event, IncomingMessage):
            self.heard.put(event)


@pytest.fixture(params=[mosquitto, iotcore], ids=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    logins = {"central": PASSWORD, str(ALERT_NODE): broker_password(KEY)}
    with request.param(tmp_path, logins) as running:
        yield running


@pytest.fixture
async def line(database: AsyncEngine, broker: RunningBroker) -> AsyncIterator[Subscriber]:
    await enroll(database)
    line = Subscriber(
        BrokerAddress(host="127.0.0.1", port=broker.port, password=PASSWORD),
        ingest=Ingest(database),
        fleet=ReportHandler(database),
        now=now,
    )
    live = LiveFeed(database)
    down = Downlink(database, live.signal, line, now=now)
    tasks = [asyncio.create_task(one.run()) for one in (live, line, down)]
    await until(lambda: line.is_up)
    yield line
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the clock of this program


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110  # it changes in another task
            await asyncio.sleep(0.01)


def asker() -> Requester:
    return Requester(name="chief", at=now())


async def put(engine: AsyncEngine, fps: int) -> None:
    async with engine.begin() as connection:
        await set_desired_config(
            connection, ALERT_NODE, ConfigChange(tables={"model": {"detect_fps": fps}}), by=asker()
        )


async def test_configurations_are_sent_again_after_the_broker_lost_them(
    line: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    await put(database, 4)
    await put(database, 5)
    box = Steered(broker.port)
    first = await asyncio.to_thread(newest, box, 2)
    box.close()
    broker.kill()
    await until(lambda: not line.is_up)
    await asyncio.to_thread(broker.start_again)
    await until(lambda: line.is_up)
    box = Steered(broker.port)
    again = await asyncio.to_thread(newest, box, 2)
    box.close()

    assert bytes(first.config) == bytes(again.config) == b'{"model":{"detect_fps":5}}'


def newest(box: Steered, rev: int) -> DesiredConfig:
    """Wait for a revision; those before it may or may not come."""
    while True:
        told = decode_message(box.next("config").payload, DesiredConfig)
        if told.rev == rev:
            return told


async def test_a_command_reaches_a_node_that_comes_back_and_its_reply_is_stored(
    line: Subscriber, broker: RunningBroker, database: AsyncEngine
) -> None:
    async with database.begin() as connection:
        asked = await issue_command(connection, ALERT_NODE, CommandKind.PING, by=asker())
    async with asyncio.timeout(15):
        while (await found(database, asked.id)).sent_at is None:  # noqa: ASYNC110  # another task
            await asyncio.sleep(0.02)

    box = Steered(broker.port)
    box.say_online()
    told = decode_message((await asyncio.to_thread(box.next, "command")).payload, Command)
    box.answer(told)
    async with asyncio.timeout(15):
        while (await found(database, asked.id)).state is None:  # noqa: ASYNC110  # another task
            await asyncio.sleep(0.02)
    box.close()

    assert line.is_up
    assert (told.id, told.kind) == (str(asked.id), "ping")
    assert (await found(database, asked.id)).state == "done"


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


async def found(engine: AsyncEngine, id_: object) -> command_store.CommandRecord:
    async with engine.connect() as connection:
        one = await command_store.get_command(connection, ALERT_NODE, id_)  # type: ignore[arg-type]
    assert one is not None
    return one
