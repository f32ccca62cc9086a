"""One client of the broker gate: its login, then its packets, each checked before it goes on."""

import asyncio
from collections.abc import Callable
from typing import cast

from api.embedded.mqtt_packets import (
    CLIENT_PACKETS,
    CONNECT,
    NOT_AUTHORIZED,
    PUBLISH,
    SUBSCRIBE,
    WRONG_LOGIN,
    WRONG_PROTOCOL,
    Connect,
    PacketError,
    parse_connect,
    publish_topic,
    read_length,
    refusal,
    replace_login,
    subscribe_filters,
)
from api.embedded.topic_rights import TopicRights, is_client_id_own

MAX_CONNECT_BYTES = 16_384


class BrokerSide(asyncio.Protocol):
    """The connection to the broker behind the gate; its bytes go to the client unread."""

    def __init__(self, client: "ClientConnection") -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        """Pass bytes of the broker to the client."""
        self._client.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the client's connection with the broker's."""
        del exc
        self._client.end("")

    def pause_writing(self) -> None:
        """Read no more from the client than the broker takes."""
        self._client.pause_reading()

    def resume_writing(self) -> None:
        """Read from the client again."""
        self._client.resume_reading()


class ClientConnection(asyncio.Protocol):
    """The connection of one client.

    Args:
        log_in: Checks a login; returns what to count if it is refused, else an empty text.
        open_broker: Opens a connection to the broker.
        broker_login: User name and password there.
        max_packet: The longest packet that is passed on.
        on_end: Called once, with what to count; empty if the client or the broker hung up.

    Attributes:
        is_settled: Set once the client has logged in or the connection has ended.
        user: Empty until the client has logged in.
    """

    def __init__(
        self,
        *,
        log_in: Callable[["ClientConnection", Connect], str],
        open_broker: Callable[["ClientConnection"], None],
        broker_login: tuple[str, str],
        max_packet: int,
        on_end: Callable[["ClientConnection", str], None],
    ) -> None:
        self._log_in, self._open_broker, self._on_end = log_in, open_broker, on_end
        self._broker_login, self._max_packet = broker_login, max_packet
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._broker: asyncio.Transport | None = None
        self._rights: TopicRights | None = None
        self._first_packet = b""
        self._has_ended = False
        self.is_settled = asyncio.Event()
        self.user = ""
        self.password_hash = ""

    @property
    def transport(self) -> asyncio.Transport | None:
        """The client's transport; ``None`` before the connection is made."""
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection to the broker, which then publishes the will of the client."""
        del exc
        self.end("")

    def data_received(self, data: bytes) -> None:
        """Check the packets that are complete and pass them on."""
        self._buffer += data
        try:
            if self._rights is None:
                self._take_connect()
            if self._broker is not None:
                self._pass_on()
        except PacketError:
            self.end("malformed")

    def pause_writing(self) -> None:
        """Read no more from the broker than the client takes."""
        if self._broker is not None:
            self._broker.pause_reading()

    def resume_writing(self) -> None:
        """Read from the broker again."""
        if self._broker is not None and not self._has_ended:
            self._broker.resume_reading()

    def pause_reading(self) -> None:
        """Stop reading from the client."""
        if self._transport is not None and not self._has_ended:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read from the client again."""
        if self._transport is not None and not self._has_ended:
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        if self._transport is not None and not self._has_ended:
            self._transport.write(data)

    def start(self, broker: asyncio.Transport) -> None:
        """Use a connection to the broker: send the CONNECT, and what has arrived since."""
        if self._has_ended:
            broker.close()
            return
        self._broker = broker
        broker.write(self._first_packet)
        self.resume_reading()
        self.data_received(b"")

    def end(self, reason: str) -> None:
        """Close both connections; the broker then publishes the will."""
        if self._has_ended:
            return
        self._has_ended = True
        self.is_settled.set()
        for transport in (self._transport, self._broker):
            if transport is not None:
                transport.close()
        self._on_end(self, reason)

    def _take_connect(self) -> None:
        """Check the first packet once it is complete."""
        if self._buffer and self._buffer[0] != CONNECT << 4:
            raise PacketError("the first packet is no CONNECT")
        found = self._packet_end(0, MAX_CONNECT_BYTES)
        if found is None:
            return
        start, stop = found
        body = bytes(self._buffer[start:stop])
        del self._buffer[:stop]
        try:
            connect = parse_connect(body)
        except PacketError as error:
            is_older = str(error) == "not MQTT 5"
            self._refuse(WRONG_PROTOCOL if is_older else WRONG_LOGIN, "malformed")
            return
        rights = TopicRights.of(connect.user)
        if not is_client_id_own(connect):
            self._refuse(NOT_AUTHORIZED, "client_id_of_another")
        elif connect.will_topic is not None and not rights.may_write(connect.will_topic.encode()):
            self._refuse(NOT_AUTHORIZED, "publish_refused")
        elif reason := self._log_in(self, connect):
            self._refuse(WRONG_LOGIN, reason)
        else:
            user, password = self._broker_login
            self._first_packet = replace_login(body, connect, user=user, password=password)
            self._rights, self.user = rights, connect.user
            self.is_settled.set()
            self.pause_reading()
            self._open_broker(self)

    def _refuse(self, code: int, reason: str) -> None:
        self.write(refusal(code))
        self.end(reason)

    def _pass_on(self) -> None:
        """Pass on every complete packet in one write; end at the first that is not allowed."""
        done = 0
        while (found := self._packet_end(done, self._max_packet)) is not None:
            start, stop = found
            if reason := self._check(self._buffer[done] >> 4, start, stop):
                self._send_to_broker(done)
                self.end(reason)
                return
            done = stop
        if done:
            self._send_to_broker(done)

    def _send_to_broker(self, length: int) -> None:
        if self._broker is not None and length:
            self._broker.write(bytes(self._buffer[:length]))
            del self._buffer[:length]

    def _check(self, kind: int, start: int, stop: int) -> str:
        """Return what to count if a packet is not allowed, else an empty text."""
        rights = self._rights
        if rights is None or kind not in CLIENT_PACKETS:
            return "malformed"
        if kind == PUBLISH:
            topic = publish_topic(memoryview(self._buffer)[start:stop])
            return "" if topic and rights.may_write(topic) else "publish_refused"
        if kind == SUBSCRIBE:
            filters = subscribe_filters(bytes(self._buffer[start:stop]))
            return "" if all(map(rights.may_read, filters)) else "subscribe_refused"
        return ""

    def _packet_end(self, offset: int, max_bytes: int) -> tuple[int, int] | None:
        """Return where the body of a packet starts and ends; ``None`` until it is complete.

        Raises:
            PacketError: It is longer than ``max_bytes``.
        """
        if offset >= len(self._buffer):
            return None
        found = read_length(self._buffer, offset + 1)
        if found is None:
            return None
        length, start = found
        if length > max_bytes:
            raise PacketError("a packet that is too long")
        return None if start + length > len(self._buffer) else (start, start + length)
