"""Works off the calls that leave the house, side by side: a dead address delays no other."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.live.feed import Signal
from api.notify import store as notify_store
from api.notify.channels.webhook import Webhook, retry_delay
from api.notify.store import OutgoingNotification
from pipeline.text import Text

MAX_CONCURRENT = 32
MAX_PER_ADDRESS = 8
LEASE = timedelta(seconds=30)
POLL_INTERVAL_S = 1.0

log = structlog.get_logger(__name__)


class NotificationSender:
    """Any number of processes may run one; each call is taken by one of them.

    Args:
        signal: Wakes it when somebody is called.
        now: The clock.
        title_of: A scenario's name in both languages.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        signal: Signal,
        webhook: Webhook,
        *,
        now: Callable[[], datetime],
        title_of: Callable[[str], Text],
    ) -> None:
        self._engine = engine
        self._bell = signal
        self._webhook = webhook
        self._now = now
        self._title_of = title_of
        self._in_flight: Counter[str] = Counter()

    async def run(self) -> None:
        """Send until cancelled; a database that is away is waited for."""
        async with asyncio.TaskGroup() as group:
            while True:
                heard = self._bell.count
                try:
                    for call in await self._take():
                        self._in_flight[call.address] += 1
                        group.create_task(self._send(call))
                except (SQLAlchemyError, OSError) as error:
                    log.warning("sending_failed", reason=str(error)[:500])
                await self._bell.wait(heard, POLL_INTERVAL_S)

    async def _take(self) -> list[OutgoingNotification]:
        free = MAX_CONCURRENT - self._in_flight.total()
        if free <= 0:
            return []
        busy = [address for address, n in self._in_flight.items() if n >= MAX_PER_ADDRESS]
        now = self._now()
        async with self._engine.begin() as connection:
            limit = min(free, MAX_PER_ADDRESS)
            return await notify_store.lease_due(
                connection, now=now, until=now + LEASE, limit=limit, busy=busy
            )

    async def _send(self, call: OutgoingNotification) -> None:
        title = self._title_of(call.scenario)
        try:
            words = {"zh": title.zh, "en": title.en}
            result = await self._webhook.send(call, words, now=self._now())
            await self._note(call, result.error)
        except (SQLAlchemyError, OSError) as error:
            log.warning("sent_but_not_noted", notification=str(call.id), reason=str(error)[:500])
        finally:
            self._in_flight[call.address] -= 1
            self._in_flight += Counter()  # forget addresses with none left
            self._bell.send()

    async def _note(self, call: OutgoingNotification, error: str) -> None:
        now = self._now()
        async with self._engine.begin() as connection:
            if not error:
                await notify_store.mark_webhook_sent(connection, call.id, now=now)
                return
            pause = retry_delay(call.attempts)
            due_at = now + pause if pause else None
            await notify_store.record_failure(connection, call.id, error=error, due_at=due_at)
        level = log.warning if due_at is None else log.info
        level("call_not_sent", notification=str(call.id), attempts=call.attempts, reason=error)
