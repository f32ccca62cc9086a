"""One MQTT 5 session with the broker; the only module of ``edge`` that uses paho-mqtt.

A connection is used once. Any fault ends it and the publisher opens a new one: all durable state
is in the outbox, so none is kept in the session.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import BrokerError, BrokerRefusedError

CLOSED_UNANSWERED = "closes the connection without an answer"
"""Reason of a ``BrokerError``; some brokers do so for a wrong login."""
RECEIVE_MAXIMUM = 65535
MAX_PACKET_SIZE = 268_435_455
"""Bytes of a packet if the broker states no limit (MQTT 5, 2.1.4)."""
PACKET_OVERHEAD = 40
"""At least the bytes of a PUBLISH beside topic, payload and properties."""
REFUSALS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C})
"""CONNACK codes for which retrying is useless: protocol, client id, login, banned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Address of the broker.

    Args:
        tls: Whether to use TLS.
        ca: File with the certificate authority; ``None`` uses those of the system.
        certificate: File with the node's own certificate, if the broker asks for one.
        certificate_key: File with its private key.
    """

    host: str
    port: int
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None

    def __str__(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLogin:
    """Client id and credentials."""

    client_id: str
    user: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message to publish; ``properties`` are MQTT 5 user properties."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    content_type: str = "application/json"
    properties: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PublishAcknowledged:
    """A PUBACK arrived; ``refusal`` is empty unless the broker rejected the message."""

    packet_id: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message arrived."""

    topic: str
    payload: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection has ended."""

    reason: str


ConnectionEvent = PublishAcknowledged | IncomingMessage | ConnectionLost


class Connection:
    """One session with the broker.

    Args:
        will: Published by the broker if the connection is lost.
        on_event: Takes each event; must return at once.

    Raises:
        BrokerRefusedError: The file with the certificate authority cannot be used.
    """

    def __init__(
        self,
        broker: Broker,
        login: BrokerLogin,
        *,
        will: OutgoingMessage,
        on_event: Callable[[ConnectionEvent], None],
    ) -> None:
        self._broker = broker
        self._on_event = on_event
        self._answered = threading.Event()
        self._topics: tuple[str, ...] = ()
        self._refusal: BrokerError | None = BrokerError(str(broker), CLOSED_UNANSWERED)
        self.receive_maximum = RECEIVE_MAXIMUM
        self._max_packet_size = MAX_PACKET_SIZE
        self._client = self._create_client(login, will)

    def open(self, *topics: str, timeout: float = 10.0) -> None:
        """Connect, subscribe to ``topics`` at QoS 1 and wait until the broker has granted both.

        Raises:
            BrokerError: The broker does not answer, or closes the connection; some brokers do
                so for a wrong login.
            BrokerRefusedError: The login, the client id, the protocol or a topic is refused.
        """
        self._topics = topics
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=20)
        except (OSError, ValueError) as error:
            raise BrokerError(str(self._broker), str(error)) from None
        self._client.loop_start()
        if not self._answered.wait(timeout):
            self.close()
            raise BrokerError(str(self._broker), f"no answer within {timeout:g} s")
        if self._refusal is not None:
            self.close()
            raise self._refusal

    def accepts(self, message: OutgoingMessage) -> bool:
        """Return whether the message is short enough for the broker, which would disconnect us."""
        return _packet_size(message) <= self._max_packet_size

    def publish(self, message: OutgoingMessage) -> int:
        """Hand ``message`` to the network thread; return its packet identifier."""
        properties = _properties(message, PacketTypes.PUBLISH)
        sent = self._client.publish(
            message.topic,
            message.payload,
            qos=message.qos,
            retain=message.retain,
            properties=properties,
        )
        return sent.mid

    def close(self) -> None:
        """Disconnect, so that the will is not published, and end the network thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _create_client(self, login: BrokerLogin, will: OutgoingMessage) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=login.client_id,
            protocol=MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = 5.0
        client.max_inflight_messages_set(RECEIVE_MAXIMUM)
        client.username_pw_set(login.user, login.password)
        properties = _properties(will, PacketTypes.WILLMESSAGE)
        client.will_set(
            will.topic, will.payload, qos=will.qos, retain=will.retain, properties=properties
        )
        if self._broker.tls:
            self._enable_tls(client)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    def _enable_tls(self, client: Client) -> None:
        ca, certificate, key = (
            str(file) if file else None
            for file in (self._broker.ca, self._broker.certificate, self._broker.certificate_key)
        )
        try:
            client.tls_set(ca_certs=ca, certfile=certificate, keyfile=key)
        except (OSError, ValueError) as error:
            what = f"{ca} is not a certificate authority"
            if certificate is not None:
                what += f", or {certificate} is no certificate with its key"
            raise BrokerRefusedError(str(self._broker), f"{what}: {error}") from None

    def _on_connect(
        self,
        client: Client,
        _: object,
        _flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.receive_maximum = getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM)
        self._max_packet_size = getattr(properties, "MaximumPacketSize", MAX_PACKET_SIZE)
        if code.is_failure:
            error = BrokerRefusedError if code.value in REFUSALS else BrokerError
            self._finish_opening(error(str(self._broker), f"refuses the connection: {code}"))
        elif self._topics:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._topics])
        else:
            self._finish_opening()

    def _finish_opening(self, refusal: BrokerError | None = None) -> None:
        self._refusal = refusal
        self._answered.set()

    def _on_disconnect(
        self,
        _client: Client,
        _: object,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._on_event(ConnectionLost(str(code)))
        self._answered.set()

    def _on_message(self, _client: Client, _: object, message: MQTTMessage) -> None:
        properties: list[tuple[str, Any]] = getattr(message.properties, "UserProperty", [])
        signature = str(dict(properties).get("sig", ""))
        self._on_event(IncomingMessage(message.topic, bytes(message.payload), signature))

    def _on_subscribe(
        self,
        _client: Client,
        _: object,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = next((code for code in codes if code.is_failure), None)
        reason = f"refuses the subscription to messages of the centre: {refused}"
        self._finish_opening(BrokerRefusedError(str(self._broker), reason) if refused else None)

    def _on_publish(
        self, _client: Client, _: object, packet_id: int, code: ReasonCode, _properties: Properties
    ) -> None:
        self._on_event(PublishAcknowledged(packet_id, "" if code.value == 0 else str(code)))


def _packet_size(message: OutgoingMessage) -> int:
    """Return the bytes of a PUBLISH, or a few more."""
    texts = [message.topic, message.content_type, *(message.properties or {}).values()]
    names = [*(message.properties or {})]
    text_size = sum(len(text.encode()) + 3 for text in (*texts, *names))
    return PACKET_OVERHEAD + len(message.payload) + text_size


def _properties(message: OutgoingMessage, packet_type: int) -> Properties:
    properties = Properties(packet_type)  # type: ignore[no-untyped-call]  # untyped in paho
    properties.ContentType = message.content_type
    if message.properties:
        properties.UserProperty = list(message.properties.items())
    return properties
