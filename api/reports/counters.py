"""Keep the counters of rows: fold their changes, and compare them with the rows once a day."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.reports import counter_store
from api.supervisor import repeat

FOLD_INTERVAL_S = 5.0
CHECK_INTERVAL = timedelta(days=1)

log = structlog.get_logger(__name__)


class Counters:
    """Folds and checks the counters; several processes may run one, and one at a time works."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def run(self) -> None:
        """Fold every few seconds until cancelled; a database outage is retried."""
        await repeat(
            self._fold_and_check, every_s=FOLD_INTERVAL_S, failure_event="counters_not_folded"
        )

    async def _fold_and_check(self) -> None:
        await self.fold()
        await self.check_if_due()

    async def fold(self) -> None:
        """Fold the changes into the counters, unless another process does."""
        async with self._engine.begin() as connection:
            if await counter_store.lock_counters(connection):
                await counter_store.fold_changes(connection)

    async def check_if_due(self) -> None:
        """Compare the counters with the rows if that was more than a day ago."""
        now = self._now()
        async with self._engine.begin() as connection:
            checked_at = await counter_store.get_last_check(connection)
            if checked_at is not None and now - checked_at < CHECK_INTERVAL:
                return
            if not await counter_store.lock_counters(connection):
                return
            wrong = await counter_store.correct_counters(connection, now=now)
        if wrong and checked_at is not None:
            metrics.CORRECTED_COUNTERS.inc(wrong)
            log.warning("counters_corrected", counters=wrong, last_checked_at=str(checked_at))
