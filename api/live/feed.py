"""The event feed of one process: one reader, and a bounded queue per open page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import single_statements
from api.database.errors import UNREACHABLE_ERRORS
from api.database.listen import listen
from api.errors import FeedTruncatedError
from api.live import store as live_store
from api.live.store import MAX_EVENTS, Cursor, LiveEvent

QUEUE_SIZE = 1000
POLL_INTERVAL_S = 1.0

log = structlog.get_logger(__name__)


class Signal:
    """Wake every waiting task.

    ``count`` rises with each signal, so that a task that was busy misses none.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sent = asyncio.Event()

    def send(self) -> None:
        """Wake the tasks that wait now, and make the others' next wait return at once."""
        self.count += 1
        self._sent.set()
        self._sent = asyncio.Event()

    async def wait(self, seen: int, timeout_s: float) -> None:
        """Wait for a signal after the ``seen``-th, at most ``timeout_s`` seconds."""
        if self.count != seen:
            return
        sent = self._sent
        try:
            async with asyncio.timeout(timeout_s):
                await sent.wait()
        except TimeoutError:
            return


async def run_on_signal(
    signal: Signal, work: Callable[[], Awaitable[object]], *, failed: str
) -> None:
    """Call ``work`` on each signal, and at least every ``POLL_INTERVAL_S``, until cancelled.

    Args:
        failed: Log event when the database is unreachable; the work is then tried again.
    """
    while True:
        seen = signal.count
        try:
            await work()
        except UNREACHABLE_ERRORS as error:
            log.warning(failed, reason=str(error)[:500])
        await signal.wait(seen, POLL_INTERVAL_S)


class Subscription:
    """The queue of one open stream: every event since it was opened, up to ``QUEUE_SIZE``."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(QUEUE_SIZE)
        self.is_closed = False

    def push(self, event: LiveEvent) -> None:
        """Add an event; a full queue closes the subscription, and the page has to reconnect."""
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.is_closed = True

    def close(self) -> None:
        """Close the subscription and wake the task that waits for its next event."""
        self.is_closed = True
        if self._queue.empty():
            self._queue.put_nowait(None)

    async def next(self, timeout_s: float) -> LiveEvent | None:
        """Return the next event, or ``None`` after ``timeout_s`` or once it is closed."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._queue.get()
        except TimeoutError:
            return None


class LiveFeed:
    """Read the feed for this process and hand events to its subscriptions.

    Attributes:
        signal: Sent on every NOTIFY; also wakes the dispatcher and the senders.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.signal = Signal()
        self._engine = engine
        self._reader = single_statements(engine)
        self._subscriptions: set[Subscription] = set()
        self._is_closed = False

    @property
    def n_subscriptions(self) -> int:
        """How many streams are open."""
        return len(self._subscriptions)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        """Open a subscription, which receives every event from now on."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        if self._is_closed:
            subscription.close()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """Close all subscriptions, also those opened later, so that the server can stop."""
        self._is_closed = True
        self._close_subscriptions()

    async def run(self) -> None:
        """Listen and hand on events until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(self._engine, self.signal.send))
            group.create_task(self._distribute())

    async def _distribute(self) -> None:
        cursor: Cursor | None = None
        while True:
            seen = self.signal.count
            try:
                cursor = await self._read(cursor)
            except UNREACHABLE_ERRORS:  # the listener logs it
                await asyncio.sleep(POLL_INTERVAL_S)
            await self.signal.wait(seen, POLL_INTERVAL_S)

    async def _read(self, cursor: Cursor | None) -> Cursor:
        """Push every event after ``cursor``; return the position of the last one."""
        async with self._reader.connect() as connection:
            if cursor is None:
                return await live_store.get_head(connection)
            try:
                while events := await live_store.list_events_after(connection, cursor):
                    cursor = events[-1].cursor
                    self._push(events)
                    if len(events) < MAX_EVENTS:
                        break
            except FeedTruncatedError as error:
                # This process was away too long, and so were its pages: they reconnect.
                log.warning("feed_truncated_before_read", cursor=error.cursor)
                cursor = await live_store.get_head(connection)
                self._close_subscriptions()
        return cursor

    def _push(self, events: list[LiveEvent]) -> None:
        for event in events:
            for subscription in self._subscriptions:
                subscription.push(event)

    def _close_subscriptions(self) -> None:
        for subscription in self._subscriptions:
            subscription.close()
