"""A service on a port of this machine, which checks what it gets and answers as it is told."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiohttp import web

MAX_KEPT = 10_000
"""Messages that are kept for reading."""


class Behaviour(StrEnum):
    """What a service does with the next request."""

    ACCEPT = "accept"
    DOWN = "down"
    """Close the connection without an answer."""
    SILENT = "silent"
    """Read the request and never answer."""
    BROKEN = "broken"
    """Answer 500."""
    LOSE_ANSWER = "lose_answer"
    """Accept the message, and close the connection without an answer."""
    REFUSE = "refuse"
    """Refuse the address or token for good, as this kind of service does."""
    LIMIT = "limit"
    """Too many messages: ask to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """A message that was accepted.

    Args:
        to: Address, device or phone number.
        key: The idempotency key; empty if this kind of service has none.
        content: What it says: a text, or the decoded JSON.
    """

    to: str
    content: Any
    key: str = ""


class BadRequestError(Exception):
    """A request does not conform to the protocol of the service; the message says why."""


@dataclass
class FakeService:
    """Base of all fakes: use it as an async context manager.

    Attributes:
        url: Where it listens.
        mistakes: Why requests were not understood; empty as long as the sender is right.
        messages: What was accepted, oldest first.
    """

    host: str = "127.0.0.1"
    port: int = 0
    url: str = ""
    messages: deque[ReceivedMessage] = field(default_factory=lambda: deque(maxlen=MAX_KEPT))
    mistakes: list[str] = field(default_factory=list)
    _next: deque[Behaviour] = field(default_factory=deque)
    _always: Behaviour = Behaviour.ACCEPT
    _arrived: asyncio.Queue[ReceivedMessage] = field(default_factory=asyncio.Queue)
    _runner: web.AppRunner | None = None
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def behave(self, *behaviours: Behaviour, then: Behaviour = Behaviour.ACCEPT) -> None:
        """Treat the next requests so, one after another, and all later ones as ``then``."""
        self._next = deque(behaviours)
        self._always = then

    async def next(self, timeout_s: float = 10) -> ReceivedMessage:
        """Wait for the next accepted message.

        Raises:
            TimeoutError: None arrives in time.
        """
        async with asyncio.timeout(timeout_s):
            return await self._arrived.get()

    @property
    def n_waiting(self) -> int:
        """How many accepted messages ``next`` has not returned yet."""
        return self._arrived.qsize()

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check a request and return its message.

        Raises:
            BadRequestError: It does not conform to the protocol.
            web.HTTPException: The answer of the service to something it knows and refuses.
        """
        raise NotImplementedError

    def accepted(self) -> web.Response:
        """Return the answer to an accepted message."""
        return web.Response(status=204)

    def refused(self) -> web.Response:
        """Return the answer that refuses an address or token for good."""
        return web.Response(status=403)

    def limited(self) -> web.Response:
        """Return the answer to too many messages."""
        return web.Response(status=429, headers={"Retry-After": "7"})

    def not_understood(self, reason: str) -> web.Response:
        """Return the answer to a request that does not conform to the protocol."""
        return web.Response(status=400, text=reason)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        behaviour = self._next.popleft() if self._next else self._always
        await request.read()  # an answer before the end of a request would look like a broken line
        if behaviour is Behaviour.SILENT:
            await self._closing.wait()
        if behaviour in {Behaviour.ACCEPT, Behaviour.LOSE_ANSWER}:
            answer = await self._accept(request)
            return answer if behaviour is Behaviour.ACCEPT else _closed(request)
        answers = {
            Behaviour.BROKEN: lambda: web.Response(status=500),
            Behaviour.REFUSE: self.refused,
            Behaviour.LIMIT: self.limited,
        }
        return answers[behaviour]() if behaviour in answers else _closed(request)

    async def _accept(self, request: web.Request) -> web.Response:
        try:
            message = await self.read(request)
        except BadRequestError as error:
            self.mistakes.append(str(error))
            return self.not_understood(str(error))
        self.messages.append(message)
        self._arrived.put_nowait(message)
        return self.accepted()


def _closed(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()
