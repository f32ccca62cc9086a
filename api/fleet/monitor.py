"""The watch over the fleet: looks every few seconds whether anything has fallen silent."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.fleet import alarm_store as stored
from api.fleet.alarm_store import AlarmChange
from api.fleet.health_rules import (
    UNREACHABLE_AFTER,
    Alarm,
    AlarmKind,
    FleetFacts,
    evaluate_health_rules,
)
from api.fleet.store import publish_node_event
from api.live.store import notify_listeners

INTERVAL_S = 10.0

log = structlog.get_logger(__name__)


class FleetMonitor:
    """Keeps the alarms true; any number of processes may run one, one of them works.

    Args:
        broker_is_up: Whether boxes can reach us at all. While they cannot, and until they have
            had time to speak again, nobody is called silent: the fault would be ours.
    """

    def __init__(
        self, engine: AsyncEngine, *, now: Callable[[], datetime], broker_is_up: Callable[[], bool]
    ) -> None:
        self._engine = engine
        self._now = now
        self._can_hear = broker_is_up
        self._hears_since: datetime | None = None

    async def run(self) -> None:
        """Look until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self.evaluate()
            except (SQLAlchemyError, OSError) as error:
                log.warning("watch_failed", reason=str(error)[:500])
            await asyncio.sleep(INTERVAL_S)

    async def evaluate(self) -> list[AlarmChange]:
        """Look once; tell what has begun and what has ended."""
        now = self._now()
        unjudged = self._unjudged(now)
        async with self._engine.begin() as connection:
            facts = await stored.load_facts(connection, now=now)
            found = [
                one for one in evaluate_health_rules(facts, now=now) if one.kind not in unjudged
            ]
            changes = await self._write(connection, found, unjudged, now)
            open_now = await stored.list_open_alarms(connection)
        _measure(facts, Counter(one.kind for one in open_now))
        for change in changes:
            say = log.error if change.has_begun else log.info
            name = "fleet_alarm_begins" if change.has_begun else "fleet_alarm_ends"
            say(name, kind=change.kind, node=change.node, camera=change.camera)
        return changes

    def _unjudged(self, now: datetime) -> frozenset[AlarmKind]:
        if not self._can_hear():
            self._hears_since = None
        elif self._hears_since is None:
            self._hears_since = now
        hears = self._hears_since
        if hears is None or now - hears < UNREACHABLE_AFTER["online"]:
            return frozenset({AlarmKind.UNREACHABLE})
        return frozenset()

    async def _write(
        self,
        connection: AsyncConnection,
        found: list[Alarm],
        unjudged: Iterable[AlarmKind],
        now: datetime,
    ) -> list[AlarmChange]:
        if not await stored.try_lock_alarms(connection):
            return []
        changes = await stored.sync_alarms(connection, found, unevaluated=unjudged, now=now)
        for node in sorted({change.node for change in changes}):
            await publish_node_event(connection, node, now=now)
        if changes:
            await notify_listeners(connection)
        return changes


def _measure(facts: FleetFacts, open_now: Counter[str]) -> None:
    """Set the gauges; a state that nothing is in any more goes to zero."""
    for gauge, states in (
        (metrics.NODES, Counter(node.state for node in facts.nodes)),
        (metrics.CAMERAS, Counter(camera.state for camera in facts.cameras)),
    ):
        gauge.clear()
        for state, n in states.items():
            gauge.labels(state).set(n)
    for kind in AlarmKind:
        metrics.ALARMS.labels(kind.value).set(open_now[kind.value])
    metrics.MISSING_MESSAGES.set(sum(hole.missing for hole in facts.gaps if hole.also))
    skews = [abs(node.skew_s) for node in facts.nodes if node.skew_s is not None]
    metrics.MAX_CLOCK_SKEW_SECONDS.set(max(skews, default=0.0))
