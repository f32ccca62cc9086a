"""Check every minute that no incident waits in silence, whatever the clock engine believes."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.dispatch import store as dispatch_store

INTERVAL_S = 60.0
TOLERANCE = timedelta(minutes=1)
"""How late an action of the clock engine may be."""

log = structlog.get_logger(__name__)


class SelfAudit:
    """Report incidents whose next action is overdue, and count the open ones for the metrics."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def run(self) -> None:
        """Check until cancelled; wait for a database that is down."""
        while True:
            try:
                await self.check()
            except (SQLAlchemyError, OSError) as error:
                log.warning("self_audit_failed", reason=str(error)[:500])
            await asyncio.sleep(INTERVAL_S)

    async def check(self) -> list[UUID]:
        """Return the incidents that are overdue without a reminder, and log them."""
        now = self._now()
        async with self._engine.connect() as connection:
            overdue = await dispatch_store.list_overdue_actions(
                connection, overdue_since=now - TOLERANCE
            )
        metrics.OVERDUE_ACTIONS.set(len(overdue))
        for incident in overdue:
            log.error("incident_without_reminder", incident=str(incident))
        return overdue
