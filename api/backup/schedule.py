"""Create a backup every so many hours, from within the running centre."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.backup.create import BackupTarget, create_backup
from api.backup.manifest import list_backups, read_manifest
from api.database.errors import UNREACHABLE_ERRORS
from api.errors import BackupError, DataFolderError
from api.evidence.blobs import EvidenceStore

CHECK_EVERY_S = 60.0
RETRY_AFTER = timedelta(minutes=15)

log = structlog.get_logger(__name__)


class BackupSchedule:
    """Creates a backup when the newest one is older than ``every``.

    The age of the newest backup is the metric ``gridwatch_backup_age_seconds``. A person is called
    when a backup is overdue, see ``overdue_since``.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        evidence: EvidenceStore,
        target: BackupTarget,
        *,
        every: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._evidence = evidence
        self._target = target
        self._every = every
        self._now = now
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self.overdue_since: datetime | None = None
        """Since when a backup should have been there; ``None`` if none is missing."""

    async def run(self) -> None:
        """Check every minute until cancelled."""
        while True:
            await self.back_up_if_due()
            await asyncio.sleep(CHECK_EVERY_S)

    async def back_up_if_due(self) -> bool:
        """Create a backup if one is due; a failure is logged, counted and tried again later."""
        now = self._now()
        newest = await asyncio.to_thread(self._newest)
        if newest is not None:
            metrics.BACKUP_AGE_SECONDS.set((now - newest).total_seconds())
        if newest is not None and now - newest < self._every:
            self.overdue_since = None
            return False
        self.overdue_since = newest + self._every if newest else self.overdue_since or now
        if now < self._not_before:
            return False
        try:
            backup, manifest = await create_backup(self._engine, self._evidence, self._target)
        except (BackupError, DataFolderError, *UNREACHABLE_ERRORS) as error:
            self._not_before = now + RETRY_AFTER
            metrics.FAILED_BACKUPS.inc()
            log.warning("backup_failed", reason=str(error)[:500])
            return False
        self.overdue_since = None
        metrics.BACKUP_AGE_SECONDS.set(0)
        log.info("backup_created", backup=str(backup), evidence=manifest.evidence)
        if manifest.missing_evidence:
            log.warning("backup_evidence_missing", count=len(manifest.missing_evidence))
        return True

    def _newest(self) -> datetime | None:
        """Return when the newest readable backup was taken."""
        for backup in reversed(list_backups(self._target.folder)):
            with contextlib.suppress(BackupError):
                return read_manifest(backup).taken_at
        return None
