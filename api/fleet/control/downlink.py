"""What is wanted and asked of boxes, on its way down, as often as it takes."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.fleet.control import command_store, config_store
from api.fleet.control.command_store import CommandRecord
from api.fleet.store import get_node_keys
from api.live.feed import Signal, run_on_signal
from pipeline.wire import Command, Node, encode_message

MIN_INTERVAL_S = 0.1
"""Between two looks: the bell rings for every batch of alerts."""

log = structlog.get_logger(__name__)


class NodeSender(Protocol):
    """The way to the boxes.

    Attributes:
        connection_count: Counts; a new one means that the broker may hold nothing any more.
    """

    connection_count: int

    @property
    def is_up(self) -> bool:
        """Whether anything can be sent at all."""

    def send_to_node(
        self, node: Node, *below: str, payload: bytes, key: bytes, retain: bool = False
    ) -> bool:
        """Send below the box's own ``down/``, signed; ``False`` where nobody takes it."""


class Downlink:
    """Sends each newest configuration once a broker's life, and each command until it expires.

    Any number of processes may run one: a box does each command once, and leaves aside a
    configuration that it knows.

    Args:
        bell: Wakes it when something is asked.
    """

    def __init__(
        self, engine: AsyncEngine, bell: Signal, line: NodeSender, *, now: Callable[[], datetime]
    ) -> None:
        self._engine, self._bell, self._line, self._now = engine, bell, line, now
        self._logins = -1
        self._sent: dict[str, int] = {}

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        await run_on_signal(self._bell, self._work_and_rest, failed="downlink_failed")

    async def send_pending(self) -> int:
        """Send what is to be sent now, and tell how much that was."""
        if not self._line.is_up:
            return 0
        if self._line.connection_count != self._logins:
            self._sent.clear()
            self._logins = self._line.connection_count
        async with self._engine.begin() as connection:
            configs = await self._send_configs(connection)
            return configs + await self._send_commands(connection)

    async def _work_and_rest(self) -> None:
        await self.send_pending()
        await asyncio.sleep(MIN_INTERVAL_S)

    async def _send_configs(self, connection: AsyncConnection) -> int:
        newest = await config_store.list_latest_revision_numbers(connection)
        fresh = sorted(node for node, rev in newest.items() if self._sent.get(node) != rev)
        if not fresh:
            return 0
        keys = await get_node_keys(connection, fresh)
        for wanted in await config_store.list_latest_revisions(connection, fresh):
            node, payload = Node.parse(wanted.node), encode_message(wanted.message)
            key = keys[wanted.node]
            if self._line.send_to_node(node, "config", payload=payload, key=key, retain=True):
                self._sent[wanted.node] = wanted.rev
                log.info("config_sent", node=wanted.node, rev=wanted.rev)
        return len(fresh)

    async def _send_commands(self, connection: AsyncConnection) -> int:
        now = self._now()
        waiting = await command_store.list_unanswered_commands(connection, now=now)
        if not waiting:
            return 0
        keys = await get_node_keys(connection, sorted({one.node for one in waiting}))
        sent = [one.id for one in waiting if self._ask(one, keys[one.node])]
        await command_store.mark_sent(connection, sent, now=now)
        return len(sent)

    def _ask(self, one: CommandRecord, key: bytes) -> bool:
        told = Command(
            id=str(one.id), kind=one.kind, at=one.at, expires_at=one.expires_at, camera=one.camera
        )
        log.info("command_sent", node=one.node, command=str(one.id), kind=one.kind)
        below = ("command", str(one.id))
        return self._line.send_to_node(
            Node.parse(one.node), *below, payload=encode_message(told), key=key
        )
