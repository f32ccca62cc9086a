"""Send notifications on every channel, many at a time: one dead address delays no other.

One task leases what is due and starts a request for each; another one stores the results, as
many as have arrived, in one statement.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import single_statements
from api.database.errors import UNREACHABLE_ERRORS
from api.live.feed import Signal
from api.metrics import observe_step
from api.notify import lease_store, secret_store
from api.notify.address_windows import START, AddressWindows
from api.notify.channels.port import Channels
from api.notify.keys import NotificationKeys
from api.notify.outgoing import AttemptResult, Message, OutgoingNotification, SendResult
from pipeline.text import Text
from pipeline.wire.limits import storable_text

LEASE_BATCH = 64
RECORD_BATCH = 256
LEASE = timedelta(seconds=30)
POLL_INTERVAL_S = 1.0
END_INTERVAL_S = 10.0
MAX_ATTEMPTS = 8
MAX_RETRY_DELAY = timedelta(minutes=2)
SETTING_OF = {"sms": "set GRIDWATCH_SMS_URL"}
"""What to do about a channel that the settings leave out."""

log = structlog.get_logger(__name__)


class NotificationSender:
    """Send due notifications; any number of processes may run one.

    Args:
        signal: Wakes the sender when a notification is inserted.
        now: The clock.
        channels: By kind.
        title_of: Returns a scenario's name in both languages.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        signal: Signal,
        channels: Channels,
        *,
        now: Callable[[], datetime],
        title_of: Callable[[str], Text],
    ) -> None:
        self._engine = single_statements(engine)
        self._inserted = signal
        self._channels = channels
        self._now = now
        self._title_of = title_of
        self._windows = AddressWindows()
        self._wake_up = Signal()
        self._results: asyncio.Queue[AttemptResult] = asyncio.Queue()

    async def run(self) -> None:
        """Send until cancelled; wait while the database is unreachable."""
        keys = await self._read_keys()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wake_on_insert())
            group.create_task(self._record_results())
            group.create_task(self._end_unsendable())
            while True:
                seen, limit = self._wake_up.count, min(self._windows.free, LEASE_BATCH)
                leased = await self._lease(limit) if limit else []
                for notification in leased:
                    self._windows.start(notification.lane)
                    group.create_task(self._send(notification, keys))
                if len(leased) < LEASE_BATCH:
                    await self._wake_up.wait(seen, POLL_INTERVAL_S)

    async def _read_keys(self) -> NotificationKeys:
        """Read the keys of the centre; wait while the database is unreachable."""
        while True:
            try:
                async with self._engine.connect() as connection:
                    return await secret_store.get_keys(connection)
            except UNREACHABLE_ERRORS as error:
                log.warning("sending_failed", reason=str(error)[:500])
                await asyncio.sleep(POLL_INTERVAL_S)

    async def _wake_on_insert(self) -> None:
        while True:
            seen = self._inserted.count
            await self._inserted.wait(seen, POLL_INTERVAL_S)
            self._wake_up.send()

    async def _end_unsendable(self) -> None:
        """End what is no longer to be sent, so that it is not read with every lease."""
        while True:
            try:
                async with self._engine.connect() as connection:
                    await lease_store.end_unsendable(
                        connection, now=self._now(), max_attempts=MAX_ATTEMPTS
                    )
            except UNREACHABLE_ERRORS as error:
                log.warning("unsendable_not_ended", reason=str(error)[:500])
            await asyncio.sleep(END_INTERVAL_S)

    async def _lease(self, limit: int) -> list[OutgoingNotification]:
        now = self._now()
        try:
            async with self._engine.connect() as connection:
                return await lease_store.lease_due(
                    connection,
                    now=now,
                    until=now + LEASE,
                    limit=limit,
                    rooms=self._windows.rooms(),
                    default_room=START,
                    max_attempts=MAX_ATTEMPTS,
                )
        except UNREACHABLE_ERRORS as error:
            log.warning("sending_failed", reason=str(error)[:500])
            return []

    async def _send(self, notification: OutgoingNotification, keys: NotificationKeys) -> None:
        """Make one attempt and queue its result; wake the lease if its lane was full."""
        started = asyncio.get_running_loop().time()
        channel = self._channels.get(notification.channel)
        if channel is None:
            fix = SETTING_OF.get(notification.channel, "it is not set up")
            result = SendResult(error=f"no channel {notification.channel}: {fix}", is_final=True)
        else:
            title = self._title_of(notification.scenario or "")
            message = Message(notification=notification, title=title, keys=keys)
            result = await channel.send(message, now=self._now())
        self._results.put_nowait(_attempt_result(notification, result, now=self._now()))
        was_full = not self._windows.free or not self._windows.room(notification.lane)
        seconds = asyncio.get_running_loop().time() - started
        self._windows.finish(notification.lane, seconds=seconds, is_sent=result.is_sent)
        if was_full:
            self._wake_up.send()

    async def _record_results(self) -> None:
        """Store results; while the database is unreachable, keep them and try again."""
        while True:
            results = await _take_batch(self._results, RECORD_BATCH)
            try:
                async with self._engine.connect() as connection:
                    if await lease_store.record_results(connection, results):
                        self._wake_up.send()
            except UNREACHABLE_ERRORS as error:
                log.warning("results_not_stored", n=len(results), reason=str(error)[:500])
                for result in results:
                    self._results.put_nowait(result)
                await asyncio.sleep(POLL_INTERVAL_S)


def _attempt_result(
    notification: OutgoingNotification, result: SendResult, *, now: datetime
) -> AttemptResult:
    if result.is_sent:
        observe_step("created_to_sent", notification.created_at, now)
        return AttemptResult(id=notification.id, error="", at=now, retry_at=None)
    delay = None if result.is_final else retry_delay(notification.attempts)
    if delay is not None and result.retry_after is not None:
        delay = max(delay, result.retry_after)
    level = log.warning if delay is None else log.info
    level(
        "notification_not_sent",
        notification=str(notification.id),
        attempts=notification.attempts,
        reason=result.error,
    )
    retry_at = now + delay if delay else None
    error = storable_text(result.error, max_length=300)  # may quote what the other side sent
    return AttemptResult(
        id=notification.id, error=error, at=now, retry_at=retry_at, is_gone=result.is_gone
    )


def retry_delay(attempts: int) -> timedelta | None:
    """Return how long to wait after so many attempts; ``None`` gives up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(timedelta(seconds=2 ** (attempts - 1)), MAX_RETRY_DELAY)


async def _take_batch(queue: asyncio.Queue[AttemptResult], limit: int) -> Sequence[AttemptResult]:
    """Wait for the first result, and return it with all others that have arrived."""
    batch = [await queue.get()]
    while len(batch) < limit and not queue.empty():
        batch.append(queue.get_nowait())
    return batch
