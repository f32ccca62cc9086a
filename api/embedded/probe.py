"""Knock at a broker: one log-in, to see whether it still lets anyone in."""

import asyncio

from api.mqtt import packets

CLIENT_ID = "central.probe"
TIMEOUT_S = 3.0
CONNACK, SUCCESS = 0x20, 0x00


async def knock(host: str, port: int, *, user: str, password: str) -> bool:
    """Log in and leave; ``False`` for anything but a welcome."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(reachable(host), port)
            try:
                writer.write(
                    packets.connect(CLIENT_ID, user=user, password=password, keepalive_s=10)
                )
                head = await reader.readexactly(4)  # type, length, session present, reason
                writer.write(packets.DISCONNECT)
                await writer.drain()
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return head[0] == CONNACK and head[3] == SUCCESS


def reachable(host: str) -> str:
    """Where to reach a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
