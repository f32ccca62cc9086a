"""The web server is a part like any other: it fails alone, and is restarted."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from api.supervisor import Supervisor
from api.web.server import WebServer, listening_socket


async def no_pause(_delay_s: float) -> None:
    await asyncio.sleep(0)


async def test_a_web_server_that_fails_is_restarted_and_answers_on_its_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed, on_tick = asyncio.Event(), uvicorn.Server.on_tick

    async def fail_once(server: uvicorn.Server, counter: int) -> bool:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a bug in the library")
        return await on_tick(server, counter)

    monkeypatch.setattr(uvicorn.Server, "on_tick", fail_once)
    app, supervisor = FastAPI(), Supervisor(sleep=no_pause)
    with listening_socket("127.0.0.1", 0) as sock:
        web = WebServer(app, sock, close_streams=lambda: None, trusted_proxies=())
        serving = asyncio.create_task(supervisor.keep_running("web", web.run))
        await failed.wait()

        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{sock.getsockname()[1]}/openapi.json")

        assert answer.status_code == 200
        assert web.is_up
        assert supervisor.failing == set()
        serving.cancel()
        await asyncio.wait([serving])
        assert not web.is_up


async def test_a_web_server_that_is_stopped_finishes_the_requests_in_progress() -> None:
    app, is_asked, may_answer = FastAPI(), asyncio.Event(), asyncio.Event()
    closed: list[str] = []

    @app.get("/slow")
    async def slow() -> str:
        is_asked.set()
        await may_answer.wait()
        return "done"

    with listening_socket("127.0.0.1", 0) as sock:
        web = WebServer(
            app, sock, close_streams=lambda: closed.append("streams"), trusted_proxies=()
        )
        serving = asyncio.create_task(web.run())
        async with httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{sock.getsockname()[1]}/slow"
            asking = asyncio.create_task(client.get(url))
            await is_asked.wait()
            serving.cancel()
            may_answer.set()

            assert (await asking).json() == "done"
        await asyncio.wait([serving])

    assert serving.cancelled()
    assert closed == ["streams"]


def test_connections_send_each_part_of_an_answer_at_once() -> None:
    with listening_socket("127.0.0.1", 0) as sock:
        sock.listen()
        with socket.create_connection(sock.getsockname()):
            accepted, _ = sock.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@asynccontextmanager
async def serve(
    app: FastAPI, *, trusted_proxies: tuple[str, ...] = ()
) -> AsyncIterator[tuple[str, int]]:
    """Serve an application, and yield the address."""
    with listening_socket("127.0.0.1", 0) as sock:
        sock.listen()
        web = WebServer(app, sock, close_streams=lambda: None, trusted_proxies=trusted_proxies)
        serving = asyncio.create_task(web.run())
        yield sock.getsockname()
        serving.cancel()
        await asyncio.wait([serving])


@pytest.mark.parametrize(
    ("trusted_proxies", "seen"),
    [((), "http 127.0.0.1"), (("127.0.0.1",), "https 203.0.113.9")],
    ids=["a stranger", "a proxy"],
)
async def test_only_a_known_proxy_says_who_asks_and_how(
    trusted_proxies: tuple[str, ...], seen: str
) -> None:
    app = FastAPI()

    @app.get("/who")
    async def who(request: Request) -> str:
        return f"{request.url.scheme} {request.client.host if request.client else ''}"

    claimed = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.9.9, 203.0.113.9"}
    async with (
        serve(app, trusted_proxies=trusted_proxies) as (host, port),
        httpx.AsyncClient() as client,
    ):
        answer = await client.get(f"http://{host}:{port}/who", headers=claimed)

    assert answer.json() == seen


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: -4",
        "Transfer-Encoding: chunked, identity",
        "X-Name : value",
    ],
)
async def test_a_request_whose_end_is_ambiguous_is_refused(headers: str) -> None:
    app = FastAPI()
    async with serve(app) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        sent = f"POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n"
        writer.write(sent.encode())
        answer = await reader.readline()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 400 ")
