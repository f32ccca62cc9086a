"""Check every minute that no incident waits in silence, whatever the clock engine believes."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api import metrics
from api.dispatch import store as dispatch_store
from api.dispatch.model import OpenCount
from api.incidents.clocks import PLANS
from api.incidents.lifecycle import IncidentState
from api.incidents.model import IncidentClass
from api.supervisor import repeat

INTERVAL_S = 60.0
TOLERANCE = timedelta(minutes=1)
"""How late an action of the clock engine may be."""
OPEN_STATES = tuple(state for state in PLANS if state is not IncidentState.CLOSED)
"""A closed incident only has a clock that archives it."""

log = structlog.get_logger(__name__)


class SelfAudit:
    """Report incidents whose next action is overdue, and count the open ones for the metrics."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self.n_overdue = 0
        """How many incidents the last check found overdue without a reminder."""

    async def run(self) -> None:
        """Check until cancelled; wait for a database that is down."""
        await repeat(self.check, every_s=INTERVAL_S, failure_event="self_audit_failed")

    async def check(self) -> list[UUID]:
        """Return the incidents that are overdue without a reminder, and log them."""
        now = self._now()
        async with self._engine.connect() as connection:
            _set_gauges(await dispatch_store.count_open_incidents(connection, now=now), now)
            overdue = await dispatch_store.list_overdue_actions(
                connection, overdue_since=now - TOLERANCE
            )
        self.n_overdue = len(overdue)
        metrics.OVERDUE_ACTIONS.set(self.n_overdue)
        for incident in overdue:
            log.error("incident_without_reminder", incident=str(incident))
        return overdue


def _set_gauges(
    counts: Mapping[tuple[IncidentState, IncidentClass], OpenCount], now: datetime
) -> None:
    """Set the gauges of every state and class that an open incident can have."""
    for labels in product(OPEN_STATES, IncidentClass):
        count = counts.get(labels, OpenCount(0, 0, now))
        metrics.OPEN_INCIDENTS.labels(*labels).set(count.n)
        metrics.OVERDUE_INCIDENTS.labels(*labels).set(count.overdue)
        oldest_s = (now - count.oldest_since).total_seconds()
        metrics.OLDEST_INCIDENT_SECONDS.labels(*labels).set(oldest_s)
