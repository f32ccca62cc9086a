"""MQTT 5 packets as bytes and back. Pure; chapters are those of the OASIS standard."""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from api.errors import ProtocolError

LONGEST_LENGTH = 4  # bytes of a variable byte integer, 1.5.5
USER_PROPERTY, RECEIVE_MAXIMUM = 0x26, 0x21
SIZES = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4),
}
"""Bytes of the properties that are numbers, 2.2.2.2."""
STRINGS = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
SUBSCRIPTION_ID = 0x0B

PING = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
FAILED = 0x80
"""Reason codes from here on are failures."""


class Kind(IntEnum):
    """The upper half of a packet's first byte."""

    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBACK = 9
    PINGRESP = 13
    DISCONNECT = 14


class Packet(NamedTuple):
    """A packet as it came: its first byte, and what follows the length."""

    first: int
    body: bytes

    @property
    def kind(self) -> int:
        """What it is; one of ``Kind`` if it is for us."""
        return self.first >> 4


class Publish(NamedTuple):
    """A message that came in; ``number`` is 0 at QoS 0, which is not acknowledged."""

    topic: str
    payload: bytes
    properties: Mapping[str, str]
    number: int


def connect(
    client_id: str, *, user: str, password: str, keepalive_s: int, properties: bytes = b""
) -> bytes:
    """CONNECT with a clean start, 3.1."""
    flags = 0b1100_0010
    head = text("MQTT") + bytes([5, flags]) + keepalive_s.to_bytes(2, "big")
    return packet(0x10, head + sized(properties) + text(client_id) + text(user) + text(password))


def subscribe(number: int, filters: Iterable[str]) -> bytes:
    """SUBSCRIBE at QoS 1, 3.8."""
    wanted = b"".join(text(filter_) + b"\x01" for filter_ in filters)
    return packet(0x82, number.to_bytes(2, "big") + b"\x00" + wanted)


def publish(topic: str, payload: bytes, *, number: int, properties: Mapping[str, str]) -> bytes:
    """PUBLISH at QoS 1, 3.3."""
    told = b"".join(
        bytes([USER_PROPERTY]) + text(name) + text(value) for name, value in properties.items()
    )
    return packet(0x32, text(topic) + number.to_bytes(2, "big") + sized(told) + payload)


def puback(number: int) -> bytes:
    """PUBACK, success, 3.4."""
    return b"\x40\x02" + number.to_bytes(2, "big")


def packet(first: int, body: bytes) -> bytes:
    """Put the length before ``body``."""
    return bytes([first]) + length(len(body)) + body


def length(number: int) -> bytes:
    """A variable byte integer: seven bits a byte, lowest first, 1.5.5."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def sized(body: bytes) -> bytes:
    """``body`` behind its length."""
    return length(len(body)) + body


def text(words: str) -> bytes:
    """A string behind its length, 1.5.4."""
    raw = words.encode()
    return len(raw).to_bytes(2, "big") + raw


def split(buffer: bytearray) -> Iterator[Packet]:
    """Take the whole packets off the front of ``buffer``; a part of one stays.

    Raises:
        ProtocolError: A length has no end.
    """
    start = 0
    while True:
        found = _length_at(buffer, start + 1)
        if found is None or len(buffer) < sum(found):
            break
        size, begin = found
        yield Packet(buffer[start], bytes(buffer[begin : begin + size]))
        start = begin + size
    del buffer[:start]


def read_publish(came: Packet) -> Publish:
    """Read a message.

    Raises:
        ProtocolError: It is cut short, or not in UTF-8.
    """
    body = came.body
    try:
        end = 2 + int.from_bytes(body[:2], "big")
        topic, number = body[2:end].decode(), 0
        if came.first & 0b0110:
            number = int.from_bytes(body[end : end + 2], "big")
            end += 2
        size, begin = _length_of(body, end)
        return Publish(topic, body[begin + size :], _told(body[begin : begin + size]), number)
    except (IndexError, UnicodeDecodeError, KeyError) as error:
        raise ProtocolError(f"a message cannot be read: {error!r}") from None


def receive_maximum(connack: bytes) -> int:
    """How many of our messages the broker takes without having answered, 3.2.2.3.3."""
    try:
        size, begin = _length_of(connack, 2)
        return _numbers(connack[begin : begin + size]).get(RECEIVE_MAXIMUM, 0xFFFF)
    except (IndexError, KeyError, ProtocolError):
        return 0xFFFF


def suback_reasons(body: bytes) -> bytes:
    """One reason code for each filter, 3.9.3."""
    try:
        size, begin = _length_of(body, 2)
    except IndexError:
        raise ProtocolError("a SUBACK is cut short") from None
    return body[begin + size :]


def _told(properties: bytes) -> dict[str, str]:
    """The user properties; others are stepped over."""
    told: dict[str, str] = {}
    at = 0
    while at < len(properties):
        if properties[at] == USER_PROPERTY:
            name, at = _text_at(properties, at + 1)
            told[name], at = _text_at(properties, at)
        else:
            at = _next(properties, at)
    return told


def _numbers(properties: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    at = 0
    while at < len(properties):
        after = _next(properties, at)
        found[properties[at]] = int.from_bytes(properties[at + 1 : after], "big")
        at = after
    return found


def _next(properties: bytes, at: int) -> int:
    """Where the property behind the one at ``at`` begins."""
    id_ = properties[at]
    if id_ in STRINGS:
        return _after_text(properties, at + 1)
    if id_ == USER_PROPERTY:
        return _after_text(properties, _after_text(properties, at + 1))
    if id_ == SUBSCRIPTION_ID:
        return _length_of(properties, at + 1)[1]
    return at + 1 + SIZES[id_]


def _text_at(data: bytes, at: int) -> tuple[str, int]:
    end = _after_text(data, at)
    return data[at + 2 : end].decode(), end


def _after_text(data: bytes, at: int) -> int:
    return at + 2 + (data[at] << 8 | data[at + 1])


def _length_of(data: bytes, at: int) -> tuple[int, int]:
    found = _length_at(data, at)
    if found is None:
        raise IndexError("a length is cut short")
    return found


def _length_at(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Read a length and where it ends; ``None`` when it is not all there."""
    number = 0
    for used in range(LONGEST_LENGTH):
        if at + used >= len(data):
            return None
        byte = data[at + used]
        number |= (byte & 0x7F) << (7 * used)
        if byte < 0x80:
            return number, at + used + 1
    raise ProtocolError("a length has no end")
