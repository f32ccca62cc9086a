"""Commit, PUBACK, receipt.

A batch is acknowledged to the broker, in the order of its arrival, once it is committed, and
only then do the boxes get their receipts.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, groupby, islice
from operator import attrgetter

import structlog
from msgspec.structs import replace

from api.broker.client import BrokerAddress, Message, Session, open_session
from api.errors import BrokerError, DatabaseError
from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import TOPIC_FILTERS, RawReport
from api.ingest.batch import BatchResult, Ingest, OutgoingReceipt
from api.ingest.batch_queue import BatchQueue
from api.ingest.validation import IncomingMessage
from api.metrics import BATCHES, INTERNAL_ERRORS, MESSAGES
from pipeline.wire import INGEST_FILTER, Node, encode_message, sign
from pipeline.wire.signature import SIGNATURE_PROPERTY

BATCH = 100
SESSIONS = ((INGEST_FILTER,), (INGEST_FILTER,), TOPIC_FILTERS)
"""What each session asks for. The embedded broker sends at most 100 messages ahead of their
answers on one session: with a second one the next batch comes in while the last is stored.
Reports have their own, as a broker may hang up on answers out of order, and theirs do not
wait for a commit."""
RETRY_S = (0.2, 0.5, 1, 2, 5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message that the broker has not been told of yet."""

    arrival: IncomingMessage
    session: Session
    number: int


class Subscriber:
    """One member of the shared subscription; several processes each have their own.

    Args:
        client_id: Fixed, and another for each process.

    Attributes:
        connection_count: Connections made so far; the broker may lose its state between two.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        ingest: Ingest,
        fleet: ReportHandler,
        now: Callable[[], datetime],
        client_id: str = "central.ingest.1",
    ) -> None:
        self._broker = broker
        self._client_id = client_id
        self._ingest = ingest
        self._fleet = fleet
        self._now = now
        self._alerts: BatchQueue[_Waiting] = BatchQueue()
        self._reports: BatchQueue[RawReport] = BatchQueue()
        self._sessions: dict[int, Session] = {}
        self.last_batch_at: datetime | None = None
        self.connection_count = 0

    @property
    def is_up(self) -> bool:
        """Whether all our sessions are connected and subscribed."""
        return len(self._sessions) == len(SESSIONS)

    async def run(self) -> None:
        """Take in messages until cancelled; the broker may come and go."""
        async with asyncio.TaskGroup() as group:
            for number in range(len(SESSIONS)):
                group.create_task(self._stay_connected(number))
            group.create_task(self._take_alerts())
            group.create_task(self._take_reports())

    async def _stay_connected(self, number: int) -> None:
        told, attempt = "", 0
        while True:
            try:
                await self._connected(number)
                attempt, told = 0, ""
            except BrokerError as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("broker_away", reason=told)
            await asyncio.sleep(_pause_s(attempt))
            attempt += 1

    async def _connected(self, number: int) -> None:
        client_id, filters = f"{self._client_id}.{number}", SESSIONS[number]
        async with open_session(
            self._broker, client_id, filters=filters, on_message=self._sort
        ) as opened:
            self._sessions[number] = opened
            self.connection_count += 1
            log.info("subscribed", broker=str(self._broker), client_id=client_id)
            try:
                await opened.run_until_disconnected()
                log.warning("broker_lost", reason=opened.reason, client_id=client_id)
            finally:
                del self._sessions[number]

    def _sort(self, by: Session, message: Message) -> None:
        if "/up/alert/" in message.topic:
            self._alerts.put(_Waiting(_arrival(message), by, message.packet_id))
            return
        by.acknowledge((message.packet_id,))
        proof = message.properties.get(SIGNATURE_PROPERTY, "")
        self._reports.put(RawReport(topic=message.topic, payload=message.payload, signature=proof))

    async def _take_alerts(self) -> None:
        while True:
            batch = await self._alerts.take_batch(BATCH)
            try:
                await self._take(batch)
            except Exception:  # ingest outlives any fault of ours; the boxes send again
                INTERNAL_ERRORS.inc()
                log.exception("batch_failed", messages=len(batch))

    async def _take(self, batch: Sequence[_Waiting]) -> None:
        taken = await self._stored([waiting.arrival for waiting in batch])
        for by, waiting in groupby(batch, key=attrgetter("session")):
            by.acknowledge(one.number for one in waiting)
        for sealed in taken.receipts:
            self._send(sealed)
        self.last_batch_at = self._now()
        BATCHES.inc()
        for outcome, n in taken.counts.items():
            MESSAGES.labels(outcome).inc(n)

    async def _stored(self, arrivals: Sequence[IncomingMessage]) -> BatchResult:
        """Store a batch, trying until the database is there."""
        for attempt in count():
            try:
                return await self._ingest.store_batch(arrivals, now=self._now())
            except DatabaseError as error:
                log.warning("batch_waits", reason=str(error)[:500], attempt=attempt)
                await asyncio.sleep(_pause_s(attempt))
        raise AssertionError("count() has an end")

    async def _take_reports(self) -> None:
        while True:
            for report in await self._reports.take_batch(BATCH):
                try:
                    await self._fleet.handle(report, now=self._now())
                except DatabaseError as error:
                    log.warning("report_lost", topic=report.topic, reason=str(error)[:500])
                except Exception:  # as above: one report stops no other
                    INTERNAL_ERRORS.inc()
                    log.exception("report_failed", topic=report.topic)

    def _send(self, sealed: OutgoingReceipt) -> None:
        """Publish a receipt; one that is lost comes again when its alert does."""
        receipt = replace(sealed.receipt, at=self._now())
        self.send_to_node(sealed.node, "receipt", payload=encode_message(receipt), key=sealed.key)

    def send_to_node(
        self, node: Node, *below: str, payload: bytes, key: bytes, retain: bool = False
    ) -> bool:
        """Tell a box something, signed, below its own prefix; ``False`` if it cannot be sent now.

        A box that is away hears only what is retained, and only while the broker lives.
        """
        topic = node.topic("down", *below)
        proof = {SIGNATURE_PROPERTY: sign(key, topic, payload)}
        return any(
            one.publish(topic, payload, proof, retain=retain)
            for one in islice(self._sessions.values(), 1)
        )


def _pause_s(attempt: int) -> float:
    return RETRY_S[min(attempt, len(RETRY_S) - 1)]


def _arrival(message: Message) -> IncomingMessage:
    return IncomingMessage(
        topic=message.topic,
        payload=message.payload,
        signature=message.properties.get(SIGNATURE_PROPERTY, ""),
        decided_at=_moment(message.properties.get("decided_at")),
    )


def _moment(told: str | None) -> datetime | None:
    """Read an aware time; anything else is none, as it only serves to measure."""
    try:
        moment = datetime.fromisoformat(told) if told else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
