"""Nodes that publish alerts at a steady rate and measure the time to each receipt."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import count, cycle

from edge.outbox.mqtt import (
    Broker,
    Connection,
    ConnectionEvent,
    IncomingMessage,
    OutgoingMessage,
)
from edge.outbox.signed_messages import broker_login, signed_status
from gridwatch.benchmarks.central.alert_generator import AlertGenerator, node_key
from pipeline.wire import Node, Receipt, decode_message, sign
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import SIGNATURE_PROPERTY

BOOT_ID = "steady"


class SteadyNode:
    """One node: its connection, and when each of its alerts was published and confirmed."""

    def __init__(self, node: Node, port: int) -> None:
        self.node = node
        self.sent_at: dict[int, float] = {}
        self.confirmed_at: dict[int, float] = {}
        self._seqs = count(1)
        self._acked_seq = 0
        key = node_key(node)
        self._connection = Connection(
            Broker(host="127.0.0.1", port=port),
            broker_login(node, key),
            will=signed_status(node, "offline", key=key, boot_id=BOOT_ID, software=""),
            on_event=self._on_event,
        )

    def open(self) -> None:
        """Connect, and subscribe to the receipts."""
        self._connection.open(self.node.topic("down", "receipt"))

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def publish(self, generator: AlertGenerator) -> None:
        """Publish the next alert."""
        seq = next(self._seqs)
        topic, payload = generator.next_alert(self.node, boot_id=BOOT_ID, seq=seq)
        signature = sign(node_key(self.node), topic, payload)
        self.sent_at[seq] = time.monotonic()
        self._connection.publish(
            OutgoingMessage(
                topic=topic,
                payload=payload,
                content_type=CONTENT_TYPE,
                properties={SIGNATURE_PROPERTY: signature},
            )
        )

    def _on_event(self, event: ConnectionEvent) -> None:
        if not isinstance(event, IncomingMessage):
            return
        receipt, at = decode_message(event.payload, Receipt), time.monotonic()
        for seq in (*receipt.also, *range(self._acked_seq + 1, receipt.acked_seq + 1)):
            self.confirmed_at.setdefault(seq, at)
        self._acked_seq = max(self._acked_seq, receipt.acked_seq)


class SteadyNodes:
    """Many nodes that take turns."""

    def __init__(self, nodes: list[SteadyNode], *, now: Callable[[], datetime]) -> None:
        self._nodes = nodes
        self._turns = cycle(nodes)
        self._generator = AlertGenerator(now())

    @property
    def published(self) -> int:
        """How many alerts were published so far."""
        return sum(len(node.sent_at) for node in self._nodes)

    @property
    def unconfirmed(self) -> int:
        """How many alerts have no receipt yet."""
        return self.published - sum(len(node.confirmed_at) for node in self._nodes)

    async def publish(self, rate: float, *, until: Callable[[], bool]) -> tuple[float, float]:
        """Publish ``rate`` alerts a second until ``until()``; return when it began and ended."""
        began_at = at = time.monotonic()
        while not until():
            next(self._turns).publish(self._generator)
            at += 1 / rate
            await asyncio.sleep(at - time.monotonic())
        return began_at, time.monotonic()

    async def wait_for_receipts(self, timeout_s: float) -> None:
        """Wait until every alert is confirmed, at most ``timeout_s``."""
        end = time.monotonic() + timeout_s
        while self.unconfirmed and time.monotonic() < end:  # noqa: ASYNC110  # set by threads
            await asyncio.sleep(0.05)

    def waits_s(self, began_at: float, ended_at: float, *, never_s: float) -> list[float]:
        """Return how long each alert published in a period has waited for its receipt.

        Args:
            never_s: Stands for an alert without a receipt.
        """
        return [
            node.confirmed_at[seq] - at if seq in node.confirmed_at else never_s
            for node in self._nodes
            for seq, at in node.sent_at.items()
            if began_at <= at < ended_at
        ]


@contextmanager
def connect_steady_nodes(
    nodes: list[Node], port: int, *, now: Callable[[], datetime]
) -> Iterator[SteadyNodes]:
    """Connect the nodes to the broker of this machine until the block ends."""
    steady = [SteadyNode(node, port) for node in nodes]
    opened: list[SteadyNode] = []
    try:
        for node in steady:
            node.open()
            opened.append(node)
        yield SteadyNodes(steady, now=now)
    finally:
        for node in opened:
            node.close()


def after(seconds: float) -> Callable[[], bool]:
    """Return a function that is true once so many seconds have passed."""
    return partial(_is_past, time.monotonic() + seconds)


def _is_past(end: float) -> bool:
    return time.monotonic() >= end
