"""Know who has a page open, so that the desk sees who is online.

Each process extends the presence of its own streams every few seconds, all in one statement.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.errors import UNREACHABLE_ERRORS
from api.live.feed import Signal
from api.notify.online import store as presence_store

EXTEND_INTERVAL_S = 10.0
ONLINE_FOR = timedelta(seconds=25)
"""Longer than two intervals, so that one statement that is late puts nobody offline."""

log = structlog.get_logger(__name__)


class Presence:
    """The accounts with an open stream in this process.

    Args:
        now: The clock.
    """

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._open: Counter[int] = Counter()
        self._closed: set[int] = set()
        self._changed = Signal()

    def count_streams(self, account: int) -> int:
        """Return how many streams of an account are open in this process."""
        return self._open[account]

    @asynccontextmanager
    async def stream_of(self, account: int) -> AsyncIterator[None]:
        """Count an open stream of an account."""
        self._open[account] += 1
        self._changed.send()
        try:
            yield
        finally:
            self._open[account] -= 1
            if not self._open[account]:
                del self._open[account]
                self._closed.add(account)
            self._changed.send()

    async def run(self) -> None:
        """Store who is online until cancelled; while the database is unreachable, try again."""
        while True:
            seen = self._changed.count
            try:
                await self.store()
            except UNREACHABLE_ERRORS as error:
                log.warning("presence_not_stored", reason=str(error)[:500])
            await self._changed.wait(seen, EXTEND_INTERVAL_S)

    async def store(self) -> None:
        """Store who has an open stream, and who has closed the last one."""
        closed = self._closed - set(self._open)
        if not self._open and not closed:
            return
        now = self._now()
        async with self._engine.begin() as connection:
            if closed:
                await presence_store.end_presence(connection, closed, now=now)
            if self._open:
                await presence_store.extend_presence(
                    connection, self._open.keys(), now=now, until=now + ONLINE_FOR
                )
        self._closed -= closed | set(self._open)
