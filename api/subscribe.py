"""Commit, PUBACK, receipt: the centre's only paho-mqtt.

paho's thread hands messages to the event loop; a batch is acknowledged to the broker, in
the order of its arrival, once it is committed, and only then do the boxes get receipts.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from api.admit import Arrival
from api.errors import DatabaseError
from api.fleet import CAMERA_FILTER, STATUS_FILTER, Fleet, Report
from api.handoff import Handoff
from api.ingest import Ingest, SealedReceipt
from api.metrics import BATCHES, FAULTS, MESSAGES
from pipeline.wire import INGEST_FILTER, sign, write
from pipeline.wire.signature import PROPERTY

BATCH = 100
RECEIVE_MAXIMUM = 1000
"""Messages that may be on their way to us; several batches, so that none waits for the wire."""
RETRY_S = (0.2, 0.5, 1, 2, 5)
KEEPALIVE_S = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker is, and who we are there."""

    host: str
    port: int
    password: str
    user: str = "central"
    is_encrypted: bool = False

    @classmethod
    def parse(cls, url: str, *, password: str) -> "BrokerAddress":
        """Read ``mqtt://host:port`` or ``mqtts://host:port``."""
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (8883 if is_encrypted else 1883),
            password=password,
            is_encrypted=is_encrypted,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message that the broker has not been told of yet.

    Args:
        session: Which connection it came by: its number means nothing on another.
    """

    arrival: Arrival
    mid: int
    session: int


class Subscriber:
    """One member of the shared subscription; several processes each have their own.

    Args:
        client_id: Fixed, as a broker may keep a dead member past its end; ``[a-z0-9.-]``.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        ingest: Ingest,
        fleet: Fleet,
        now: Callable[[], datetime],
        client_id: str = "central.ingest.1",
    ) -> None:
        self._broker = broker
        self._ingest = ingest
        self._fleet = fleet
        self._now = now
        self._client = self._made(client_id)
        self._session = 0
        self._is_up = False
        self._alerts: Handoff[_Waiting]
        self._reports: Handoff[Report]
        self.last_batch_at: datetime | None = None

    @property
    def is_up(self) -> bool:
        """Whether we are connected and subscribed."""
        return self._is_up

    async def run(self) -> None:
        """Take in messages until cancelled; the broker may come and go."""
        loop = asyncio.get_running_loop()
        self._alerts, self._reports = Handoff(loop), Handoff(loop)
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=True,
            properties=_connect_properties(),
        )
        self._client.loop_start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_alerts())
                group.create_task(self._take_reports())
        finally:
            self._client.disconnect()
            await asyncio.shield(asyncio.to_thread(self._client.loop_stop))

    async def _take_alerts(self) -> None:
        while True:
            batch = await self._alerts.take(BATCH)
            try:
                await self._take(batch)
            except Exception:  # ingest outlives any fault; the boxes send again
                FAULTS.inc()
                log.exception("batch_failed", messages=len(batch))

    async def _take(self, batch: Sequence[_Waiting]) -> None:
        """Store a batch, trying until the database is there, then answer."""
        arrivals = [waiting.arrival for waiting in batch]
        for attempt in range(10**9):
            try:
                taken = await self._ingest.take(arrivals, now=self._now())
                break
            except DatabaseError as error:
                log.warning("batch_waits", reason=str(error), attempt=attempt)
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
        for waiting in batch:
            if waiting.session == self._session:
                self._client.ack(waiting.mid, 1)
        for sealed in taken.receipts:
            self._send(sealed)
        self.last_batch_at = self._now()
        BATCHES.inc()
        for outcome, count in taken.counts.items():
            MESSAGES.labels(outcome).inc(count)

    async def _take_reports(self) -> None:
        while True:
            for report in await self._reports.take(BATCH):
                try:
                    await self._fleet.note(report, now=self._now())
                except DatabaseError as error:
                    log.warning("report_lost", topic=report.topic, reason=str(error))

    def _send(self, sealed: SealedReceipt) -> None:
        """Publish a receipt; one that is lost comes again when its alert does."""
        if not self._is_up:
            return
        topic, payload = sealed.node.topic("down", "receipt"), write(sealed.receipt)
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's
        properties.UserProperty = [(PROPERTY, sign(sealed.key, topic, payload))]
        self._client.publish(topic, payload, qos=1, properties=properties)

    def _made(self, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5, manual_ack=True
        )
        client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.is_encrypted:
            client.tls_set_context(ssl.create_default_context())
        client.max_inflight_messages_set(RECEIVE_MAXIMUM)
        client.max_queued_messages_set(10 * RECEIVE_MAXIMUM)
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        client.connect_timeout = 5
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    # What follows runs in paho's thread.

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("broker_refuses_us", reason=str(reason), user=self._broker.user)
            return
        self._session += 1
        self._alerts.clear()
        at_least_once = SubscribeOptions(qos=1)
        filters = (INGEST_FILTER, STATUS_FILTER, CAMERA_FILTER)
        client.subscribe([(filter_, at_least_once) for filter_ in filters])

    def _on_subscribe(
        self,
        _client: Client,
        _data: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._is_up = not any(reason.is_failure for reason in reasons)
        log.info("subscribed" if self._is_up else "subscription_refused")

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._is_up:
            log.warning("broker_lost", reason=str(reason))
        self._is_up = False

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            client.ack(message.mid, message.qos)
            return
        if "/up/alert/" in topic:
            self._alerts.put(_Waiting(_arrival(topic, message), message.mid, self._session))
            return
        client.ack(message.mid, message.qos)
        self._reports.put(Report(topic=topic, payload=bytes(message.payload)))


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
    properties.SessionExpiryInterval = 0
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    return properties


def _arrival(topic: str, message: MQTTMessage) -> Arrival:
    told: list[tuple[str, Any]] = getattr(message.properties, "UserProperty", [])
    given = dict(told)
    return Arrival(
        topic=topic,
        payload=bytes(message.payload),
        signature=str(given.get(PROPERTY, "")),
        decided_at=_moment(given.get("decided_at")),
    )


def _moment(told: str | None) -> datetime | None:
    """Read an aware time; anything else is none, as it only serves to measure."""
    try:
        moment = datetime.fromisoformat(told) if told else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
