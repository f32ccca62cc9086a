"""One session with the broker, within the event loop: the centre's only paho-mqtt.

paho's own thread would fight with the loop for the interpreter at every packet; so the loop
watches the socket and calls paho when there is something to read or to write. A session is
used once: whatever goes wrong ends it, and the next one starts clean.
"""

import asyncio
import ssl
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

from api.errors import BrokerError
from pipeline.wire.alert import MAX_BYTES

RECEIVE_MAXIMUM = 1000
"""Messages that may be on their way to us; several batches, so that none waits for the wire."""
KEEPALIVE_S = 20
ANSWER_WITHIN_S = 10.0
QUEUED_MOST = 10_000
"""Receipts that wait for the broker; beyond it they are dropped, and come again when asked."""


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

    def __str__(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Message:
    """What came in; ``packet_id`` acknowledges it, on the session it came by; 0: it needs none."""

    topic: str
    payload: bytes
    properties: Mapping[str, str]
    packet_id: int


class Session:
    """A connection; made by ``open_session``, which see."""

    def __init__(
        self,
        broker: BrokerAddress,
        client_id: str,
        on_message: Callable[["Session", Message], None],
    ) -> None:
        self._broker = broker
        self._take = on_message
        self._loop = asyncio.get_running_loop()
        self._is_over = asyncio.Event()
        self._answer: asyncio.Future[str] = self._loop.create_future()
        self._client = self._made(client_id)
        self._watched: int | None = None
        self.reason = ""

    async def connect(self, filters: Sequence[str]) -> None:
        """Connect and subscribe.

        Raises:
            BrokerError: Nobody answers, or we are refused.
        """
        await asyncio.to_thread(self._connect)
        opened = self._client.socket()
        if opened is None:
            raise BrokerError("it hung up")
        self._watched = opened.fileno()
        self._loop.add_reader(self._watched, self._read)
        self._client.on_socket_register_write = self._begin_writing
        self._client.on_socket_unregister_write = self._end_writing
        self._client.on_socket_close = self._forget
        self._begin_writing()
        await self._answered()
        if filters:
            self._answer = self._loop.create_future()
            options = SubscribeOptions(qos=1)
            self._client.subscribe([(one, options) for one in filters])
            await self._answered()

    async def run_until_disconnected(self) -> None:
        """Keep the session alive; returns when it is over."""
        while not self._is_over.is_set():
            try:
                async with asyncio.timeout(KEEPALIVE_S / 4):
                    await self._is_over.wait()
            except TimeoutError:
                self._client.loop_misc()

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Send the PUBACKs of messages of this session, in this order; nothing if it is over."""
        if not self._is_over.is_set():
            for number in filter(None, numbers):
                self._client.ack(number, 1)

    def publish(
        self, topic: str, payload: bytes, properties: Mapping[str, str], *, retain: bool = False
    ) -> bool:
        """Publish at QoS 1; ``False`` where the session is over or the broker does not keep up."""
        if self._is_over.is_set():
            return False
        told = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's
        told.UserProperty = list(properties.items())
        try:
            self._client.publish(topic, payload, qos=1, retain=retain, properties=told)
        except ValueError:  # the queue is full
            return False
        return True

    def close(self) -> None:
        """Say goodbye and end."""
        self._client.disconnect()
        self._client.loop_write()
        self._forget()
        self._end("closed by us")

    def _made(self, client_id: str) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTv5, manual_ack=True)
        client.username_pw_set(self._broker.user, self._broker.password)
        client.max_queued_messages_set(QUEUED_MOST)
        client.connect_timeout = ANSWER_WITHIN_S
        if self._broker.is_encrypted:
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._welcomed
        client.on_subscribe = self._subscribed
        client.on_message = self._hear
        client.on_disconnect = self._lost
        return client

    def _connect(self) -> None:
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

    async def _answered(self) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            refused = await self._answer
        if refused:
            raise BrokerError(refused)

    def _read(self) -> None:
        self._client.loop_read()
        while isinstance(opened := self._client.socket(), ssl.SSLSocket) and opened.pending():
            self._client.loop_read()  # decrypted already, so the loop would not call again

    def _write(self) -> None:
        self._client.loop_write()

    def _begin_writing(self, *_: object) -> None:
        if self._watched is not None:
            self._loop.add_writer(self._watched, self._write)

    def _end_writing(self, *_: object) -> None:
        if self._watched is not None:
            self._loop.remove_writer(self._watched)

    def _forget(self, *_: object) -> None:
        """Stop watching the socket, before it is closed."""
        if self._watched is not None:
            self._loop.remove_writer(self._watched)
            self._loop.remove_reader(self._watched)
        self._watched = None

    def _welcomed(
        self,
        _client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._tell(f"refused: {reason}" if reason.is_failure else "")

    def _subscribed(
        self,
        _client: Client,
        _data: object,
        _number: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._tell(f"refused: {', '.join(refused)}" if refused else "")

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        told = getattr(message.properties, "UserProperty", ())
        number = message.mid if message.qos else 0
        self._take(self, Message(message.topic, bytes(message.payload), dict(told), number))

    def _lost(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._end(str(reason))

    def _tell(self, refused: str) -> None:
        if not self._answer.done():
            self._answer.set_result(refused)

    def _end(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._is_over.set()
        self._tell(self.reason)


@asynccontextmanager
async def open_session(
    broker: BrokerAddress,
    client_id: str,
    *,
    filters: Sequence[str] = (),
    on_message: Callable[[Session, Message], None],
) -> AsyncIterator[Session]:
    """Open a session that is subscribed to ``filters``.

    Args:
        client_id: Fixed, as a broker may keep a dead one past its end; ``[a-z0-9.-]``.
        on_message: Gets each message, within the event loop; must return at once.

    Raises:
        BrokerError: Nobody answers, or we are refused.
    """
    opened = Session(broker, client_id, on_message)
    try:
        await opened.connect(filters)
    except (OSError, ValueError, TimeoutError, BrokerError) as error:
        opened.close()
        reason = str(error) or "no answer"
        raise BrokerError(f"the broker at {broker} cannot be used: {reason}") from None
    try:
        yield opened
    finally:
        opened.close()
