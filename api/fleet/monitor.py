"""The watch over the fleet: looks every few seconds whether anything has fallen silent."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.database.unit_of_work import notify_listeners
from api.fleet import alarm_store as stored
from api.fleet.alarm_store import Change
from api.fleet.health_rules import SILENT_AFTER, Alarm, Facts, Fault, alarms
from api.fleet.store import tell_node

LOOK_EVERY_S = 10.0

log = structlog.get_logger(__name__)


class Watch:
    """Keeps the alarms true; any number of processes may run one, one of them works.

    Args:
        can_hear: Whether boxes can reach us at all. While they cannot, and until they have
            had time to speak again, nobody is called silent: the fault would be ours.
    """

    def __init__(
        self, engine: AsyncEngine, *, now: Callable[[], datetime], can_hear: Callable[[], bool]
    ) -> None:
        self._engine = engine
        self._now = now
        self._can_hear = can_hear
        self._hears_since: datetime | None = None

    async def run(self) -> None:
        """Look until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("watch_failed", reason=str(error)[:500])
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> list[Change]:
        """Look once; tell what has begun and what has ended."""
        now = self._now()
        unjudged = self._unjudged(now)
        async with self._engine.begin() as connection:
            facts = await stored.look(connection, now=now)
            found = [one for one in alarms(facts, now=now) if one.kind not in unjudged]
            changes = await self._write(connection, found, unjudged, now)
            open_now = await stored.standing(connection)
        _measure(facts, Counter(one.kind for one in open_now))
        for change in changes:
            say = log.error if change.has_begun else log.info
            name = "fleet_alarm_begins" if change.has_begun else "fleet_alarm_ends"
            say(name, kind=change.kind, node=change.node, camera=change.camera)
        return changes

    def _unjudged(self, now: datetime) -> frozenset[Fault]:
        if not self._can_hear():
            self._hears_since = None
        elif self._hears_since is None:
            self._hears_since = now
        hears = self._hears_since
        if hears is None or now - hears < SILENT_AFTER["online"]:
            return frozenset({Fault.SILENT})
        return frozenset()

    async def _write(
        self,
        connection: AsyncConnection,
        found: list[Alarm],
        unjudged: Iterable[Fault],
        now: datetime,
    ) -> list[Change]:
        if not await stored.is_alone(connection):
            return []
        changes = await stored.sync(connection, found, unjudged=unjudged, now=now)
        for node in sorted({change.node for change in changes}):
            await tell_node(connection, node, now=now)
        if changes:
            await notify_listeners(connection)
        return changes


def _measure(facts: Facts, open_now: Counter[str]) -> None:
    """Set the gauges; a state that nothing is in any more goes to zero."""
    for gauge, states in (
        (metrics.NODES, Counter(node.state for node in facts.nodes)),
        (metrics.CAMERAS, Counter(camera.state for camera in facts.cameras)),
    ):
        gauge.clear()
        for state, n in states.items():
            gauge.labels(state).set(n)
    for kind in Fault:
        metrics.ALARMS.labels(kind.value).set(open_now[kind.value])
    metrics.MISSING.set(sum(hole.missing for hole in facts.holes if hole.also))
    skews = [abs(node.skew_s) for node in facts.nodes if node.skew_s is not None]
    metrics.SKEW.set(max(skews, default=0.0))
