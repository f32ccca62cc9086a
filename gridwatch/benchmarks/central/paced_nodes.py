"""Nodes whose alerts arrive at random moments at a given rate, each over a real connection."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

import numpy as np

from edge.outbox.mqtt import Broker, Connection, ConnectionEvent, OutgoingMessage
from edge.outbox.signed_messages import broker_login, signed_status
from gridwatch.benchmarks.central.alert_generator import CLOCK, NODES, node_key
from gridwatch.benchmarks.central.push_town import place_of, scenario_of
from pipeline.alert import Alert, Change, make_alert_id
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import Node, alert_topic, encode_alert, sign
from pipeline.wire.alert import CONTENT_TYPE, make_alert_message
from pipeline.wire.signature import SIGNATURE_PROPERTY

BOOT_ID = "push"


class PacedNodes:
    """Publishes alerts that each open an incident of their own.

    Args:
        now: The clock of the nodes.
        seed: Seeds the arrivals.
    """

    def __init__(
        self, connections: dict[Node, Connection], *, now: Callable[[], datetime], seed: int
    ) -> None:
        self._connections = connections
        self._now = now
        self._random = np.random.default_rng(seed)
        self._seqs = {node: count(1) for node in connections}
        self._numbers = {True: count(), False: count()}

    async def publish_poisson(self, rate: float, seconds: float) -> dict[str, float]:
        """Publish alerts of staffed places, with exponential gaps.

        Returns:
            Time of the event loop at which each was published, by its message.
        """
        loop = asyncio.get_running_loop()
        sent: dict[str, float] = {}
        at = loop.time()
        end = at + seconds
        while (at := at + float(self._random.exponential(1 / rate))) < end:
            await asyncio.sleep(at - loop.time())
            number = next(self._numbers[True])
            message = f"push {number}"
            publish = self._prepare(number, message, is_staffed=True)
            sent[message] = loop.time()
            publish()
        return sent

    async def publish_stuck(self, incidents: int) -> None:
        """Publish alerts of places where nobody is on duty, as fast as the centre can store."""
        for number in (next(self._numbers[False]) for _ in range(incidents)):
            self._prepare(number, f"stuck {number}", is_staffed=False)()
            await asyncio.sleep(0.002)

    def _prepare(self, number: int, message: str, *, is_staffed: bool) -> Callable[[], object]:
        """Return a function that publishes the alert of this number."""
        node = NODES[number % len(NODES)]
        alert = _alert(node, message, scenario_of(number), at=self._now())
        payload = encode_alert(
            make_alert_message(
                alert,
                node=node,
                boot_id=BOOT_ID,
                seq=next(self._seqs[node]),
                clock=CLOCK,
                location=place_of(number, is_staffed=is_staffed),
            )
        )
        topic = alert_topic(node, scenario=alert.scenario, camera=alert.camera)
        properties = {
            SIGNATURE_PROPERTY: sign(node_key(node), topic, payload),
            "decided_at": alert.observed_at.isoformat(),
        }
        outgoing = OutgoingMessage(
            topic=topic, payload=payload, content_type=CONTENT_TYPE, properties=properties
        )
        return lambda: self._connections[node].publish(outgoing)


@contextmanager
def connect_nodes(port: int, *, now: Callable[[], datetime], seed: int = 1) -> Iterator[PacedNodes]:
    """Connect all nodes to the broker of this machine until the block ends."""
    connections = {node: _connection(node, port) for node in NODES}
    try:
        for node, connection in connections.items():
            connection.open(node.topic("down", "receipt"))
        yield PacedNodes(connections, now=now, seed=seed)
    finally:
        for connection in connections.values():
            connection.close()


def _connection(node: Node, port: int) -> Connection:
    key = node_key(node)
    will = signed_status(node, "offline", key=key, boot_id=BOOT_ID, software="")
    broker = Broker(host="127.0.0.1", port=port)
    return Connection(broker, broker_login(node, key), will=will, on_event=_ignore)


def _ignore(_: ConnectionEvent) -> None:
    """Take no notice: what counts is when the notification arrives."""


def _alert(node: Node, message: str, scenario: str, *, at: datetime) -> Alert:
    return Alert(
        id=make_alert_id(f"{node}|{message}", at),
        rev=1,
        change=Change.OPENED,
        scenario=scenario,
        scenario_rev=1,
        camera=message.replace(" ", "-"),
        zone="gate",
        subject=None,
        level=Level.MAJOR,
        score=0.9,
        opened_at=at,
        observed_at=at,
        closed_at=None,
        close_reason=None,
        measures={"people": 8.0},
        message=Text(zh=message, en=message),
        boxes=(),
    )
