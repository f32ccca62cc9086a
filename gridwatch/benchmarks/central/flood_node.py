"""One enrolled node that publishes mutated messages as fast as the broker accepts them.

Runs as a separate process: reads a ``Flood`` from standard input, prints ``ready``, waits for a
line, publishes, and prints a ``FloodResult``.
"""

import sys
import time
from datetime import datetime, timedelta
from threading import Semaphore

import msgspec
import numpy as np

from api.fleet.report_parser import ReportMessage
from edge.errors import BrokerError
from edge.outbox.mqtt import (
    Broker,
    Connection,
    ConnectionEvent,
    ConnectionLost,
    OutgoingMessage,
    PublishAcknowledged,
)
from edge.outbox.signed_messages import broker_login, signed_status
from gridwatch.benchmarks.central.alert_generator import AlertGenerator
from gridwatch.benchmarks.central.mutations import Mutator, RawMessage
from pipeline.wire import (
    CameraState,
    DesiredConfig,
    Health,
    Node,
    Reply,
    ReportedConfig,
    Status,
    sign,
)
from pipeline.wire.node_messages import CameraHealth
from pipeline.wire.signature import SIGNATURE_PROPERTY

MAX_IN_FLIGHT = 100
"""Messages that wait for their PUBACK, as with a real node."""
ACK_TIMEOUT_S = 10.0
DECIDED_AT = ("2026-11-23T12:00:00+00:00", "9999-12-31T23:59:59-12:00", "yesterday", "")


class Flood(msgspec.Struct, frozen=True):
    """What to publish, and as whom."""

    port: int
    node: str
    key: bytes
    messages: int
    seed: int
    at: datetime


class FloodResult(msgspec.Struct, frozen=True):
    """What was published.

    Args:
        disconnections: How often the broker closed the connection because of a message.
    """

    published: int
    disconnections: int
    seconds: float


class FloodNode:
    """The connection of the node; opened again whenever the broker closes it."""

    def __init__(self, flood: Flood) -> None:
        self._flood = flood
        self._node = Node.parse(flood.node)
        self._generator = np.random.Generator(np.random.PCG64(flood.seed))
        self._mutator = Mutator(self._node, make_sample(self._node, flood.at), self._generator)
        self._disconnections = 0
        self._open()

    def run(self) -> FloodResult:
        """Publish all messages."""
        began_at = time.monotonic()
        for _ in range(self._flood.messages):
            if self._is_lost or not self._window.acquire(timeout=ACK_TIMEOUT_S):
                self._open_again()
                self._window.acquire()
            self._publish(self._mutator.next())
        seconds = time.monotonic() - began_at
        self._connection.close()
        return FloodResult(self._flood.messages, self._disconnections, seconds)

    def _publish(self, message: RawMessage) -> None:
        signature = sign(self._flood.key, message.topic, message.payload)
        decided_at = DECIDED_AT[int(self._generator.integers(len(DECIDED_AT)))]
        self._connection.publish(
            OutgoingMessage(
                topic=message.topic,
                payload=message.payload,
                properties={SIGNATURE_PROPERTY: signature, "decided_at": decided_at},
            )
        )

    def _open(self) -> None:
        self._is_lost = False
        self._window = Semaphore(MAX_IN_FLIGHT)
        key = self._flood.key
        self._connection = Connection(
            Broker(host="127.0.0.1", port=self._flood.port),
            broker_login(self._node, key),
            will=signed_status(self._node, "offline", key=key, boot_id="flood", software=""),
            on_event=self._on_event,
        )
        self._connection.open()

    def _open_again(self) -> None:
        self._disconnections += 1
        self._connection.close()
        for attempt in range(20):
            try:
                return self._open()
            except BrokerError:
                time.sleep(0.1 * (attempt + 1))
        sys.exit("the broker accepts the node no more")

    def _on_event(self, event: ConnectionEvent) -> None:
        match event:
            case PublishAcknowledged():
                self._window.release()
            case ConnectionLost():
                self._is_lost = True
                self._window.release()


def make_sample(node: Node, at: datetime) -> list[RawMessage]:
    """Make real alerts and reports of a node, for mutation."""
    batch = AlertGenerator(at).batch_of(node, 200, boot_id="flood")
    config = DesiredConfig.of(1, {"camera": [{"name": "north-gate"}]}).config
    health = CameraHealth(fps_in=5.0, lag_s=0.1, last_frame_age_s=0.2, drill_confirmed_at=at)
    reports: dict[tuple[str, ...], ReportMessage] = {
        ("status",): Status(state="online", boot_id="flood", software="gridwatch 1"),
        ("camera", "north-gate"): CameraState(state="online", since=at, reason=""),
        ("health",): Health(
            boot_id="flood",
            at=at + timedelta(seconds=1),
            outbox_rows=3,
            outbox_oldest_s=1.0,
            counters={"frames.north-gate": 1200.0},
            cameras={"north-gate": health},
        ),
        ("config",): ReportedConfig(
            rev=1, sha256=None, seen_rev=1, outcome="success", config=config
        ),
        ("reply", "a-1"): Reply(id="a-1", kind="ping", state="done", at=at),
    }
    alerts = [RawMessage(*pair) for pair in zip(batch.topics, batch.payloads, strict=True)]
    messages = [
        RawMessage(node.topic("up", *below), msgspec.json.encode(message))
        for below, message in reports.items()
    ]
    return alerts + messages * 10


def main() -> None:
    """Read the flood, run it, and print the result."""
    flood = msgspec.json.decode(sys.stdin.buffer.readline(), type=Flood)
    node = FloodNode(flood)
    _print(b"ready")
    sys.stdin.buffer.readline()
    _print(msgspec.json.encode(node.run()))


def _print(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
