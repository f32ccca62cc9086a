"""The outbox to the broker, and the centre's receipts back to the outbox."""

import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import structlog

from edge.control.clock import CentreClock
from edge.errors import BrokerError, OutboxFullError
from edge.health.counters import Counters
from edge.outbox.mqtt import (
    Broker,
    BrokerLogin,
    Connection,
    ConnectionEvent,
    ConnectionLost,
    IncomingMessage,
    OutgoingMessage,
    PublishAcknowledged,
)
from edge.outbox.outbox import Outbox, OutboxRow
from edge.outbox.retry import InFlightRows, RetryPolicy
from pipeline.errors import WireError
from pipeline.wire import (
    Node,
    Receipt,
    Status,
    decode_message,
    encode_message,
    parse_topic,
    sign,
    verify_signature,
)
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import SIGNATURE_PROPERTY, broker_password

log = structlog.get_logger()

DOWN_TOPICS = (("receipt",), ("config",), ("command", "+"))
"""What a box hears, below ``down``."""
MAX_IN_FLIGHT_ROWS = 300
"""Rows without a receipt: three batches of the centre; more drain no faster, and delay the new."""
MAX_PENDING_REPLIES = 100
"""Replies that wait for a broker; of more, the oldest go: the centre asks again."""
MAX_UNACKNOWLEDGED = 200
"""Publishes without the broker's PUBACK; a broker may ask for fewer."""
NEWEST_EVERY = 8
"""One row of so many is the newest, however much waits: what happens now is never behind."""


@dataclass(frozen=True, slots=True)
class _WakeUp:
    """Something new may be in the outbox, or we are to stop."""


@dataclass(frozen=True, slots=True)
class _ResendRequest:
    """Rows are asked for again."""

    boot_id: str
    first: int
    last: int


