"""One session with the broker. Whatever goes wrong ends it, and the next one starts clean."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import cast
from urllib.parse import urlsplit

from api.errors import BrokerError, ProtocolError
from api.mqtt import packets
from api.mqtt.packets import FAILED, Kind, Packet, Publish
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


class Session(asyncio.Protocol):
    """A connection; made by ``session``, which see."""

    def __init__(self, take: Callable[["Session", Publish], None]) -> None:
        self._take = take
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_over = asyncio.Event()
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._numbers = cycle(range(1, 0x10000))
        self._in_flight: set[int] = set()
        self._waiting: deque[tuple[str, bytes, Mapping[str, str]]] = deque()
        self._most_in_flight = 0xFFFF
        self._heard_at = 0.0
        self.reason = ""

    async def until_lost(self) -> None:
        """Keep the session alive; returns when it is over."""
        loop = asyncio.get_running_loop()
        while not self._is_over.is_set():
            try:
                async with asyncio.timeout(KEEPALIVE_S / 2):
                    await self._is_over.wait()
            except TimeoutError:
                self._write(packets.PING)
                if loop.time() - self._heard_at > 1.5 * KEEPALIVE_S:
                    self._end("the broker is silent")

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Send the PUBACKs of messages of this session, in this order; nothing if it is over."""
        self._write(b"".join(map(packets.puback, numbers)))

    def publish(self, topic: str, payload: bytes, properties: Mapping[str, str]) -> None:
        """Publish at QoS 1, as far as the session lives and the broker keeps up."""
        if len(self._waiting) < QUEUED_MOST and not self._is_over.is_set():
            self._waiting.append((topic, payload, properties))
            self._send()

    def close(self) -> None:
        """Say goodbye and end."""
        self._write(packets.DISCONNECT)
        self._end("closed by us")

    async def log_in(self, broker: BrokerAddress, client_id: str, filters: Sequence[str]) -> None:
        """Connect and subscribe.

        Raises:
            BrokerError: Nobody answers, or we are refused.
        """
        properties = b"\x21" + RECEIVE_MAXIMUM.to_bytes(2, "big")
        properties += b"\x27" + (2 * MAX_BYTES).to_bytes(4, "big")
        connect = packets.connect(
            client_id,
            user=broker.user,
            password=broker.password,
            keepalive_s=KEEPALIVE_S,
            properties=properties,
        )
        await self._ask(connect)
        await self._ask(packets.subscribe(next(self._numbers), filters))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._end(str(exc) if exc else "the broker hung up")

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._heard_at = asyncio.get_running_loop().time()
        self._buffer += data
        try:
            for came in packets.split(self._buffer):
                self._hear(came)
        except ProtocolError as error:
            self._end(str(error))

    def _hear(self, came: Packet) -> None:
        match came.kind:
            case Kind.PUBLISH:
                self._take(self, packets.read_publish(came))
            case Kind.PUBACK:
                self._in_flight.discard(int.from_bytes(came.body[:2], "big"))
                self._send()
            case Kind.CONNACK:
                self._most_in_flight = packets.receive_maximum(came.body)
                self._tell(came.body[1:2])
            case Kind.SUBACK:
                self._tell(packets.suback_reasons(came.body))
            case Kind.DISCONNECT:
                self._end(f"the broker says goodbye ({came.body[:1].hex()})")

    async def _ask(self, question: bytes) -> None:
        self._answer = asyncio.get_running_loop().create_future()
        self._write(question)
        if self._is_over.is_set():
            raise BrokerError(self.reason)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            refused = await self._answer
        if refused:
            raise BrokerError(refused)

    def _tell(self, reasons: bytes) -> None:
        failed = [f"0x{reason:02x}" for reason in reasons if reason >= FAILED]
        if not self._answer.done():
            self._answer.set_result(f"refused with {', '.join(failed)}" if failed else "")

    def _send(self) -> None:
        while self._waiting and len(self._in_flight) < self._most_in_flight:
            topic, payload, properties = self._waiting.popleft()
            number = next(number for number in self._numbers if number not in self._in_flight)
            self._in_flight.add(number)
            self._write(packets.publish(topic, payload, number=number, properties=properties))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._is_over.is_set():
            self._transport.write(data)

    def _end(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._is_over.set()
        if not self._answer.done():
            self._answer.set_result(reason)
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def session(
    broker: BrokerAddress,
    client_id: str,
    *,
    filters: Sequence[str],
    take: Callable[[Session, Publish], None],
) -> AsyncIterator[Session]:
    """Open a session that is subscribed to ``filters``.

    Args:
        client_id: Fixed, as a broker may keep a dead one past its end; ``[a-z0-9.-]``.
        take: Gets each message, within the event loop; must return at once.

    Raises:
        BrokerError: Nobody answers, or we are refused.
    """
    context = ssl.create_default_context() if broker.is_encrypted else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            _, opened = await loop.create_connection(
                lambda: Session(take), broker.host, broker.port, ssl=context
            )
        try:
            await opened.log_in(broker, client_id, filters)
        except BaseException:
            opened.close()
            raise
    except (OSError, TimeoutError, BrokerError) as error:
        reason = str(error) or "no answer"
        raise BrokerError(f"the broker at {broker} cannot be used: {reason}") from None
    try:
        yield opened
    finally:
        opened.close()
