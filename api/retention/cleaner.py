"""Keeps the database from growing for ever: each kind of row has its time to live."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.retention.store import RowKind, delete_expired

EVERY_S = 3600.0
BATCH_ROWS = 2000

log = structlog.get_logger(__name__)


class RetentionCleaner:
    """Tidies each hour; any number of processes may run one.

    Args:
        keep: How long a row stays once it is over. A kind that is not named stays for ever.
        batch_rows: Rows of one transaction: live pages wait for the longest that is open.
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
        self._at_once = batch_rows

    async def run(self) -> None:
        """Tidy until cancelled; a database that is away is tried again an hour later."""
        while True:
            try:
                await self.clean()
            except (SQLAlchemyError, OSError) as error:
                log.warning("tidying_failed", reason=str(error)[:500])
            await asyncio.sleep(EVERY_S)

    async def clean(self) -> dict[RowKind, int]:
        """Tidy once; tell how many rows of each kind went."""
        now = self._now()
        gone = {kind: await self._all(kind, now - kept) for kind, kept in self._keep.items()}
        for kind, n in gone.items():
            metrics.DELETED_ROWS.labels(kind.value).inc(n)
        if any(gone.values()):
            log.info("tidied", **{kind.value: n for kind, n in gone.items()})
        return gone

    async def _all(self, kind: RowKind, before: datetime) -> int:
        total, last = 0, self._at_once
        while last == self._at_once:
            async with self._engine.begin() as connection:
                last = await delete_expired(connection, kind, before=before, limit=self._at_once)
            total += last
        return total
