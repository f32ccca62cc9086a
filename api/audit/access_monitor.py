"""Look every few minutes for unusual access to evidence; an auditor reviews what is found."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from api.audit.access_store import list_access_hours, save_finding
from api.audit.unusual_access import find_unusual
from api.supervisor import repeat

INTERVAL_S = 300.0


class AccessMonitor:
    """Compares the views of each account with its own history; several processes may run one."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def run(self) -> None:
        """Look until cancelled; a database that is down is waited for."""
        await repeat(self.look, every_s=INTERVAL_S, failure_event="access_monitor_failed")

    async def look(self) -> int:
        """Evaluate the hour that runs and the one before; return the number of findings."""
        now = self._now()
        current = now.replace(minute=0, second=0, microsecond=0)
        n_findings = 0
        for hour in (current - timedelta(hours=1), current):
            async with self._engine.begin() as connection:
                for access in await list_access_hours(connection, hour=hour):
                    for unusual in find_unusual(access):
                        await save_finding(connection, access.actor, unusual, hour=hour, now=now)
                        n_findings += 1
        return n_findings
