import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.embedded.broker import EmbeddedBroker
from api.embedded.broker_probe import can_log_in
from api.embedded.broker_supervisor import supervise
from pipeline.wire.signature import broker_password
from tests.api.alerts import ALERT_NODE, KEY, enroll
from tests.brokers import free_port


@pytest.fixture
async def broker(tmp_path: Path, database: AsyncEngine) -> AsyncIterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path, host="127.0.0.1", port=free_port()) as running:
        task = asyncio.create_task(supervise(running, database, every_s=0.05))
        yield running
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_newly_enrolled_node_can_connect(
    broker: EmbeddedBroker, database: AsyncEngine
) -> None:
    await enroll(database)

    await wait_for_login(broker, user=str(ALERT_NODE), password=broker_password(KEY))


async def test_a_dead_broker_is_restarted(broker: EmbeddedBroker) -> None:
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)

    await wait_for_login(broker, user="central", password=broker.password)


async def wait_for_login(broker: EmbeddedBroker, *, user: str, password: str) -> None:
    async with asyncio.timeout(20):
        while not await can_log_in(broker.host, broker.port, user=user, password=password):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)


async def test_a_gate_full_of_strangers_is_not_restarted(broker: EmbeddedBroker) -> None:
    pid = broker.gate_pid
    strangers = [socket.create_connection((broker.host, broker.port)) for _ in range(300)]
    try:
        assert await broker.is_healthy()
        assert broker.gate_pid == pid
    finally:
        for stranger in strangers:
            stranger.close()


async def test_a_hanging_gate_is_found(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.embedded.broker.GATE_SILENT_S", -1.0)

    assert not await broker.is_healthy()
