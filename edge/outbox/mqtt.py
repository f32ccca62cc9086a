"""One session with the broker: the edge's only paho-mqtt.

A connection is used once. Whatever goes wrong ends it, and the publisher opens
a new one: the outbox holds the truth, so no session state is worth keeping.
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

RECEIVE_MAXIMUM = 65535
REFUSALS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C})
"""CONNACK codes that a second try does not mend: protocol, client id, login, banned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, and how to talk to it.

    Args:
        tls: Encrypt; ``ca`` names the authority's file, the system's are used without it.
    """

    host: str
    port: int
    tls: bool = False
    ca: Path | None = None

    def __str__(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLogin:
    """Who connects."""

    client_id: str
    user: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """Something to publish; ``properties`` are user properties of MQTT 5."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    content_type: str = "application/json"
    properties: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PublishAcknowledged:
    """The broker answered a publish: ``refusal`` says why it did not take it."""

    mid: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message came in."""

    topic: str
    payload: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection is over."""

    reason: str


ConnectionEvent = PublishAcknowledged | IncomingMessage | ConnectionLost


class Connection:
    """One session; events are told from its own thread, in the order they happen.

    Args:
        will: What the broker says for us when we vanish.
        on_event: Takes each event; must return at once.

    Raises:
        BrokerRefusalError: The authority's file cannot be used.
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
        self._refusal: BrokerError | None = BrokerError(str(broker), "hangs up without an answer")
        self.receive_maximum = RECEIVE_MAXIMUM
        self._client = self._create_client(login, will)

    def open(self, *topics: str, timeout: float = 10.0) -> None:
        """Connect, ask for ``topics`` at QoS 1, and wait until the broker has granted both.

        Raises:
            BrokerError: Nobody answers, or hangs up: some do so where a login is wrong.
            BrokerRefusalError: The login, the client id, the protocol or a topic is refused.
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
        """Say goodbye, so that the will is not sent, and end the thread."""
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
        last = _properties(will, PacketTypes.WILLMESSAGE)
        client.will_set(will.topic, will.payload, qos=will.qos, retain=will.retain, properties=last)
        if self._broker.tls:
            self._enable_tls(client)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    def _enable_tls(self, client: Client) -> None:
        ca = self._broker.ca
        try:
            client.tls_set(ca_certs=str(ca) if ca else None)
        except (OSError, ValueError) as error:
            raise BrokerRefusedError(str(self._broker), f"{ca} is no authority: {error}") from None

    def _on_connect(
        self,
        client: Client,
        _: object,
        _flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.receive_maximum = getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM)
        if code.is_failure:
            kind = BrokerRefusedError if code.value in REFUSALS else BrokerError
            self._finish_opening(kind(str(self._broker), f"refuses the connection: {code}"))
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
        reason = f"may not hear the centre: {refused}"
        self._finish_opening(BrokerRefusedError(str(self._broker), reason) if refused else None)

    def _on_publish(
        self, _client: Client, _: object, mid: int, code: ReasonCode, _properties: Properties
    ) -> None:
        heard = code.value == 0
        self._on_event(PublishAcknowledged(mid, "" if heard else str(code)))


def _properties(post: OutgoingMessage, packet: int) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # theirs
    properties.ContentType = post.content_type
    if post.properties:
        properties.UserProperty = list(post.properties.items())
    return properties
