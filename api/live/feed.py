"""Live pages: one reader of the feed a process, one bounded queue a page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.listen import listen
from api.errors import FeedTruncatedError
from api.live import store as live_store
from api.live.store import Cursor, LiveEvent

QUEUE_SIZE = 1000
POLL_INTERVAL_S = 1.0

log = structlog.get_logger(__name__)


class Signal:
    """Wakes all who wait; ``count`` counts, so that one who was busy misses none."""

    def __init__(self) -> None:
        self.count = 0
        self._rung = asyncio.Event()

    def send(self) -> None:
        """Wake everyone who waits now, and let the others know."""
        self.count += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def wait(self, seen: int, timeout_s: float) -> None:
        """Wait for a ring after the one ``seen`` last, at most ``timeout_s``."""
        if self.count != seen:
            return
        rung = self._rung
        try:
            async with asyncio.timeout(timeout_s):
                await rung.wait()
        except TimeoutError:
            return


async def run_on_signal(
    signal: Signal, work: Callable[[], Awaitable[object]], *, failed: str
) -> None:
    """Work at each ring, at least each second, until cancelled.

    A database that is away is waited for.

    Args:
        failed: What the log says while it is.
    """
    while True:
        heard = signal.count
        try:
            await work()
        except (SQLAlchemyError, OSError) as error:
            log.warning(failed, reason=str(error)[:500])
        await signal.wait(heard, POLL_INTERVAL_S)


class Subscription:
    """One open stream: what has happened since it was opened, while its queue holds."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(QUEUE_SIZE)
        self.is_closed = False

    def push(self, event: LiveEvent) -> None:
        """Hand it on; a page that does not read is ended, and has to come again."""
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.is_closed = True

    def close(self) -> None:
        """End it; who waits for the next event is woken."""
        self.is_closed = True
        if self._queue.empty():
            self._queue.put_nowait(None)

    async def next(self, timeout_s: float) -> LiveEvent | None:
        """Wait for the next event; ``None`` when none came in time, or the page was ended."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._queue.get()
        except TimeoutError:
            return None


class LiveFeed:
    """The feed of one process, and the bell that wakes its dispatcher and notifier."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.signal = Signal()
        self._engine = engine
        self._pages: set[Subscription] = set()
        self._is_closed = False

    @property
    def n_subscriptions(self) -> int:
        """How many pages are open."""
        return len(self._pages)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        """Open a page's queue; from here on it misses nothing."""
        page = Subscription()
        self._pages.add(page)
        if self._is_closed:
            page.close()
        try:
            yield page
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """End all pages, so that the server need not wait for them; none opens any more."""
        self._is_closed = True
        self._end_pages()

    def _end_pages(self) -> None:
        for page in self._pages:
            page.close()

    async def run(self) -> None:
        """Listen and hand on until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(self._engine, self.signal.send))
            group.create_task(self._hand_on())

    async def _hand_on(self) -> None:
        """Read behind the last event whenever the bell rings, or a second has passed."""
        place: Cursor | None = None
        while True:
            heard = self.signal.count
            try:
                place = await self._read(place)
            except (OSError, SQLAlchemyError):  # the listener says so in the log
                await asyncio.sleep(POLL_INTERVAL_S)
            await self.signal.wait(heard, POLL_INTERVAL_S)

    async def _read(self, place: Cursor | None) -> Cursor:
        async with self._engine.connect() as connection:
            if place is None:
                return await live_store.get_head(connection)
            try:
                while found := await live_store.list_events_after(connection, place):
                    place = found[-1].cursor
                    for event in found:
                        for page in self._pages:
                            page.push(event)
            except FeedTruncatedError as error:  # we were away; so were our pages
                log.warning("feed_tidied_before_read", place=error.cursor)
                place = await live_store.get_head(connection)
                self._end_pages()
        return place
