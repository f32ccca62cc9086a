"""The HTTP server: uvicorn inside the task group of the centre."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.errors import PortInUseError

SHUTDOWN_TIMEOUT_S = 2


class WebServer(uvicorn.Server):
    """uvicorn without signal handlers, which belong to the centre.

    Args:
        close_streams: Ends the open event streams, which never end by themselves.
        trusted_proxies: Addresses and networks whose ``X-Forwarded-For`` and
            ``X-Forwarded-Proto`` headers are believed.
    """

    def __init__(
        self, app: FastAPI, *, close_streams: Callable[[], None], trusted_proxies: Sequence[str]
    ) -> None:
        config = uvicorn.Config(
            app,
            forwarded_allow_ips=list(trusted_proxies),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
            server_header=False,
        )
        super().__init__(config)
        self._close_streams = close_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams, then finish the requests in progress."""
        self._close_streams()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers."""
        yield


@contextmanager
def listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Bind the port before anything else starts.

    Raises:
        PortInUseError: Another program listens on the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            address = f"{host}:{port}"
            raise PortInUseError("the console", address, "--port or GRIDWATCH_HTTP_PORT") from None
        yield sock
