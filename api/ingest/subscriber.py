"""READ FIRST: what happens to a message from a node.

1. A session of the broker delivers it (``_take_alert``).
2. It waits in a queue until the batch before it is stored (``batch_queue``).
3. Its sender, encoding and topic are validated (``validation``).
4. One transaction (``batch``) stores the batch in the inbox (``store``), assigns new alerts to
   incidents (``assignment``), quarantines what is invalid (``quarantine``), and advances the
   receipts of each boot (``receipts``).
5. After the commit the broker gets its PUBACKs, in the order of arrival; at once while a node
   is loud: it sends so many faults that it is no longer subscribed to (``subscriptions``).
6. Then the nodes get their receipts.

Reports of nodes (health, cameras, replies) are acknowledged at once and go to the fleet.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, groupby, islice
from operator import attrgetter

import structlog
from msgspec.structs import replace

from api.broker.client import BrokerAddress, Message, Session, connect_session
from api.errors import BrokerError, DatabaseError
from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport
from api.ingest.batch import BatchResult, Ingest
from api.ingest.batch_queue import BatchQueue
from api.ingest.receipts import OutgoingReceipt
from api.ingest.subscriptions import REPORT_SESSION, SESSION_FILTERS, Subscriptions
from api.ingest.validation import IncomingMessage
from api.metrics import BATCHES, INTERNAL_ERRORS, MESSAGES, REPORTS, observe_step
from api.quarantine.budget import RefusalBudget
from pipeline.wire import Node, encode_message, sign
from pipeline.wire.address import MAX_TOPIC_LENGTH
from pipeline.wire.limits import is_plausible_time
from pipeline.wire.signature import SIGNATURE_PROPERTY

MAX_BATCH = 100
MAX_WAITING_ALERTS, MAX_WAITING_REPORTS = 5000, 1000
"""Messages of one node that wait for the database; the oldest are dropped first."""
StoreBatch = Callable[..., Awaitable[BatchResult]]
RETRY_S = (0.2, 0.5, 1, 2, 5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _UnackedMessage:
    """A message, its session, and the number to acknowledge; 0 if that is done."""

    incoming: IncomingMessage
    session: Session
    number: int
    at: datetime


class Subscriber:
    """One member of the shared subscription; every process has its own.

    Args:
        budget: Says which messages of a node that sends faults are still processed.
        client_id: Fixed, and different for each process.

    Attributes:
        connection_count: Sessions opened so far; a new one may find a broker that lost its data.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        ingest: Ingest,
        fleet: ReportHandler,
        now: Callable[[], datetime],
        budget: RefusalBudget | None = None,
        client_id: str = "central.ingest.1",
    ) -> None:
        self._broker = broker
        self._client_id = client_id
        self._ingest = ingest
        self._fleet = fleet
        self._now = now
        self._budget = budget or RefusalBudget()
        self._alerts: BatchQueue[_UnackedMessage] = BatchQueue(max_per_sender=MAX_WAITING_ALERTS)
        self._reports: BatchQueue[RawReport] = BatchQueue(max_per_sender=MAX_WAITING_REPORTS)
        self._sessions: dict[int, Session] = {}
        self._subscriptions = Subscriptions(self._budget, ingest.list_nodes, now=now)
        self.last_batch_at: datetime | None = None
        self.connection_count = 0

    @property
    def filters(self) -> list[frozenset[str]]:
        """What each open session is subscribed to."""
        return [session.filters for _, session in sorted(self._sessions.items())]

    @property
    def is_up(self) -> bool:
        """Whether all sessions are connected and subscribed."""
        return len(self._sessions) == len(SESSION_FILTERS)

    async def run(self) -> None:
        """Process messages until cancelled; reconnect whenever the broker comes back."""
        async with asyncio.TaskGroup() as group:
            for number in range(len(SESSION_FILTERS)):
                group.create_task(self._stay_connected(number))
            group.create_task(self._subscriptions.run())
            group.create_task(self._process_alerts())
            group.create_task(self._process_reports())

    async def _stay_connected(self, number: int) -> None:
        logged, attempt = "", 0
        while True:
            try:
                await self._run_sessions(number)
                attempt, logged = 0, ""
            except BrokerError as error:
                if str(error) != logged:
                    logged = str(error)
                    log.warning("broker_unreachable", reason=logged)
            await asyncio.sleep(_retry_delay_s(attempt))
            attempt += 1

    async def _run_sessions(self, number: int) -> None:
        """Run one session after another until a connection ends.

        When its subscriptions change, the next session is opened before the last is closed: some
        brokers go on with a subscription that was ended.
        """
        session = self._sessions[number] = await self._connect(number)
        self.connection_count += 1
        try:
            while await self._is_outdated(session, number):
                last, session = session, await self._connect(number, replaced=session)
                try:
                    await self._subscriptions.wait_for_backlog(last)
                finally:
                    last.close()
                self._sessions[number] = session
            log.warning("broker_disconnected", reason=session.reason, session=number)
        finally:
            session.close()
            del self._sessions[number]

    async def _connect(self, number: int, *, replaced: Session | None = None) -> Session:
        """Open a session; its client id differs from that of the session it replaces."""
        client_id = f"{self._client_id}.{number}"
        if replaced is not None and replaced.client_id == client_id:
            client_id += ".next"
        session = await connect_session(
            self._broker,
            client_id,
            filters=sorted(self._subscriptions.filters(number)),
            on_message=self._take_report if number == REPORT_SESSION else self._take_alert,
        )
        log.info("subscribed", client_id=client_id, filters=len(session.filters))
        return session

    async def _is_outdated(self, session: Session, number: int) -> bool:
        """Wait until a session has to be replaced, or, ``False``, until it is disconnected."""
        ended = asyncio.ensure_future(session.run_until_disconnected())
        changed = asyncio.ensure_future(
            self._subscriptions.wait_for_change(number, session.filters)
        )
        try:
            await asyncio.wait((ended, changed), return_when=asyncio.FIRST_COMPLETED)
            return not ended.done()
        finally:
            ended.cancel()
            changed.cancel()

    def _take_alert(self, sender: Session, message: Message) -> None:
        """Queue a message until it is stored, whatever its topic is.

        Every message of these sessions is acknowledged in the order of arrival, also one on
        ``…/up/alert``, which is no alert topic and which their filter matches too. While a node
        is loud, all are acknowledged at once, as the broker would deliver no further message of
        the others until the commit. Whatever gets lost then has no receipt, and is sent again.
        """
        now, node = self._now(), _node_of(message.topic)
        number = message.packet_id
        if self._subscriptions.take_marker(message):
            sender.acknowledge((number,))
            return
        if self._budget.is_anybody_loud(now=now):
            sender.acknowledge((number,))
            number = 0
        if not self._budget.admits(node, now=now):
            MESSAGES.labels("shed").inc()
            return
        unacked = _UnackedMessage(_incoming(message, now=now), sender, number, now)
        if not self._alerts.put(unacked, sender=node):
            MESSAGES.labels("shed").inc()

    def _take_report(self, sender: Session, message: Message) -> None:
        """Acknowledge a report and queue it."""
        sender.acknowledge((message.packet_id,))
        if self._subscriptions.take_marker(message):
            return
        node = _node_of(message.topic)
        if not self._budget.admits(node, now=self._now()):
            REPORTS.labels("", "shed").inc(1 + self._reports.discard(node))
            return
        signature = message.properties.get(SIGNATURE_PROPERTY, "")
        report = RawReport(topic=message.topic, payload=message.payload, signature=signature)
        if not self._reports.put(report, sender=node):
            REPORTS.labels("", "shed").inc()

    async def _process_alerts(self) -> None:
        while True:
            batch = await self._alerts.take_batch(MAX_BATCH)
            await self._process_or_divide(batch)

    async def _process_or_divide(self, batch: Sequence[_UnackedMessage]) -> None:
        """Process a batch; if that fails by a bug, find the message that does it."""
        try:
            await self._process_batch(batch, self._ingest.store_batch)
        except Exception:  # a bug must not stop ingest
            INTERNAL_ERRORS.inc()
            log.exception("batch_failed", messages=len(batch))
        else:
            return
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._process_or_divide(batch[:middle])
            await self._process_or_divide(batch[middle:])
        else:
            await self._set_aside(batch)

    async def _set_aside(self, batch: Sequence[_UnackedMessage]) -> None:
        """Quarantine a message that fails by itself; acknowledge it in any case.

        A message that is never acknowledged takes one of the places of its session for ever.
        """
        try:
            await self._process_batch(batch, self._ingest.quarantine_failed)
        except Exception:  # the quarantine must not stop ingest either
            log.exception("quarantine_failed", topic=batch[0].incoming.topic[:200])
            self._acknowledge(batch)

    async def _process_batch(self, batch: Sequence[_UnackedMessage], store: StoreBatch) -> None:
        """Validate and store, then acknowledge, then send receipts."""
        result = await self._store([message.incoming for message in batch], store)
        self._acknowledge(batch)
        self._subscriptions.notice_loud_nodes()
        for receipt in result.receipts:
            self._send_receipt(receipt)
        self.last_batch_at = self._now()
        for message in batch:
            observe_step("decided_to_received", message.incoming.decided_at, message.at)
            observe_step("received_to_stored", message.at, self.last_batch_at)
        BATCHES.inc()
        for outcome, n in result.counts.items():
            MESSAGES.labels(outcome).inc(n)

    async def _store(self, messages: Sequence[IncomingMessage], store: StoreBatch) -> BatchResult:
        """Store a batch; try again until the database is reachable."""
        for attempt in count():
            try:
                return await store(messages, now=self._now())
            except DatabaseError as error:
                log.warning("batch_retry", reason=str(error)[:500], attempt=attempt)
                await asyncio.sleep(_retry_delay_s(attempt))
        raise AssertionError("count() has an end")

    @staticmethod
    def _acknowledge(batch: Sequence[_UnackedMessage]) -> None:
        """Send the PUBACKs, in the order of arrival."""
        for sender, messages in groupby(batch, key=attrgetter("session")):
            sender.acknowledge(message.number for message in messages)

    def _send_receipt(self, outgoing: OutgoingReceipt) -> None:
        """Publish a receipt; if it is lost, the node sends its alert again and gets another."""
        receipt = replace(outgoing.receipt, at=self._now())
        self.send_to_node(
            outgoing.node, "receipt", payload=encode_message(receipt), key=outgoing.key
        )

    async def _process_reports(self) -> None:
        while True:
            for report in await self._reports.take_batch(MAX_BATCH):
                try:
                    await self._handle_report(report)
                except Exception:  # a bug must not stop the other reports
                    INTERNAL_ERRORS.inc()
                    log.exception("report_failed", topic=report.topic)
            self._subscriptions.notice_loud_nodes()

    async def _handle_report(self, report: RawReport) -> None:
        """Store a report; try again until the database is reachable."""
        for attempt in count():
            try:
                return await self._fleet.handle(report, now=self._now())
            except DatabaseError as error:
                log.warning("report_retry", topic=report.topic[:200], reason=str(error)[:500])
                await asyncio.sleep(_retry_delay_s(attempt))
        raise AssertionError("count() has an end")

    def send_to_node(
        self, node: Node, *below: str, payload: bytes, key: bytes, retain: bool = False
    ) -> bool:
        """Publish a signed message below the ``down`` topic of a node.

        A node that is disconnected receives only retained messages, and only while the broker
        keeps them.

        Args:
            below: The levels of the topic after ``down``.

        Returns:
            ``False`` if no session is connected.
        """
        topic = node.topic("down", *below)
        properties = {SIGNATURE_PROPERTY: sign(key, topic, payload)}
        return any(
            opened.publish(topic, payload, properties, retain=retain)
            for opened in islice(self._sessions.values(), 1)
        )


def _retry_delay_s(attempt: int) -> float:
    return RETRY_S[min(attempt, len(RETRY_S) - 1)]


def _node_of(topic: str) -> str:
    """Return the node that a topic names, which need not be the sender; empty if it names none."""
    return "/".join(topic[:MAX_TOPIC_LENGTH].split("/", 5)[2:5])


def _incoming(message: Message, *, now: datetime) -> IncomingMessage:
    return IncomingMessage(
        topic=message.topic,
        payload=message.payload,
        signature=message.properties.get(SIGNATURE_PROPERTY, ""),
        decided_at=_plausible_time(message.properties.get("decided_at"), now=now),
    )


def _plausible_time(value: str | None, *, now: datetime) -> datetime | None:
    """Parse an aware time; return ``None`` for anything else, as it only serves to measure."""
    try:
        time = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    if time is None or time.tzinfo is None or not is_plausible_time(time, now=now):
        return None
    return time
