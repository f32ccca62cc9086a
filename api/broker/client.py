"""An MQTT 5 session inside the asyncio event loop; the only use of paho-mqtt at the centre.

The event loop watches the socket and calls paho when it is readable or writable, because paho's
own thread would compete with the loop for the interpreter lock at every packet. A session is used
once: any error ends it, and the caller opens a new one.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from api.broker.lenient_text import use_lenient_text
from api.errors import BrokerError
from pipeline.wire.alert import MAX_BYTES

RECEIVE_MAXIMUM = 1000
"""Unacknowledged messages the broker may send; several batches, so that ingest never waits."""
KEEPALIVE_S = 20
RESPONSE_TIMEOUT_S = 10.0
MAX_QUEUED_MESSAGES = 10_000
"""Outgoing messages that may wait; further receipts are dropped, as nodes resend their alerts."""


MAX_MESSAGES_PER_READ = 20
FILTERS_PER_PACKET = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Address of the broker, and the login of the centre."""

    host: str
    port: int
    password: str
    user: str = "central"
    is_encrypted: bool = False

    @classmethod
    def parse(cls, url: str, *, password: str) -> "BrokerAddress":
        """Parse ``mqtt://host:port`` or ``mqtts://host:port``."""
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (8883 if is_encrypted else 1883),
            password=password,
            is_encrypted=is_encrypted,
        )

    def __str__(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Message:
    """An incoming message.

    Args:
        properties: Its user properties.
        packet_id: Acknowledges the message on its session; 0 if it needs no acknowledgement.
    """

    topic: str
    payload: bytes
    properties: Mapping[str, str]
    packet_id: int


class Session:
    """A connection to the broker; created by ``connect_session``.

    Attributes:
        filters: The topic filters that it is subscribed to.
        reason: Why the session ended; empty while it is open.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        client_id: str,
        on_message: Callable[["Session", Message], None],
    ) -> None:
        self.client_id = client_id
        self._broker = broker
        self._on_message = on_message
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._response: asyncio.Future[str] = self._loop.create_future()
        self._client = self._make_client(client_id)
        self._socket_fd: int | None = None
        self._n_received = 0
        self._unacked: deque[int] = deque()
        self._acknowledged: set[int] = set()
        self.filters: frozenset[str] = frozenset()
        self.reason = ""

    async def connect(self, filters: Sequence[str]) -> None:
        """Connect and subscribe.

        Raises:
            BrokerError: The broker does not respond, or refuses the login or a subscription.
        """
        await asyncio.to_thread(self._open_socket)
        sock = self._client.socket()
        if sock is None:
            raise BrokerError("it closed the connection")
        self._socket_fd = sock.fileno()
        self._loop.add_reader(self._socket_fd, self._read)
        self._client.on_socket_register_write = self._begin_writing
        self._client.on_socket_unregister_write = self._end_writing
        self._client.on_socket_close = self._stop_watching
        self._begin_writing()
        await self._wait_for_response()
        options = SubscribeOptions(qos=1)
        for start in range(0, len(filters), FILTERS_PER_PACKET):
            self._response = self._loop.create_future()
            packet = filters[start : start + FILTERS_PER_PACKET]
            self._client.subscribe([(topic, options) for topic in packet])
            await self._wait_for_response()
        self.filters = frozenset(filters)

    async def run_until_disconnected(self) -> None:
        """Keep the session alive and return when it has ended."""
        while not self._ended.is_set():
            try:
                async with asyncio.timeout(KEEPALIVE_S / 4):
                    await self._ended.wait()
            except TimeoutError:
                self._client.loop_misc()

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """Acknowledge messages of this session; do nothing if it has ended.

        The PUBACKs are sent in the order in which the messages arrived, as brokers disconnect a
        client that sends them in another: one waits for all messages before it.
        """
        self._acknowledged.update(filter(None, packet_ids))
        while self._unacked and self._unacked[0] in self._acknowledged:
            packet_id = self._unacked.popleft()
            self._acknowledged.discard(packet_id)
            if not self._ended.is_set():
                self._client.ack(packet_id, 1)

    def publish(
        self, topic: str, payload: bytes, properties: Mapping[str, str], *, retain: bool = False
    ) -> bool:
        """Publish at QoS 1; return ``False`` if the session has ended or the queue is full."""
        if self._ended.is_set():
            return False
        packet = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's
        packet.UserProperty = list(properties.items())
        try:
            self._client.publish(topic, payload, qos=1, retain=retain, properties=packet)
        except ValueError:  # the queue is full
            return False
        return True

    def close(self) -> None:
        """Disconnect and end the session."""
        self._client.disconnect()
        self._client.loop_write()
        self._stop_watching()
        self._end("closed by us")

    def _make_client(self, client_id: str) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTv5, manual_ack=True)
        client.username_pw_set(self._broker.user, self._broker.password)
        client.max_queued_messages_set(MAX_QUEUED_MESSAGES)
        client.connect_timeout = RESPONSE_TIMEOUT_S
        if self._broker.is_encrypted:
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._handle_message
        client.on_disconnect = self._on_disconnect
        return client

    def _open_socket(self) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = 2 * MAX_BYTES
        self._client.connect(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=True,
            properties=properties,
        )

    async def _wait_for_response(self) -> None:
        async with asyncio.timeout(RESPONSE_TIMEOUT_S):
            refusal = await self._response
        if refusal:
            raise BrokerError(refusal)

    def _read(self) -> None:
        """Read what has arrived: several messages at once, as each turn of the loop costs time."""
        for _ in range(MAX_MESSAGES_PER_READ):
            n_received = self._n_received
            self._client.loop_read()
            if self._n_received == n_received:
                break
        while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending():
            self._client.loop_read()  # data already decrypted does not make the socket readable

    def _write(self) -> None:
        self._client.loop_write()

    def _begin_writing(self, *_: object) -> None:
        if self._socket_fd is not None:
            self._loop.add_writer(self._socket_fd, self._write)

    def _end_writing(self, *_: object) -> None:
        if self._socket_fd is not None:
            self._loop.remove_writer(self._socket_fd)

    def _stop_watching(self, *_: object) -> None:
        """Stop watching the socket before it is closed."""
        if self._socket_fd is not None:
            self._loop.remove_writer(self._socket_fd)
            self._loop.remove_reader(self._socket_fd)
        self._socket_fd = None

    def _on_connect(
        self,
        _client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._set_response(f"refused: {reason}" if reason.is_failure else "")

    def _on_subscribe(
        self,
        _client: Client,
        _data: object,
        _packet_id: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refusals = [str(reason) for reason in reasons if reason.is_failure]
        self._set_response(f"refused: {', '.join(refusals)}" if refusals else "")

    def _handle_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        properties = dict(getattr(message.properties, "UserProperty", ()))
        packet_id = message.mid if message.qos else 0
        self._n_received += 1
        if packet_id:
            self._unacked.append(packet_id)
        payload = bytes(message.payload)
        self._on_message(self, Message(_topic_of(message), payload, properties, packet_id))

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._end(str(reason))

    def _set_response(self, refusal: str) -> None:
        if not self._response.done():
            self._response.set_result(refusal)

    def _end(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._ended.set()
        self._set_response(self.reason)


def _topic_of(message: MQTTMessage) -> str:
    """Return the topic, with escapes for what is no UTF-8."""
    try:
        return message.topic
    except UnicodeDecodeError as error:
        return bytes(error.object).decode("utf-8", "backslashreplace")


use_lenient_text()


async def connect_session(
    broker: BrokerAddress,
    client_id: str,
    *,
    filters: Sequence[str] = (),
    on_message: Callable[[Session, Message], None],
) -> Session:
    """Open a session, to be closed by the caller, and subscribe to ``filters``.

    Args:
        client_id: Fixed for each process, as a broker may keep a dead session; ``[a-z0-9.-]``.
        on_message: Called in the event loop with each message; must not block.

    Raises:
        BrokerError: The broker does not respond, or refuses the login or a subscription.
    """
    session = Session(broker, client_id, on_message)
    try:
        await session.connect(filters)
    except (OSError, ValueError, TimeoutError, BrokerError) as error:
        session.close()
        reason = str(error) or "no response"
        raise BrokerError(f"the broker at {broker} cannot be used: {reason}") from None
    except BaseException:
        session.close()
        raise
    return session


@asynccontextmanager
async def open_session(
    broker: BrokerAddress,
    client_id: str,
    *,
    filters: Sequence[str] = (),
    on_message: Callable[[Session, Message], None],
) -> AsyncIterator[Session]:
    """Open a session as ``connect_session`` does, and close it at the end of the block."""
    session = await connect_session(broker, client_id, filters=filters, on_message=on_message)
    try:
        yield session
    finally:
        session.close()
