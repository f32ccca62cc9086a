"""Half-open HTTP connections end in time and keep nobody out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from api.web import connections
from api.web.connections import LimitedConnection
from api.web.server import WebServer, listening_socket
from tests.api.town import Centre
from tests.brokers import free_port

LIMIT = 20


@pytest.fixture
async def port(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT_S", 1.0)
    monkeypatch.setattr(connections, "BODY_TIMEOUT_S", 1.0)
    monkeypatch.setattr("api.web.server.max_connections", lambda: LIMIT)
    port = free_port()
    with listening_socket("127.0.0.1", port) as sock:
        server = WebServer(centre.app, sock, close_streams=centre.live.close, trusted_proxies=())
        serving = asyncio.create_task(server.run())
        while not server.is_up:  # noqa: ASYNC110  # uvicorn offers only a flag
            await asyncio.sleep(0.01)
        yield port
        serving.cancel()
        await asyncio.wait([serving])
    LimitedConnection.limit = connections.MAX_CONNECTIONS


async def open_half(port: int, stack: AsyncExitStack, text: bytes) -> asyncio.StreamReader:
    """Open a connection and send the begin of a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    stack.callback(writer.close)
    writer.write(text)
    return reader


async def request(port: int) -> bytes:
    """Send a whole request; return the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    try:
        return await reader.readline()
    finally:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes the connection."""
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""


POST = b"POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
HALVES = [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", POST]


@pytest.mark.parametrize("text", HALVES)
async def test_a_connection_without_a_whole_request_is_ended(port: int, text: bytes) -> None:
    async with AsyncExitStack() as stack:
        assert await ended(await open_half(port, stack, text)) == b""


@pytest.mark.parametrize("text", HALVES)
async def test_half_open_connections_give_way_to_requests(port: int, text: bytes) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(2 * LIMIT):
            await open_half(port, stack, text)

        assert (await request(port)).startswith(b"HTTP/1.1 200")
