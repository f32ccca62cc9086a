"""Delete old rows every hour, so that the database does not grow without limit.

``GRIDWATCH_KEEP_EVENTS_DAYS``, ``…_COMMANDS_DAYS``, ``…_ALARMS_DAYS`` and ``…_QUARANTINE_DAYS``
(``api/settings.py``) say how old each kind of row may become.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.database.errors import UNREACHABLE_ERRORS
from api.retention.store import RowKind, delete_expired

INTERVAL_S = 3600.0
BATCH_ROWS = 2000

log = structlog.get_logger(__name__)


class RetentionCleaner:
    """Deletes expired rows every hour; several processes may run one.

    Args:
        keep: How long rows of a kind stay after they have ended; a kind that is missing is kept.
        batch_rows: Rows per transaction. Keep it small: live pages wait for the longest open
            transaction.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        keep: Mapping[RowKind, timedelta],
        now: Callable[[], datetime],
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        self._engine = engine
        self._keep = keep
        self._now = now
        self._batch_rows = batch_rows

    async def run(self) -> None:
        """Clean every hour until cancelled; a database outage is retried an hour later."""
        while True:
            try:
                await self.clean()
            except UNREACHABLE_ERRORS as error:
                log.warning("retention_failed", reason=str(error)[:500])
            await asyncio.sleep(INTERVAL_S)

    async def clean(self) -> dict[RowKind, int]:
        """Delete all expired rows and return their number by kind."""
        now = self._now()
        deleted = {
            kind: await self._delete_kind(kind, now - lifetime)
            for kind, lifetime in self._keep.items()
        }
        for kind, n in deleted.items():
            metrics.DELETED_ROWS.labels(kind.value).inc(n)
        if any(deleted.values()):
            log.info("rows_deleted", **{kind.value: n for kind, n in deleted.items()})
        return deleted

    async def _delete_kind(self, kind: RowKind, before: datetime) -> int:
        total, last = 0, self._batch_rows
        while last == self._batch_rows:
            async with self._engine.begin() as connection:
                last = await delete_expired(connection, kind, before=before, limit=self._batch_rows)
            total += last
        return total
