"""A webhook gateway that answers at once and notes when each notification arrived."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Push(msgspec.Struct):
    """What is read of a notification: the English message of its alert."""

    because: dict[str, str]


class PushReceiver:
    """Receives notifications.

    Attributes:
        arrived: Time of the event loop at which an alert was first pushed, by its message.
        url: The address of the webhook.
    """

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = CONTENT_LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                self._receive(body)
                writer.write(ANSWER)
        writer.close()

    def _receive(self, body: bytes) -> None:
        message = msgspec.json.decode(body, type=Push).because["en"]
        self.arrived.setdefault(message, asyncio.get_running_loop().time())


@asynccontextmanager
async def receive_pushes() -> AsyncIterator[PushReceiver]:
    """Serve a webhook on a free port until the block ends."""
    receiver = PushReceiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/push"
    try:
        yield receiver
    finally:
        server.close()
