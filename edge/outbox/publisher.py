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
from edge.outbox.mqtt import Acknowledged, Broker, Connection, Event, Login, Lost, Post, Received
from edge.outbox.outbox import Outbox, Row
from edge.outbox.retry import InFlight, Patience
from pipeline.errors import WireError
from pipeline.wire import Node, Receipt, Status, is_signed, parse_topic, read, sign, write
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import PROPERTY, broker_password

log = structlog.get_logger()

DOWN = (("receipt",), ("config",), ("command", "+"))
"""What a box hears, below ``down``."""
LIMIT = 300
"""Rows without a receipt: three batches of the centre; more drain no faster, and delay the new."""
ANSWERS = 100
"""Replies that wait for a broker; of more, the oldest go: the centre asks again."""
UNANSWERED = 200
"""Publishes without the broker's PUBACK; a broker may ask for fewer."""
LIVE_EACH = 8
"""One row of so many is the newest, however much waits: what happens now is never behind."""


@dataclass(frozen=True, slots=True)
class _Wake:
    """Something new may be in the outbox, or we are to stop."""


@dataclass(frozen=True, slots=True)
class _Again:
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
        patience: When to send a row again.
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
        patience: Patience | None = None,
    ) -> None:
        self._broker, self._node, self._key = broker, node, key
        self._outbox, self._counters, self._software = outbox, counters, software
        self._clock = clock
        self._inbox: queue.SimpleQueue[Event | Post | _Wake | _Again] = queue.SimpleQueue()
        self._retained: dict[str, Post] = {}
        self._answers: dict[str, Post] = {}
        self._answering: dict[int, str] = {}
        self._in_flight = InFlight(limit=LIMIT, patience=patience or Patience())
        self._unanswered: dict[int, Row] = {}
        self._receipts: list[Receipt] = []
        self._fresh = 0
        self._told = ""
        self._connected = threading.Event()
        self._takers: dict[str, Callable[[bytes], None]] = {"receipt": self._receipt}
        outbox.listen(self.wake)

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and has not been lost since."""
        return self._connected.is_set()

    def wake(self) -> None:
        """Look into the outbox, and at ``stop``, now."""
        self._inbox.put(_Wake())

    def say(self, *below: str, payload: bytes, retain: bool = True) -> None:
        """Publish below the node's own prefix; what is retained is said anew to each broker.

        Not durable: what is not retained and finds no broker is dropped.
        """
        topic = self._node.topic("up", *below)
        self._inbox.put(report_post(self._key, topic, payload, retain=retain))

    def answer(self, *below: str, payload: bytes) -> None:
        """Publish below the node's own prefix, again to each broker until one has taken it."""
        topic = self._node.topic("up", *below)
        self._inbox.put(replace(report_post(self._key, topic, payload, retain=False), qos=1))

    def resend(self, boot_id: str, first: int, last: int) -> None:
        """Send rows again that wait for their receipt, without waiting for their time."""
        self._inbox.put(_Again(boot_id, first, last))

    def hear(self, word: str, take: Callable[[bytes], None]) -> None:
        """Have ``take`` called with what comes below ``down/{word}`` and is truly the centre's.

        It is called in the publisher's thread, and must return at once.
        """
        self._takers[word] = take

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
                self._complain_once("broker_away", error.reason, broker=error.address)
            finally:
                self._connected.clear()
            stop.wait(_pause(attempt))

    def _session(self, stop: threading.Event) -> None:
        self._drain()
        connection = Connection(
            self._broker,
            login(self._node, self._key),
            will=self._status("offline"),
            tell=self._inbox.put,
        )
        connection.open(*(self._node.topic("down", *below) for below in DOWN))
        try:
            self._greet(connection)
            while not stop.is_set():
                self._send(connection)
                self._listen(connection)
            connection.publish(self._status("stopped"))
        finally:
            connection.close()

    def _greet(self, connection: Connection) -> None:
        """Begin anew: all that has no receipt will be sent again on this connection."""
        self._in_flight.clear()
        self._unanswered.clear()
        connection.publish(self._status("online"))
        self._answering.clear()
        for post in (*self._retained.values(), *self._answers.values()):
            self._publish(connection, post)
        self._connected.set()
        self._told = ""
        self._counters.add("broker_connections")
        log.info("broker_connected", broker=str(self._broker))

    def _send(self, connection: Connection) -> None:
        """Send what is overdue, then what is new, as far as broker and centre keep up."""
        now = time.monotonic()
        room = max(min(UNANSWERED, connection.receive_maximum) - len(self._unanswered), 0)
        rows = self._in_flight.overdue(now)[: room - room // LIVE_EACH]
        if rows:
            self._counters.add("resent", len(rows))
            self._complain_once("centre_silent", "no receipt", oldest=rows[0].decided_at)
        rows += self._new_rows(min(room - len(rows), self._in_flight.room))
        for row in rows:
            self._unanswered[connection.publish(alert_post(row, self._key))] = row
            self._in_flight.sent(row, now)
        if rows:
            self._counters.add("published", len(rows))

    def _new_rows(self, room: int) -> list[Row]:
        """Read rows that this connection has not sent: the most important, and the newest."""
        if room == 0:
            return []
        live = (self._fresh + room) // LIVE_EACH - self._fresh // LIVE_EACH
        rows = self._outbox.waiting(limit=room, live=live, besides=self._in_flight.rows)
        self._fresh += len(rows)
        return rows

    def _listen(self, connection: Connection) -> None:
        """Wait for one event, or the next resend; then take all that came meanwhile."""
        due = self._in_flight.next_due()
        wait = 1.0 if due is None else min(max(due - time.monotonic(), 0.01), 1.0)
        try:
            self._take(self._inbox.get(timeout=wait), connection)
            while True:
                self._take(self._inbox.get_nowait(), connection)
        except queue.Empty:
            return
        finally:
            self._settle()

    def _take(self, event: Event | Post | _Wake | _Again, connection: Connection) -> None:
        match event:
            case Lost(reason):
                raise BrokerError(str(self._broker), f"lost: {reason}")
            case Post() as post:
                self._remember(post)
                self._publish(connection, post)
            case Acknowledged(mid, refused):
                self._acknowledged(mid, refused)
            case Received() as message:
                self._receive(message)
            case _Again(boot_id, first, last):
                self._in_flight.hurry(boot_id, first, last)
            case _Wake():
                pass

    def _publish(self, connection: Connection, post: Post) -> None:
        number = connection.publish(post)
        if post.topic in self._answers:
            self._answering[number] = post.topic

    def _drain(self) -> None:
        """Forget what came while there was no connection, but for what is retained."""
        while not self._inbox.empty():
            event = self._inbox.get()
            if isinstance(event, Post):
                self._remember(event)

    def _remember(self, post: Post) -> None:
        if post.retain:
            self._retained[post.topic] = post
        elif post.qos:
            self._answers[post.topic] = post
            if len(self._answers) > ANSWERS:
                self._answers.pop(next(iter(self._answers)))

    def _acknowledged(self, mid: int, refused: str) -> None:
        if not refused:
            self._answers.pop(self._answering.pop(mid, ""), None)
        row = self._unanswered.pop(mid, None)
        if row is None or not refused:
            return
        self._counters.add("publishes_refused")
        self._complain_once("publish_refused", refused, topic=row.topic)

    def _receive(self, message: Received) -> None:
        _, below = parse_topic(message.topic)
        if not is_signed(self._key, message.topic, message.payload, message.signature):
            self._counters.add(f"{below[1]}s_forged")
            log.error(f"{below[1]}_forged", topic=message.topic)
        elif take := self._takers.get(below[1]):
            take(message.payload)

    def _receipt(self, payload: bytes) -> None:
        try:
            receipt = read(payload, Receipt)
        except WireError as error:
            self._counters.add("receipts_unreadable")
            log.warning("receipt_unreadable", reason=str(error))
            return
        self._receipts.append(receipt)
        for each in receipt.rejected:
            log.error("alert_rejected", boot=receipt.boot_id, seq=each.seq, reason=each.reason)

    def _settle(self) -> None:
        """Delete what was receipted, many receipts in one transaction."""
        if not self._receipts:
            return
        self._told = ""
        try:
            self._outbox.settle(self._receipts)
        except OutboxFullError as error:  # deleting takes room too: again when there is some
            self._complain_once("receipts_wait", str(error))
            return
        for receipt in self._receipts:
            sent = self._in_flight.settle(receipt)
            if sent is not None and isinstance(receipt.at, datetime):
                self._clock.heard(receipt.at, sent=sent)
        self._receipts = []

    def _status(self, state: Literal["online", "offline", "stopped"]) -> Post:
        return status_post(
            self._node,
            state,
            key=self._key,
            boot_id=self._outbox.boot_id,
            software=self._software,
        )

    def _complain_once(self, event: str, reason: str, **facts: str) -> None:
        """Log a trouble when it begins, not at each try."""
        if reason != self._told:
            self._told = reason
            log.warning(event, reason=reason, **facts)


def _pause(attempt: int) -> float:
    """Seconds before the next connection: 0.2 at first, up to 30, each spread by half."""
    longest = min(0.2 * 2.0**attempt, 30.0)
    return longest * (0.5 + secrets.randbelow(500) / 1000)


def login(node: Node, key: bytes) -> Login:
    """Make the broker's login from the node's address and key."""
    return Login(client_id=node.client_id, user=str(node), password=broker_password(key))


def alert_post(row: Row, key: bytes) -> Post:
    """Sign a row of the outbox; when it was decided travels beside the payload, not in it."""
    return Post(
        topic=row.topic,
        payload=row.payload,
        content_type=CONTENT_TYPE,
        properties={
            PROPERTY: sign(key, row.topic, row.payload),
            "decided_at": row.decided_at,
        },
    )


def report_post(key: bytes, topic: str, payload: bytes, *, retain: bool = True) -> Post:
    """Sign what a box tells beside its alerts; only what is retained is sure to arrive."""
    proof = {PROPERTY: sign(key, topic, payload)}
    return Post(topic=topic, payload=payload, qos=int(retain), retain=retain, properties=proof)


def status_post(
    node: Node,
    state: Literal["online", "offline", "stopped"],
    *,
    key: bytes,
    boot_id: str,
    software: str,
) -> Post:
    """Say hello, say goodbye, or leave the words for the broker to say, signed beforehand."""
    status = Status(state=state, boot_id=boot_id, software=software)
    return report_post(key, node.topic("up", "status"), write(status))
