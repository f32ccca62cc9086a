"""The node of a rehearsal: publishes alerts over the broker and waits for their receipts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from edge.outbox.mqtt import Broker, Connection, ConnectionEvent, IncomingMessage, OutgoingMessage
from edge.outbox.signed_messages import broker_login, signed_status
from gridwatch.demo.town import NODE, DemoCamera
from gridwatch.workbench.rehearsal.playlist import PlannedAlert
from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.wire import Clock, Location, Node, alert_topic, encode_alert, sign
from pipeline.wire.alert import make_alert_message
from pipeline.wire.signature import SIGNATURE_PROPERTY

BOOT = "rehearsal-1"
RECEIPT_TIMEOUT_S = 30.0
LENGTH = timedelta(seconds=30)
"""From the opening of an alert to its close."""
CLOCK = Clock(offset_ms=0, uncertainty_ms=20, basis="footage")
THE_NODE = Node.parse(NODE)


class RehearsalNode:
    """One connection to the broker."""

    def __init__(self, port: int, key: bytes) -> None:
        self._key = key
        self._seq = 0
        self._receipts: asyncio.Queue[None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._connection = Connection(
            Broker(host="127.0.0.1", port=port),
            broker_login(THE_NODE, key),
            will=signed_status(THE_NODE, "offline", key=key, boot_id=BOOT, software=""),
            on_event=self._on_event,
        )

    async def open(self) -> None:
        """Connect and subscribe to receipts."""
        await asyncio.to_thread(self._connection.open, THE_NODE.topic("down", "receipt"))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def send(self, planned: PlannedAlert, camera: DemoCamera, *, is_over: bool) -> None:
        """Publish the first or the last revision of an alert, and wait until it is stored."""
        self._seq += 1
        alert = _make_alert(planned, is_over=is_over)
        message = make_alert_message(
            alert,
            node=THE_NODE,
            boot_id=BOOT,
            seq=self._seq,
            clock=CLOCK,
            location=Location(lon=camera.lon, lat=camera.lat),
        )
        topic = alert_topic(THE_NODE, scenario=alert.scenario, camera=alert.camera)
        payload = encode_alert(message)
        properties = {SIGNATURE_PROPERTY: sign(self._key, topic, payload)}
        self._connection.publish(
            OutgoingMessage(topic=topic, payload=payload, properties=properties)
        )
        await asyncio.wait_for(self._receipts.get(), RECEIPT_TIMEOUT_S)

    def _on_event(self, event: ConnectionEvent) -> None:
        if isinstance(event, IncomingMessage):
            self._loop.call_soon_threadsafe(self._receipts.put_nowait, None)


@asynccontextmanager
async def connected_node(port: int, key: bytes) -> AsyncIterator[RehearsalNode]:
    """Connect the node until the block ends."""
    node = RehearsalNode(port, key)
    await node.open()
    try:
        yield node
    finally:
        node.close()


def _make_alert(planned: PlannedAlert, *, is_over: bool) -> Alert:
    seen = planned.source.alert
    opened_at: datetime = planned.at
    closed_at = opened_at + LENGTH if is_over else None
    return Alert(
        id=make_alert_id(f"{planned.camera}|{planned.zone}", opened_at),
        rev=2 if is_over else 1,
        change=Change.CLOSED if is_over else Change.OPENED,
        scenario=seen.scenario,
        scenario_rev=1,
        camera=planned.camera,
        zone=planned.zone,
        subject=seen.subject,
        level=seen.level,
        score=seen.score,
        opened_at=opened_at,
        observed_at=closed_at or opened_at,
        closed_at=closed_at,
        close_reason=CloseReason.CLEARED if is_over else None,
        measures=seen.measures,
        message=seen.because,
        boxes=seen.boxes,
    )
