"""Delete what is older than its term every hour, so that nothing grows without limit.

``GRIDWATCH_KEEP_…_DAYS`` and ``GRIDWATCH_RETENTION_PROFILE`` set the terms (``terms.py``). A legal
hold keeps what it names, and nothing that is open is ever deleted.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.database.errors import UNREACHABLE_ERRORS
from api.evidence.blobs import EvidenceStore
from api.retention import evidence_store
from api.retention.audit_store import delete_expired_entries
from api.retention.incident_store import delete_expired_incidents
from api.retention.store import delete_expired
from api.retention.terms import RowKind

INTERVAL_S = 3600.0
BYTES_INTERVAL_S = 60.0
"""How soon the bytes follow the record of deleted evidence, as after an erasure request."""
BATCH_ROWS = 2000
BATCH_INCIDENTS = 200
BATCH_EVIDENCE = 500
BATCH_BLOCKS = 20

log = structlog.get_logger(__name__)


class RetentionCleaner:
    """Deletes expired rows and bytes; several processes may run one.

    Args:
        evidence: Where the bytes are; ``None`` to delete no bytes.
        keep: How long rows of a kind stay after they have ended; a kind that is missing is kept.
        batch_rows: Rows per transaction. Keep it small: live pages wait for the longest open
            transaction.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        evidence: EvidenceStore | None = None,
        *,
        keep: Mapping[RowKind, timedelta],
        now: Callable[[], datetime],
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        self._engine = engine
        self._evidence = evidence
        self._keep = keep
        self._now = now
        self._batch_rows = batch_rows
        self._clean_at: datetime | None = None

    async def run(self) -> None:
        """Clean every hour until cancelled; a database outage is waited for."""
        while True:
            try:
                await self.clean_if_due()
                await self.delete_bytes()
            except (OSError, *UNREACHABLE_ERRORS) as error:
                log.warning("retention_failed", reason=str(error)[:500])
            await asyncio.sleep(BYTES_INTERVAL_S)

    async def clean_if_due(self) -> None:
        """Clean if the last time was an hour ago."""
        now = self._now()
        if self._clean_at is None or now >= self._clean_at:
            self._clean_at = now + timedelta(seconds=INTERVAL_S)
            await self.clean()

    async def clean(self) -> dict[RowKind, int]:
        """Delete all expired rows and return their number by kind."""
        now = self._now()
        deleted = {
            kind: await self._delete_kind(kind, now - lifetime, now)
            for kind, lifetime in self._keep.items()
        }
        for kind, n in deleted.items():
            metrics.DELETED_ROWS.labels(kind.value).inc(n)
        if any(deleted.values()):
            log.info("rows_deleted", **{kind.value: n for kind, n in deleted.items()})
        return deleted

    async def delete_bytes(self) -> int:
        """Delete the bytes of evidence whose record has been deleted; return their number.

        A crash in between leaves the bytes for the next call.
        """
        if self._evidence is None:
            return 0
        total, last = 0, BATCH_EVIDENCE
        while last == BATCH_EVIDENCE:
            async with self._engine.begin() as connection:
                waiting = await evidence_store.list_waiting(connection, limit=BATCH_EVIDENCE)
                await self._evidence.delete(waiting)
                await evidence_store.mark_bytes_deleted(connection, waiting, now=self._now())
                last = len(waiting)
            total += last
        return total

    async def _delete_kind(self, kind: RowKind, before: datetime, now: datetime) -> int:
        total, is_last = 0, False
        while not is_last:
            async with self._engine.begin() as connection:
                n, is_last = await self._delete_batch(connection, kind, before, now)
            total += n
        return total

    async def _delete_batch(
        self, connection: AsyncConnection, kind: RowKind, before: datetime, now: datetime
    ) -> tuple[int, bool]:
        """Delete one batch; return its size, and whether it was the last."""
        match kind:
            case RowKind.INCIDENTS:
                limit = min(BATCH_INCIDENTS, self._batch_rows)
                n = await delete_expired_incidents(connection, before=before, limit=limit)
            case RowKind.EVIDENCE:
                limit = min(BATCH_EVIDENCE, self._batch_rows)
                n = await evidence_store.delete_expired_evidence(
                    connection, before=before, now=now, limit=limit
                )
            case RowKind.AUDIT:
                limit = 1
                n = await delete_expired_entries(
                    connection, before=before, now=now, limit=BATCH_BLOCKS
                )
                await evidence_store.delete_expired_records(
                    connection, before=before, limit=self._batch_rows
                )
            case _:
                limit = self._batch_rows
                n = await delete_expired(connection, kind, before=before, limit=limit)
        return n, n < limit
