"""Check the audit log once a day, from within the running centre, slowly enough to slow nobody."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.audit.chain_writer import read_anchors
from api.audit.check_store import get_check, save_check
from api.audit.verify import Verification, verify_log
from api.database.errors import UNREACHABLE_ERRORS

INTERVAL_S = 600.0
EVERY = timedelta(days=1)
BLOCK_PAUSE_S = 0.25
"""A log of ten million entries takes an hour."""

log = structlog.get_logger(__name__)


class AuditChecker:
    """Verifies the whole log once a day; a person is called for what it finds.

    Args:
        anchors: File with the daily hashes; ``None`` for none.
    """

    def __init__(
        self, engine: AsyncEngine, *, anchors: Path | None, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._anchors = anchors
        self._now = now

    async def run(self) -> None:
        """Check when the last check is a day old, until cancelled."""
        while True:
            try:
                await self.check_if_due()
            except UNREACHABLE_ERRORS as error:
                log.warning("audit_check_failed", reason=str(error)[:500])
            except (OSError, ValueError) as error:
                log.warning("audit_anchor_failed", file=str(self._anchors), reason=str(error))
            await asyncio.sleep(INTERVAL_S)

    async def check_if_due(self) -> Verification | None:
        """Check the log, unless the last check is younger than a day."""
        async with self._engine.connect() as connection:
            last = await get_check(connection)
        if last is not None and self._now() - last.checked_at < EVERY:
            return None
        return await self.check()

    async def check(self) -> Verification:
        """Check the whole log and store the result."""
        anchors = await asyncio.to_thread(read_anchors, self._anchors) if self._anchors else []
        async with self._engine.connect() as connection:
            result = await verify_log(connection, anchors, pause_s=BLOCK_PAUSE_S)
        n_findings = len(result.findings)
        async with self._engine.begin() as connection:
            await save_check(
                connection, entries=result.entries, n_findings=n_findings, now=self._now()
            )
        metrics.AUDIT_FINDINGS.set(n_findings)
        for finding in result.findings[:10]:
            log.error("audit_log_changed", finding=finding.kind.value, number=finding.number)
        return result
