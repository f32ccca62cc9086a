"""The HTTP server: uvicorn inside the task group of the centre."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.errors import PortInUseError
from api.web.connections import LimitedConnection, max_connections

SHUTDOWN_TIMEOUT_S = 2


class WebServer:
    """The HTTP server as a part of the centre: it can be run again after it has failed.

    Args:
        sock: Listens already; it stays open, so that clients wait for a restart.
        close_streams: Ends the open event streams, which never end by themselves.
        trusted_proxies: Addresses and networks whose ``X-Forwarded-For`` and
            ``X-Forwarded-Proto`` headers are believed.
    """

    def __init__(
        self,
        app: FastAPI,
        sock: socket.socket,
        *,
        close_streams: Callable[[], None],
        trusted_proxies: Sequence[str],
    ) -> None:
        self._app = app
        self._sock = sock
        self._close_streams = close_streams
        self._trusted_proxies = list(trusted_proxies)
        self._server: _Server | None = None

    @property
    def is_up(self) -> bool:
        """Whether requests are answered."""
        return self._server is not None and self._server.started

    async def run(self) -> None:
        """Serve until cancelled; then end the event streams and finish the requests in progress."""
        config = uvicorn.Config(
            self._app,
            forwarded_allow_ips=self._trusted_proxies,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
            server_header=False,
            http=LimitedConnection,
        )
        LimitedConnection.limit = max_connections()
        server = self._server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[self._sock.dup()]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self._close_streams()
            server.should_exit = True
            await serving
            raise
        finally:
            server.started = False
            for listener in server.servers:
                listener.close()


class _Server(uvicorn.Server):
    """uvicorn without signal handlers, which belong to the centre."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.servers: list[asyncio.Server] = []

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers."""
        yield


@contextmanager
def listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Bind the port before anything else starts.

    Connections inherit TCP_NODELAY: asyncio sets it only for sockets that name their protocol, and
    without it each answer waits 40 ms for the client's delayed acknowledgement.

    Raises:
        PortInUseError: Another program listens on the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.bind((host, port))
        except OSError:
            address = f"{host}:{port}"
            raise PortInUseError("the console", address, "--port or GRIDWATCH_HTTP_PORT") from None
        yield sock
