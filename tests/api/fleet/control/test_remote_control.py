"""A real node, a real broker and the real centre: configuration, commands and drills."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounts.store import Account, Role
from api.areas.hierarchy import AreaLevel
from api.broker.client import BrokerAddress
from api.fleet import queries as fleet_queries
from api.fleet.control import command_store
from api.fleet.control.commands import issue_command
from api.fleet.control.desired_config import (
    ConfigChange,
    ConfigStatus,
    Requester,
    config_status,
    set_desired_config,
)
from api.fleet.control.downlink import Downlink
from api.fleet.queries import CameraRecord, NodeRecord
from api.fleet.report_handler import ReportHandler
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.live.feed import Signal
from pipeline.wire import CommandKind, Reply
from tests.api.alerts import enroll
from tests.brokers import RunningBroker, mosquitto
from tests.edge.control.running_node import clip, running_node, two_cameras
from tests.edge.nodes import CENTRAL, LOGINS, NODE

__all__ = ["clip"]
pytestmark = pytest.mark.slow
EVERYBODY = Account(
    id=0,
    name="a",
    role=Role.ADMIN,
    language="en",
    area_code="",
    area_name="",
    area_level=AreaLevel.CITY,
)


@pytest.fixture
async def broker(database: AsyncEngine, tmp_path: Path) -> AsyncIterator[RunningBroker]:
    """A broker with a centre behind it."""
    await enroll(database)
    (tmp_path / "broker").mkdir()
    with mosquitto(tmp_path / "broker", LOGINS) as running_broker:
        address = BrokerAddress(host="127.0.0.1", port=running_broker.port, password=CENTRAL)
        subscriber = Subscriber(
            address, ingest=Ingest(database), fleet=ReportHandler(database), now=now
        )
        parts = (subscriber, Downlink(database, Signal(), subscriber, now=now))
        tasks = [asyncio.create_task(part.run()) for part in parts]
        yield running_broker
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_node_applies_and_refuses_configurations_answers_commands_and_passes_its_drill(
    database: AsyncEngine, broker: RunningBroker, tmp_path: Path, clip: Path
) -> None:
    with running_node(two_cameras(tmp_path / "node", clip, broker.port)):
        await wait_until(
            lambda: cameras_satisfy(database, lambda _, cameras: cameras == {"online"})
        )

        await set_config(database, {"camera": [{"name": "north-gate", "spead": 2}]})
        await wait_until(lambda: has_status(database, ConfigStatus.REFUSED))
        [refusal] = (await get_node(database)).reported.refused  # type: ignore[union-attr]
        await set_config(database, {"camera": [{"name": "north-gate"}, {"name": "south-gate"}]})
        await wait_until(lambda: has_status(database, ConfigStatus.APPLIED))

        ping = await run_command(database, CommandKind.PING, None)
        test = await run_command(database, CommandKind.SELF_TEST, "north-gate")

    [north, south] = await list_cameras(database)
    assert "spead" in refusal.key
    assert ping.state == "done"
    assert (test.state, [step.name for step in test.steps if step.passed]) == (
        "done",
        ["capture", "model", "outbox", "centre"],
    )
    assert (north.drill_passed_at is not None, south.drill_passed_at) == (True, None)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the clock of this program


async def set_config(engine: AsyncEngine, tables: dict[str, object]) -> None:
    async with engine.begin() as connection:
        await set_desired_config(
            connection, NODE, ConfigChange(tables=tables), by=Requester(name="chief", at=now())
        )


async def run_command(engine: AsyncEngine, kind: CommandKind, camera: str | None) -> Reply:
    async with engine.begin() as connection:
        requester = Requester(name="chief", at=now())
        command = await issue_command(connection, NODE, kind, camera=camera, by=requester)
    replies: list[Reply] = []

    async def has_reply() -> bool:
        async with engine.connect() as connection:
            record = await command_store.get_command(connection, NODE, command.id)
        replies[:] = [record.reply] if record and record.reply else []
        return bool(replies)

    await wait_until(has_reply)
    return replies[0]


async def cameras_satisfy(
    engine: AsyncEngine, condition: Callable[[NodeRecord, set[str]], bool]
) -> bool:
    states = {camera.state for camera in await list_cameras(engine)}
    return condition(await get_node(engine), states)


async def has_status(engine: AsyncEngine, status: ConfigStatus) -> bool:
    node = await get_node(engine)
    reported = node.reported
    facts = (reported.rev, reported.seen_rev, reported.outcome) if reported else None
    return config_status(node.desired_rev, facts) is status


async def get_node(engine: AsyncEngine) -> NodeRecord:
    async with engine.connect() as connection:
        node = await fleet_queries.get_node(connection, NODE)
    assert node is not None
    return node


async def list_cameras(engine: AsyncEngine) -> list[CameraRecord]:
    async with engine.connect() as connection:
        return await fleet_queries.list_cameras(connection, EVERYBODY, after=("", ""), limit=10)


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110  # other tasks and threads make it true
            await asyncio.sleep(0.05)
