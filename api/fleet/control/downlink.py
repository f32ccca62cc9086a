"""Send desired configurations and commands to the nodes until they arrive."""

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
"""Shortest time between two runs; the signal also fires for every batch of alerts."""

log = structlog.get_logger(__name__)


class NodeSender(Protocol):
    """Sends messages to nodes; the MQTT subscriber implements it.

    Attributes:
        connection_count: Connections made so far; after a new one the broker may have lost the
            retained configurations.
    """

    connection_count: int

    @property
    def is_up(self) -> bool:
        """Whether the broker is connected."""

    def send_to_node(
        self, node: Node, *below: str, payload: bytes, key: bytes, retain: bool = False
    ) -> bool:
        """Publish a signed message below the node's ``down/``; return whether it was accepted."""


class Downlink:
    """Sends the newest configurations once per broker connection, and commands until they expire.

    Several processes may run one: a node carries out each command once, and ignores a
    configuration that it already has.

    Args:
        signal: Wakes it when something is to be sent.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        signal: Signal,
        sender: NodeSender,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._signal, self._sender, self._now = engine, signal, sender, now
        self._connection_count = -1
        self._sent_revs: dict[str, int] = {}

    async def run(self) -> None:
        """Send until cancelled; wait for a database that is down."""
        await run_on_signal(self._signal, self._send_and_pause, failed="downlink_failed")

    async def send_pending(self) -> int:
        """Send what is pending now; return the number of messages."""
        if not self._sender.is_up:
            return 0
        if self._sender.connection_count != self._connection_count:
            self._sent_revs.clear()
            self._connection_count = self._sender.connection_count
        async with self._engine.begin() as connection:
            configs = await self._send_configs(connection)
            return configs + await self._send_commands(connection)

    async def _send_and_pause(self) -> None:
        await self.send_pending()
        await asyncio.sleep(MIN_INTERVAL_S)

    async def _send_configs(self, connection: AsyncConnection) -> int:
        latest = await config_store.list_latest_revision_numbers(connection)
        outdated = sorted(node for node, rev in latest.items() if self._sent_revs.get(node) != rev)
        if not outdated:
            return 0
        keys = await get_node_keys(connection, outdated)
        for revision in await config_store.list_latest_revisions(connection, outdated):
            node, payload = Node.parse(revision.node), encode_message(revision.message)
            key = keys[revision.node]
            if self._sender.send_to_node(node, "config", payload=payload, key=key, retain=True):
                self._sent_revs[revision.node] = revision.rev
                log.info("config_sent", node=revision.node, rev=revision.rev)
        return len(outdated)

    async def _send_commands(self, connection: AsyncConnection) -> int:
        now = self._now()
        commands = await command_store.list_unanswered_commands(connection, now=now)
        if not commands:
            return 0
        keys = await get_node_keys(connection, sorted({command.node for command in commands}))
        sent = [
            command.id for command in commands if self._send_command(command, keys[command.node])
        ]
        await command_store.mark_sent(connection, sent, now=now)
        return len(sent)

    def _send_command(self, command: CommandRecord, key: bytes) -> bool:
        message = Command(
            id=str(command.id),
            kind=command.kind,
            at=command.at,
            expires_at=command.expires_at,
            camera=command.camera,
        )
        log.info("command_sent", node=command.node, command=str(command.id), kind=command.kind)
        return self._sender.send_to_node(
            Node.parse(command.node),
            "command",
            message.id,
            payload=encode_message(message),
            key=key,
        )