class Publisher:
    """Send every row until its receipt comes, over as many connections as it takes.

    Args:
        key: The node's secret: signs alerts, proves receipts, makes the password.
        clock: Learns from receipts what the time is at the centre.
        software: Name and version, told in the status.
        retry: When to send a row again.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        node: Node,
        key: bytes,
        outbox: Outbox,
        counters: Counters,
        clock: CentreClock,
        software: str = "",
        retry: RetryPolicy | None = None,
    ) -> None:
        self._broker, self._node, self._key = broker, node, key
        self._outbox, self._counters, self._software = outbox, counters, software
        self._clock = clock
        self._inbox: queue.SimpleQueue[
            ConnectionEvent | OutgoingMessage | _WakeUp | _ResendRequest
        ] = queue.SimpleQueue()
        self._retained: dict[str, OutgoingMessage] = {}
        self._replies: dict[str, OutgoingMessage] = {}
        self._replies_in_flight: dict[int, str] = {}
        self._in_flight = InFlightRows(limit=MAX_IN_FLIGHT_ROWS, retry=retry or RetryPolicy())
        self._unacknowledged: dict[int, OutboxRow] = {}
        self._receipts: list[Receipt] = []
        self._fresh = 0
        self._last_complaint = ""
        self._connected = threading.Event()
        self._handlers: dict[str, Callable[[bytes], None]] = {"receipt": self._receive_receipt}
        outbox.on_commit(self.wake)

    @property
    def is_connected(self) -> bool:
        """Whether the broker has let us in and has not been lost since."""
        return self._connected.is_set()

    def wake(self) -> None:
        """Look into the outbox, and at ``stop``, now."""
        self._inbox.put(_WakeUp())

    def report(self, *below: str, payload: bytes, retain: bool = True) -> None:
        """Publish below the node's own prefix; what is retained is said anew to each broker.

        Not durable: what is not retained and finds no broker is dropped.
        """
        topic = self._node.topic("up", *below)
        self._inbox.put(signed_report(self._key, topic, payload, retain=retain))

    def reply(self, *below: str, payload: bytes) -> None:
        """Publish below the node's own prefix, again to each broker until one has taken it."""
        topic = self._node.topic("up", *below)
        self._inbox.put(replace(signed_report(self._key, topic, payload, retain=False), qos=1))

    def resend(self, boot_id: str, first: int, last: int) -> None:
        """Send rows again that wait for their receipt, without waiting for their time."""
        self._inbox.put(_ResendRequest(boot_id, first, last))

    def hear(self, word: str, take: Callable[[bytes], None]) -> None:
        """Have ``take`` called with what comes below ``down/{word}`` and is truly the centre's.

        It is called in the publisher's thread, and must return at once.
        """
        self._handlers[word] = take

    def run(self, stop: threading.Event) -> None:
        """Publish until ``stop``; call ``wake`` after setting it."""
        attempt = 0
        while not stop.is_set():
            try:
                self._session(stop)
                attempt = 0
            except BrokerError as error:
                attempt = 0 if self._connected.is_set() else attempt + 1
                self._counters.add("broker_losses")
                self._warn_once("broker_away", error.reason, broker=error.address)
            finally:
                self._connected.clear()
            stop.wait(_reconnect_delay(attempt))

    def _session(self, stop: threading.Event) -> None:
        self._discard_stale_events()
        connection = Connection(
            self._broker,
            broker_login(self._node, self._key),
            will=self._status("offline"),
            on_event=self._inbox.put,
        )
        connection.open(*(self._node.topic("down", *below) for below in DOWN_TOPICS))
        try:
            self._start_session(connection)
            while not stop.is_set():
                self._send(connection)
                self._process_events(connection)
            connection.publish(self._status("stopped"))
        finally:
            connection.close()

    def _start_session(self, connection: Connection) -> None:
        """Begin anew: all that has no receipt will be sent again on this connection."""
        self._in_flight.clear()
        self._unacknowledged.clear()
        connection.publish(self._status("online"))
        self._replies_in_flight.clear()
        for post in (*self._retained.values(), *self._replies.values()):
            self._publish(connection, post)
        self._connected.set()
        self._last_complaint = ""
        self._counters.add("broker_connections")
        log.info("broker_connected", broker=str(self._broker))

    def _send(self, connection: Connection) -> None:
        """Send what is overdue, then what is new, as far as broker and centre keep up."""
        now = time.monotonic()
        room = max(
            min(MAX_UNACKNOWLEDGED, connection.receive_maximum) - len(self._unacknowledged), 0
        )
        rows = self._in_flight.overdue_rows(now)[: room - room // NEWEST_EVERY]
        if rows:
            self._counters.add("resent", len(rows))
            self._warn_once("centre_silent", "no receipt", oldest=rows[0].decided_at)
        rows += self._new_rows(min(room - len(rows), self._in_flight.free_slots))
        for row in rows:
            self._unacknowledged[connection.publish(signed_alert(row, self._key))] = row
            self._in_flight.record_sent(row, now)
        if rows:
            self._counters.add("published", len(rows))

    def _new_rows(self, room: int) -> list[OutboxRow]:
        """Read rows that this connection has not sent: the most important, and the newest."""
        if room == 0:
            return []
        live = (self._fresh + room) // NEWEST_EVERY - self._fresh // NEWEST_EVERY
        rows = self._outbox.next_rows(limit=room, newest=live, exclude=self._in_flight.row_ids)
        self._fresh += len(rows)
        return rows

    def _process_events(self, connection: Connection) -> None:
        """Wait for one event, or the next resend; then take all that came meanwhile."""
        due = self._in_flight.next_due_at()
        wait = 1.0 if due is None else min(max(due - time.monotonic(), 0.01), 1.0)
        try:
            self._process(self._inbox.get(timeout=wait), connection)
            while True:
                self._process(self._inbox.get_nowait(), connection)
        except queue.Empty:
            return
        finally:
            self._apply_receipts()

    def _process(
        self,
        event: ConnectionEvent | OutgoingMessage | _WakeUp | _ResendRequest,
        connection: Connection,
    ) -> None:
        match event:
            case ConnectionLost(reason):
                raise BrokerError(str(self._broker), f"lost: {reason}")
            case OutgoingMessage() as post:
                self._keep_for_next_session(post)
                self._publish(connection, post)
            case PublishAcknowledged(mid, refused):
                self._acknowledged(mid, refused)
            case IncomingMessage() as message:
                self._receive(message)
            case _ResendRequest(boot_id, first, last):
                self._in_flight.expedite(boot_id, first, last)
            case _WakeUp():
                pass

    def _publish(self, connection: Connection, post: OutgoingMessage) -> None:
        number = connection.publish(post)
        if post.topic in self._replies:
            self._replies_in_flight[number] = post.topic

    def _discard_stale_events(self) -> None:
        """Forget what came while there was no connection, but for what is retained."""
        while not self._inbox.empty():
            event = self._inbox.get()
            if isinstance(event, OutgoingMessage):
                self._keep_for_next_session(event)

    def _keep_for_next_session(self, post: OutgoingMessage) -> None:
        if post.retain:
            self._retained[post.topic] = post
        elif post.qos:
            self._replies[post.topic] = post
            if len(self._replies) > MAX_PENDING_REPLIES:
                self._replies.pop(next(iter(self._replies)))

    def _acknowledged(self, mid: int, refused: str) -> None:
        if not refused:
            self._replies.pop(self._replies_in_flight.pop(mid, ""), None)
        row = self._unacknowledged.pop(mid, None)
        if row is None or not refused:
            return
        self._counters.add("publishes_refused")
        self._warn_once("publish_refused", refused, topic=row.topic)

    def _receive(self, message: IncomingMessage) -> None:
        _, below = parse_topic(message.topic)
        if not verify_signature(self._key, message.topic, message.payload, message.signature):
            self._counters.add(f"{below[1]}s_forged")
            log.error(f"{below[1]}_forged", topic=message.topic)
        elif take := self._handlers.get(below[1]):
            take(message.payload)

    def _receive_receipt(self, payload: bytes) -> None:
        try:
            receipt = decode_message(payload, Receipt)
        except WireError as error:
            self._counters.add("receipts_unreadable")
            log.warning("receipt_unreadable", reason=str(error))
            return
        self._receipts.append(receipt)
        for each in receipt.rejected:
            log.error("alert_rejected", boot=receipt.boot_id, seq=each.seq, reason=each.reason)

    def _apply_receipts(self) -> None:
        """Delete what was receipted, many receipts in one transaction."""
        if not self._receipts:
            return
        self._last_complaint = ""
        try:
            self._outbox.apply_receipts(self._receipts)
        except OutboxFullError as error:  # deleting takes room too: again when there is some
            self._warn_once("receipts_wait", str(error))
            return
        for receipt in self._receipts:
            sent = self._in_flight.apply_receipt(receipt)
            if sent is not None and isinstance(receipt.at, datetime):
                self._clock.observe(receipt.at, sent_at=sent)
        self._receipts = []

    def _status(self, state: Literal["online", "offline", "stopped"]) -> OutgoingMessage:
        return signed_status(
            self._node,
            state,
            key=self._key,
            boot_id=self._outbox.boot_id,
            software=self._software,
        )

    def _warn_once(self, event: str, reason: str, **facts: str) -> None:
        """Log a trouble when it begins, not at each try."""
        if reason != self._last_complaint:
            self._last_complaint = reason
            log.warning(event, reason=reason, **facts)


def _reconnect_delay(attempt: int) -> float:
    """Seconds before the next connection: 0.2 at first, up to 30, each spread by half."""
    longest = min(0.2 * 2.0**attempt, 30.0)
    return longest * (0.5 + secrets.randbelow(500) / 1000)


def broker_login(node: Node, key: bytes) -> BrokerLogin:
    """Make the broker's login from the node's address and key."""
    return BrokerLogin(client_id=node.client_id, user=str(node), password=broker_password(key))


def signed_alert(row: OutboxRow, key: bytes) -> OutgoingMessage:
    """Sign a row of the outbox; when it was decided travels beside the payload, not in it."""
    return OutgoingMessage(
        topic=row.topic,
        payload=row.payload,
        content_type=CONTENT_TYPE,
        properties={
            SIGNATURE_PROPERTY: sign(key, row.topic, row.payload),
            "decided_at": row.decided_at,
        },
    )


def signed_report(
    key: bytes, topic: str, payload: bytes, *, retain: bool = True
) -> OutgoingMessage:
    """Sign what a box tells beside its alerts; only what is retained is sure to arrive."""
    proof = {SIGNATURE_PROPERTY: sign(key, topic, payload)}
    return OutgoingMessage(
        topic=topic, payload=payload, qos=int(retain), retain=retain, properties=proof
    )


def signed_status(
    node: Node,
    state: Literal["online", "offline", "stopped"],
    *,
    key: bytes,
    boot_id: str,
    software: str,
) -> OutgoingMessage:
    """Say hello, say goodbye, or leave the words for the broker to say, signed beforehand."""
    status = Status(state=state, boot_id=boot_id, software=software)
    return signed_report(key, node.topic("up", "status"), encode_message(status))
