"""Publish outbox rows until the centre's receipts arrive; receive its messages."""

import queue
import secrets
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

import structlog

from edge.enrolment.key_holder import KeyHolder
from edge.errors import BrokerError, OutboxFullError
from edge.health.counters import Counters
from edge.outbox.mqtt import (
    Broker,
    Connection,
    ConnectionEvent,
    ConnectionLost,
    IncomingMessage,
    OutgoingMessage,
    PublishAcknowledged,
)
from edge.outbox.outbox import Outbox, OutboxRow
from edge.outbox.retry import InFlightRows, RetryPolicy
from edge.outbox.sending_order import max_resends, newest_count
from edge.outbox.signed_messages import (
    broker_login,
    sign_again,
    signed_alert,
    signed_report,
    signed_status,
)
from pipeline.errors import WireError
from pipeline.wire import (
    Node,
    Receipt,
    Reply,
    decode_message,
    parse_topic,
    verify_signature,
)
from pipeline.wire.signature import NodeKey

log = structlog.get_logger()

DOWN_TOPICS = (("receipt",), ("config",), ("command", "+"))
"""Topics below ``down`` that a node subscribes to."""
MAX_IN_FLIGHT_ROWS = 300
"""Rows sent without a receipt: three batches of the centre. More would delay new alerts and not
drain the outbox faster."""
MAX_PENDING_REPLIES = 100
"""Replies kept until a broker takes them; of more, the oldest is dropped and asked for again."""
MAX_UNACKNOWLEDGED = 200
"""Publishes without a PUBACK; the broker's Receive Maximum may lower it."""

CommandInbox = queue.SimpleQueue[bytes | Reply | None]


@dataclass(frozen=True, slots=True)
class _WakeUp:
    """The outbox may hold new rows, or ``stop`` is set."""


@dataclass(frozen=True, slots=True)
class _ResendRequest:
    """Rows of a boot, from ``first`` to ``last``, are to be sent again at once."""

    boot_id: str
    first: int
    last: int


class ReceiptClock(Protocol):
    """Learns the centre's time from its receipts."""

    def observe(self, at: datetime, *, sent_at: float) -> None:
        """Use the time of a receipt; ``sent_at`` is when its row was sent, monotonic."""


