"""Knock at a broker: one MQTT 5 log-in, by hand, to see whether it still lets anyone in."""

import asyncio

CLIENT_ID = "central.probe"
TIMEOUT_S = 3.0
CONNACK, SUCCESS = 0x20, 0x00
DISCONNECT = b"\xe0\x00"


async def knock(host: str, port: int, *, user: str, password: str) -> bool:
    """Log in and leave; ``False`` for anything but a welcome."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(reachable(host), port)
            try:
                writer.write(_connect(user, password))
                head = await reader.readexactly(4)  # type, length, session present, reason
                writer.write(DISCONNECT)
                await writer.drain()
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return head[0] == CONNACK and head[3] == SUCCESS


def reachable(host: str) -> str:
    """Where to reach a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here


def _connect(user: str, password: str) -> bytes:
    """CONNECT (MQTT 5, 3.1): clean start, no properties, name and password."""
    flags = 0b1100_0010
    header = _text("MQTT") + bytes([5, flags, 0, 10, 0])
    body = header + _text(CLIENT_ID) + _text(user) + _text(password)
    return b"\x10" + _length(len(body)) + body


def _text(words: str) -> bytes:
    raw = words.encode()
    return len(raw).to_bytes(2, "big") + raw


def _length(number: int) -> bytes:
    """Seven bits a byte, lowest first (MQTT 5, 1.5.5)."""
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _length(high) if high else bytes([low])
