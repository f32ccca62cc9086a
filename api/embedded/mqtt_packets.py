"""Parse what the broker gate checks of MQTT 5 packets: CONNECT, and the topics of two others."""

from dataclasses import dataclass

CONNECT, PUBLISH, SUBSCRIBE = 1, 3, 8
CLIENT_PACKETS = frozenset({3, 4, 5, 6, 7, 8, 10, 12, 14})
"""Types that a client may send after CONNECT; AUTH is not supported."""
PROTOCOL_LEVEL = 5
WRONG_LOGIN, NOT_AUTHORIZED, WRONG_PROTOCOL = 0x86, 0x87, 0x84
"""Reason codes of a CONNACK."""


class PacketError(ValueError):
    """The bytes are no valid packet."""


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client says when it connects.

    Args:
        login_at: Offset in the packet's body at which user name and password start.
    """

    client_id: str
    user: str
    password: bytes
    will_topic: str | None
    login_at: int


def read_length(data: bytes | bytearray, start: int) -> tuple[int, int] | None:
    """Return a variable byte integer and the offset behind it; ``None`` if bytes are missing.

    Raises:
        PacketError: It is longer than four bytes.
    """
    value = shift = 0
    for offset in range(start, start + 4):
        if offset >= len(data):
            return None
        value |= (data[offset] & 0x7F) << shift
        if not data[offset] & 0x80:
            return value, offset + 1
        shift += 7
    raise PacketError("a length of more than four bytes")


def parse_connect(body: bytes) -> Connect:
    """Parse the body of a CONNECT.

    Raises:
        PacketError: It is malformed, not MQTT 5, or without user name and password.
    """
    protocol, offset = _binary(body, 0)
    if protocol != b"MQTT" or body[offset : offset + 1] != bytes([PROTOCOL_LEVEL]):
        raise PacketError("not MQTT 5")
    if len(body) < offset + 4:
        raise PacketError("a CONNECT that is cut off")
    flags = body[offset + 1]
    if flags & 0xC1 != 0xC0:
        raise PacketError("no user name and password")
    offset = _skip_properties(body, offset + 4)
    client_id, offset = _text(body, offset)
    will_topic = None
    if flags & 0x04:
        will_topic, offset = _text(body, _skip_properties(body, offset))
        _, offset = _binary(body, offset)
    login_at = offset
    user, offset = _text(body, offset)
    password, offset = _binary(body, offset)
    if offset != len(body):
        raise PacketError("more bytes than a CONNECT has")
    return Connect(client_id, user, password, will_topic, login_at)


def replace_login(body: bytes, connect: Connect, *, user: str, password: str) -> bytes:
    """Return the whole CONNECT packet with another login."""
    fields = (user.encode(), password.encode())
    login = b"".join(len(field).to_bytes(2, "big") + field for field in fields)
    changed = body[: connect.login_at] + login
    return bytes([CONNECT << 4]) + _length_bytes(len(changed)) + changed


def refusal(reason: int) -> bytes:
    """Return a CONNACK that refuses a connection."""
    return bytes([0x20, 3, 0, reason, 0])


def publish_topic(body: bytes | bytearray | memoryview) -> bytes:
    """Return the topic of a PUBLISH; empty if it is an alias."""
    end = 2 + int.from_bytes(body[:2], "big")
    if end > len(body):
        raise PacketError("a topic that is cut off")
    return bytes(body[2:end])


def subscribe_filters(body: bytes) -> list[str]:
    """Return the topic filters of a SUBSCRIBE.

    Raises:
        PacketError: It is malformed.
    """
    offset, filters = _skip_properties(body, 2), []
    while offset < len(body):
        topic_filter, offset = _text(body, offset)
        filters.append(topic_filter)
        offset += 1
    if not filters or offset != len(body):
        raise PacketError("a SUBSCRIBE that is cut off")
    return filters


def _length_bytes(value: int) -> bytes:
    encoded = bytearray()
    while True:
        value, digit = divmod(value, 128)
        encoded.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


def _skip_properties(body: bytes, offset: int) -> int:
    length = read_length(body, offset)
    if length is None or sum(length) > len(body):
        raise PacketError("properties that are cut off")
    return sum(length)


def _binary(body: bytes, offset: int) -> tuple[bytes, int]:
    start = offset + 2
    end = start + int.from_bytes(body[offset:start], "big")
    if start > len(body) or end > len(body):
        raise PacketError("a field that is cut off")
    return body[start:end], end


def _text(body: bytes, offset: int) -> tuple[str, int]:
    field, offset = _binary(body, offset)
    try:
        return field.decode(), offset
    except UnicodeDecodeError:
        raise PacketError("a text that is not UTF-8") from None