class Publisher:
    """Send every outbox row until its receipt arrives; reconnect as often as it takes.

    Messages of the centre are checked for their signature. Receipts are applied to the outbox;
    configurations and commands are put into the two inboxes.

    Args:
        keys: Holds the node's secret. It signs messages, verifies those of the centre, and yields
            the broker password. It may change.
        software: Name and version for the status message.
        retry: When to send a row again.

    Attributes:
        config_inbox: Payloads of ``down/config``; ``None`` wakes its reader.
        command_inbox: Payloads of ``down/command``; ``None`` wakes its reader.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        node: Node,
        keys: KeyHolder,
        outbox: Outbox,
        counters: Counters,
        clock: ReceiptClock,
        software: str = "",
        retry: RetryPolicy | None = None,
    ) -> None:
        self._broker, self._node, self._keys = broker, node, keys
        self._outbox, self._counters, self._software = outbox, counters, software
        self._clock = clock
        self.config_inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.command_inbox: CommandInbox = queue.SimpleQueue()
        self._events: queue.SimpleQueue[
            ConnectionEvent | OutgoingMessage | _WakeUp | _ResendRequest
        ] = queue.SimpleQueue()
        self._retained: dict[str, OutgoingMessage] = {}
        self._replies: dict[str, OutgoingMessage] = {}
        self._replies_in_flight: dict[int, str] = {}
        self._in_flight = InFlightRows(limit=MAX_IN_FLIGHT_ROWS, retry=retry or RetryPolicy())
        self._unacknowledged: dict[int, OutboxRow] = {}
        self._too_long: set[int] = set()
        self._has_delivered = False
        self._receipts: list[Receipt] = []
        self._new_rows_sent = 0
        self._last_warning = ""
        self._connected = threading.Event()
        outbox.on_commit(self.wake)

    @property
    def is_connected(self) -> bool:
        """Whether a session with the broker is open."""
        return self._connected.is_set()

    @property
    def _key(self) -> NodeKey:
        return self._keys.key

    def log_in_again(self) -> None:
        """Connect again, with the key that is valid now."""
        self._events.put(ConnectionLost("the key has changed"))

    def wake(self) -> None:
        """Check the outbox and ``stop`` now."""
        self._events.put(_WakeUp())

    def report(self, *below: str, payload: bytes, retain: bool = True) -> None:
        """Publish to ``up/<below>``.

        A retained message is published again on each new connection. Any other is dropped if no
        broker is connected.
        """
        topic = self._node.topic("up", *below)
        self._events.put(signed_report(self._key, topic, payload, retain=retain))

    def reply(self, *below: str, payload: bytes) -> None:
        """Publish to ``up/<below>`` at QoS 1, on each new connection until the broker takes it."""
        topic = self._node.topic("up", *below)
        self._events.put(replace(signed_report(self._key, topic, payload, retain=False), qos=1))

    def resend(self, boot_id: str, first: int, last: int) -> None:
        """Send the rows that still wait for a receipt again, before their retry is due."""
        self._events.put(_ResendRequest(boot_id, first, last))

    def run(self, stop: threading.Event) -> None:
        """Publish until ``stop`` is set; call ``wake`` after setting it."""
        attempt = 0
        while not stop.is_set():
            try:
                self._session(stop)
                attempt = 0
            except BrokerError as error:
                attempt = 0 if self._has_delivered else attempt + 1
                self._counters.add("broker_disconnects")
                self._warn_once("broker_unreachable", error.reason, broker=error.address)
            finally:
                self._connected.clear()
            stop.wait(_reconnect_delay(attempt))

    def _session(self, stop: threading.Event) -> None:
        self._has_delivered = False
        self._discard_stale_events()
        connection = Connection(
            self._broker,
            broker_login(self._node, self._key),
            will=self._status("offline"),
            on_event=self._events.put,
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
        """Announce the node. Every row without a receipt is sent again on this connection."""
        self._in_flight.clear()
        self._unacknowledged.clear()
        self._too_long.clear()
        connection.publish(self._status("online"))
        self._replies_in_flight.clear()
        for message in (*self._retained.values(), *self._replies.values()):
            self._publish(connection, sign_again(message, self._key))
        self._connected.set()
        self._last_warning = ""
        self._counters.add("broker_connections")
        log.info("broker_connected", broker=str(self._broker))

    def _send(self, connection: Connection) -> None:
        """Send overdue rows, then new ones, as far as the broker and the centre keep up."""
        now = time.monotonic()
        free = max(
            min(MAX_UNACKNOWLEDGED, connection.receive_maximum) - len(self._unacknowledged), 0
        )
        rows = self._in_flight.overdue_rows(now)[: max_resends(free)]
        if rows:
            self._counters.add("resent", len(rows))
            self._warn_once(
                "receipts_overdue", "no receipt from the centre", oldest=rows[0].decided_at
            )
        rows += self._new_rows(min(free - len(rows), self._in_flight.free_slots))
        n_sent = sum(self._send_row(row, connection, now) for row in rows)
        if n_sent:
            self._counters.add("published", n_sent)

    def _send_row(self, row: OutboxRow, connection: Connection, now: float) -> bool:
        """Send a row; one that is too long for the broker waits for the next connection."""
        message = signed_alert(row, self._key)
        if not connection.accepts(message):
            self._too_long.add(row.row_id)
            self._refuse_too_long(message)
            return False
        self._unacknowledged[connection.publish(message)] = row
        self._in_flight.record_sent(row, now)
        return True

    def _refuse_too_long(self, message: OutgoingMessage) -> None:
        self._counters.add("publishes_refused")
        reason = "longer than the broker accepts; raise its maximum packet size"
        self._warn_once("publish_refused", reason, topic=message.topic)

    def _new_rows(self, limit: int) -> list[OutboxRow]:
        """Read rows not yet sent on this connection: the most important and some of the newest."""
        if limit == 0:
            return []
        newest = newest_count(self._new_rows_sent, limit)
        excluded = self._in_flight.row_ids | self._too_long
        rows = self._outbox.next_rows(limit=limit, newest=newest, exclude=excluded)
        self._new_rows_sent += len(rows)
        return rows

    def _process_events(self, connection: Connection) -> None:
        """Wait for an event or the next retry, then process all events that are queued."""
        due = self._in_flight.next_due_at()
        wait = 1.0 if due is None else min(max(due - time.monotonic(), 0.01), 1.0)
        try:
            self._process(self._events.get(timeout=wait), connection)
            while True:
                self._process(self._events.get_nowait(), connection)
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
            case OutgoingMessage() as message:
                self._keep_for_next_session(message)
                self._publish(connection, message)
            case PublishAcknowledged(packet_id, refusal):
                self._process_acknowledgement(packet_id, refusal)
            case IncomingMessage() as received:
                self._receive(received)
            case _ResendRequest(boot_id, first, last):
                self._in_flight.expedite(boot_id, first, last)
            case _WakeUp():
                pass

    def _publish(self, connection: Connection, message: OutgoingMessage) -> None:
        if not connection.accepts(message):
            self._refuse_too_long(message)
            return
        packet_id = connection.publish(message)
        if message.topic in self._replies:
            self._replies_in_flight[packet_id] = message.topic

    def _discard_stale_events(self) -> None:
        """Drop events queued while there was no connection; keep retained messages and replies."""
        while not self._events.empty():
            event = self._events.get()
            if isinstance(event, OutgoingMessage):
                self._keep_for_next_session(event)

    def _keep_for_next_session(self, message: OutgoingMessage) -> None:
        if message.retain:
            self._retained[message.topic] = message
        elif message.qos:
            self._replies[message.topic] = message
            if len(self._replies) > MAX_PENDING_REPLIES:
                self._replies.pop(next(iter(self._replies)))

    def _process_acknowledgement(self, packet_id: int, refusal: str) -> None:
        if not refusal:
            self._has_delivered = True
            self._replies.pop(self._replies_in_flight.pop(packet_id, ""), None)
        row = self._unacknowledged.pop(packet_id, None)
        if row is None or not refusal:
            return
        self._counters.add("publishes_refused")
        self._warn_once("publish_refused", refusal, topic=row.topic)

    def _receive(self, message: IncomingMessage) -> None:
        _, (_, kind, *_) = parse_topic(message.topic)
        if not verify_signature(self._key, message.topic, message.payload, message.signature):
            self._counters.add(f"{kind}s_forged")
            log.error("signature_invalid", kind=kind, topic=message.topic)
            return
        match kind:
            case "receipt":
                self._receive_receipt(message.payload)
            case "config":
                self.config_inbox.put(message.payload)
            case "command":
                self.command_inbox.put(message.payload)

    def _receive_receipt(self, payload: bytes) -> None:
        try:
            receipt = decode_message(payload, Receipt)
        except WireError as error:
            self._counters.add("receipts_unreadable")
            log.warning("receipt_unreadable", reason=str(error))
            return
        self._receipts.append(receipt)
        for rejection in receipt.rejected:
            log.error(
                "alert_rejected",
                boot_id=receipt.boot_id,
                seq=rejection.seq,
                reason=rejection.reason,
            )

    def _apply_receipts(self) -> None:
        """Apply the collected receipts to the outbox in one transaction."""
        if not self._receipts:
            return
        self._last_warning = ""
        try:
            self._outbox.apply_receipts(self._receipts)
        except (
            OutboxFullError
        ) as error:  # deleting needs space too; tried again with the next event
            self._warn_once("receipts_not_stored", str(error))
            return
        for receipt in self._receipts:
            sent_at = self._in_flight.apply_receipt(receipt)
            if sent_at is not None and isinstance(receipt.at, datetime):
                self._clock.observe(receipt.at, sent_at=sent_at)
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
        """Log a warning unless it repeats the last one."""
        if reason != self._last_warning:
            self._last_warning = reason
            log.warning(event, reason=reason, **facts)


def _reconnect_delay(attempt: int) -> float:
    """Return seconds to wait before connecting: 0.2 doubling up to 30, minus up to 50 % jitter."""
    delay = min(0.2 * 2.0**attempt, 30.0)
    return delay * (0.5 + secrets.randbelow(500) / 1000)
