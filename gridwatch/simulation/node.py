"""A simulated node: an outbox that sends each message until its receipt comes."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal
from uuid import UUID

import msgspec

from api.fleet.report_parser import RawReport
from api.ingest.receipts import OutgoingReceipt
from api.ingest.validation import IncomingMessage
from gridwatch.simulation.agenda import Agenda
from gridwatch.simulation.world.model import Report
from pipeline.alert import Alert
from pipeline.wire import (
    CameraState,
    Clock,
    Health,
    Node,
    Receipt,
    Status,
    alert_topic,
    encode_alert,
    sign,
)
from pipeline.wire.alert import make_alert_message

RESEND_AFTER_S = 15.0
LATENCY_S = (0.05, 0.6)
CLOCK = Clock(offset_ms=0, uncertainty_ms=50, basis="ntp")

Position = tuple[str, int]
"""Boot id and sequence number of a message."""

Revision = tuple[UUID, int]
"""Alert id and revision."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    message: IncomingMessage
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What happens to messages on their way: shares of those lost and doubled."""

    loss_share: float
    duplicate_share: float


class SimulatedNode:
    """A node whose messages are delivered at least once, in any order, unless it is cut off.

    Args:
        deliver: Receives each message that arrives at the centre.
    """

    def __init__(
        self,
        node: Node,
        key: bytes,
        *,
        agenda: Agenda,
        wire: Wire,
        rng: Random,
        deliver: Callable[[IncomingMessage], None],
    ) -> None:
        self.node = node
        self.is_connected = True
        self.clock_offset = timedelta()
        self._key = key
        self._agenda = agenda
        self._wire = wire
        self._rng = rng
        self._deliver = deliver
        self._boot = 1
        self._seq = 0
        self._outbox: dict[Position, _Waiting] = {}

    @property
    def boot_id(self) -> str:
        """The boot id of the running program."""
        return f"boot-{self._boot}"

    def waiting_revisions(self) -> set[Revision]:
        """Return the revisions without a receipt."""
        return {waiting.revision for waiting in self._outbox.values()}

    @property
    def clock(self) -> datetime:
        """The time by the clock of the node."""
        return self._agenda.now + self.clock_offset

    def report(self, report: Report) -> None:
        """Put a revision into the outbox and send it."""
        self._seq += 1
        alert = _shifted(report.alert, self.clock_offset)
        message = make_alert_message(
            alert,
            node=self.node,
            boot_id=self.boot_id,
            seq=self._seq,
            clock=CLOCK,
            location=report.camera.location,
        )
        topic = alert_topic(self.node, scenario=alert.scenario, camera=alert.camera)
        payload = encode_alert(message)
        signature = sign(self._key, topic, payload)
        position = self.boot_id, self._seq
        incoming = IncomingMessage(topic=topic, payload=payload, signature=signature)
        self._outbox[position] = _Waiting(incoming, (alert.id, alert.rev))
        self._send(position)

    def restart(self) -> None:
        """Crash and start again: the outbox is on disk, the numbers begin anew."""
        self._boot += 1
        self._seq = 0
        self._send_all(self._outbox)

    def set_connected(self, is_connected: bool) -> None:
        """Cut the node off, or let it send everything that waits."""
        self.is_connected = is_connected
        if is_connected:
            self._send_all(self._outbox)

    def status_report(self) -> RawReport:
        """Return what the centre hears of the connection: the node's birth or its last will."""
        state: Literal["online", "offline"] = "online" if self.is_connected else "offline"
        return self._report("status", message=Status(state=state, boot_id=self.boot_id))

    def health_report(self) -> RawReport:
        """Return the regular report of the node's health."""
        health = Health(
            boot_id=self.boot_id,
            at=self.clock,
            outbox_rows=len(self._outbox),
            outbox_oldest_s=None,
            counters={},
            disk_free_mb=20_000.0,
            cameras={},
        )
        return self._report("health", message=health)

    def camera_report(self, camera: str, *, is_online: bool) -> RawReport:
        """Return the report that a camera has lost or found its picture."""
        state: Literal["online", "offline"] = "online" if is_online else "offline"
        message = CameraState(state=state, since=self.clock)
        return self._report("camera", camera, message=message)

    def _report(self, *below: str, message: msgspec.Struct) -> RawReport:
        topic, payload = self.node.topic("up", *below), msgspec.json.encode(message)
        return RawReport(topic=topic, payload=payload, signature=sign(self._key, topic, payload))

    def receive(self, outgoing: OutgoingReceipt) -> None:
        """Delete what a receipt confirms; a node that is cut off does not get it."""
        if not self.is_connected:
            return
        receipt = outgoing.receipt
        done = {(receipt.boot_id, seq) for seq in _confirmed(receipt)}
        for position in list(self._outbox):
            boot_id, seq = position
            is_acked = boot_id == receipt.boot_id and seq <= receipt.acked_seq
            if is_acked or position in done:
                del self._outbox[position]

    def _send_all(self, positions: Iterable[Position]) -> None:
        for position in list(positions):
            self._send(position)

    def _send(self, position: Position) -> None:
        """Send a message now, perhaps twice, and again later while it waits for its receipt."""
        waiting = self._outbox.get(position)
        if waiting is None or not self.is_connected:
            return
        rng = self._rng
        copies = 1 + (rng.random() < self._wire.duplicate_share)
        for _ in range(copies if rng.random() >= self._wire.loss_share else 0):
            self._agenda.after(rng.uniform(*LATENCY_S), self._arrival(waiting.message))

        async def resend() -> None:
            self._send(position)

        self._agenda.after(RESEND_AFTER_S * rng.uniform(1, 2), resend)

    def _arrival(self, message: IncomingMessage) -> Callable[[], Awaitable[None]]:
        async def arrive() -> None:
            self._deliver(message)

        return arrive


def _confirmed(receipt: Receipt) -> set[int]:
    return {*receipt.also, *(rejection.seq for rejection in receipt.rejected)}


def _shifted(alert: Alert, offset: timedelta) -> Alert:
    """Return an alert with the times that a clock off by ``offset`` shows."""
    if not offset:
        return alert
    closed_at = alert.closed_at
    return replace(
        alert,
        opened_at=alert.opened_at + offset,
        observed_at=alert.observed_at + offset,
        closed_at=None if closed_at is None else closed_at + offset,
    )
