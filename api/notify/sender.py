"""Send notifications through webhooks, many at a time: one dead address delays no other."""

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
    """Send due notifications; any number of processes may run one.

    Args:
        signal: Wakes the sender when a notification is inserted.
        now: The clock.
        title_of: Returns a scenario's name in both languages.
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
        self._signal = signal
        self._webhook = webhook
        self._now = now
        self._title_of = title_of
        self._in_flight: Counter[str] = Counter()

    async def run(self) -> None:
        """Send until cancelled; wait while the database is unreachable."""
        async with asyncio.TaskGroup() as group:
            while True:
                seen = self._signal.count
                try:
                    for notification in await self._lease():
                        self._in_flight[notification.address] += 1
                        group.create_task(self._send(notification))
                except (SQLAlchemyError, OSError) as error:
                    log.warning("sending_failed", reason=str(error)[:500])
                await self._signal.wait(seen, POLL_INTERVAL_S)

    async def _lease(self) -> list[OutgoingNotification]:
        free = MAX_CONCURRENT - self._in_flight.total()
        if free <= 0:
            return []
        busy = [address for address, n in self._in_flight.items() if n >= MAX_PER_ADDRESS]
        now = self._now()
        async with self._engine.begin() as connection:
            return await notify_store.lease_due(
                connection,
                now=now,
                until=now + LEASE,
                limit=min(free, MAX_PER_ADDRESS),
                busy=busy,
            )

    async def _send(self, notification: OutgoingNotification) -> None:
        try:
            title = self._title_of(notification.scenario)
            result = await self._webhook.send(
                notification, {"zh": title.zh, "en": title.en}, now=self._now()
            )
            await self._record_result(notification, result.error)
        except (SQLAlchemyError, OSError) as error:
            reason = str(error)[:500]
            log.warning("result_not_stored", notification=str(notification.id), reason=reason)
        finally:
            self._in_flight[notification.address] -= 1
            self._in_flight += Counter()  # drops addresses with nothing in flight
            self._signal.send()

    async def _record_result(self, notification: OutgoingNotification, error: str) -> None:
        now = self._now()
        async with self._engine.begin() as connection:
            if not error:
                await notify_store.mark_webhook_sent(connection, notification.id, now=now)
                return
            delay = retry_delay(notification.attempts)
            due_at = now + delay if delay else None
            await notify_store.record_failure(
                connection, notification.id, error=error, due_at=due_at
            )
        level = log.warning if due_at is None else log.info
        level(
            "notification_not_sent",
            notification=str(notification.id),
            attempts=notification.attempts,
            reason=error,
        )
