"""Limits of HTTP connections: half-open ones end in time, and never keep others out."""

import asyncio
import resource
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_TIMEOUT_S = 10.0
"""Time from opening a connection to the end of its first request's headers."""
BODY_TIMEOUT_S, MIN_BODY_BYTES = 30.0, 65_536
"""A body that is not complete needs at least so many bytes in each such time: 2 kB a second."""
DESCRIPTORS_KEPT = 256
"""For the database, the broker, files and outgoing requests."""
MIN_CONNECTIONS, MAX_CONNECTIONS = 64, 8192


def max_connections() -> int:
    """Raise the limit of file descriptors; return how many HTTP connections it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > soft:
        wanted = MAX_CONNECTIONS + DESCRIPTORS_KEPT
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, max(soft, wanted))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, soft - DESCRIPTORS_KEPT))


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's HTTP connection with a time limit for headers and a limit of connections.

    When all connections are taken, the oldest that has not sent a whole request gives way; if every
    one is busy, the new one is closed.
    """

    limit: ClassVar[int] = MAX_CONNECTIONS
    opened_at: float = 0.0
    _body_bytes: int = 0
    _has_request: bool = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for the connection, and give it a time limit."""
        if len(self.connections) >= self.limit and not self._make_room():
            transport.abort()
            return
        super().connection_made(transport)
        self.opened_at = self.loop.time()
        self._deadline = self.loop.call_later(HEADER_TIMEOUT_S, self._end_if_silent)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time limit."""
        self._forget_deadline()
        if self.transport is not None:
            super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Give the body a time limit."""
        self._forget_deadline()
        self._body_bytes = 0
        self._deadline = self.loop.call_later(BODY_TIMEOUT_S, self._end_if_slow)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count the bytes of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the time limit: the request has come."""
        self._forget_deadline()
        self._has_request = self.cycle is not None
        super().on_message_complete()

    def on_message_begin(self) -> None:
        """Give the headers of each request a time limit, also on a connection that is kept."""
        super().on_message_begin()
        self._has_request = False
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_TIMEOUT_S, self._end_if_silent)

    @property
    def is_busy(self) -> bool:
        """Whether a whole request has come and its answer is not complete."""
        return self._has_request and not self.cycle.response_complete

    def _make_room(self) -> bool:
        """Close the oldest connection without a request in progress."""
        known = cast("set[LimitedConnection]", self.connections)
        idle = [connection for connection in known if not connection.is_busy]
        if not idle:
            return False
        oldest = min(idle, key=lambda connection: connection.opened_at)
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def _end_if_silent(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _end_if_slow(self) -> None:
        self._deadline = None
        if self._body_bytes < MIN_BODY_BYTES:
            self._end_if_silent()
            return
        self._body_bytes = 0
        self._deadline = self.loop.call_later(BODY_TIMEOUT_S, self._end_if_slow)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
