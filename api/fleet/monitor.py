"""Open and end fleet alarms: evaluate the health rules every few seconds."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.fleet import alarm_store
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
from api.supervisor import repeat

INTERVAL_S = 10.0

log = structlog.get_logger(__name__)


class FleetMonitor:
    """Keeps the fleet alarms up to date; of several processes, one at a time does the work.

    Args:
        broker_is_up: Whether nodes can reach this centre. While they cannot, and until they have
            had time to report again, no node is called unreachable: the fault would be ours.
    """

    def __init__(
        self, engine: AsyncEngine, *, now: Callable[[], datetime], broker_is_up: Callable[[], bool]
    ) -> None:
        self._engine = engine
        self._now = now
        self._broker_is_up = broker_is_up
        self._broker_up_since: datetime | None = None

    async def run(self) -> None:
        """Evaluate until cancelled; wait for a database that is down."""
        await repeat(self.evaluate, every_s=INTERVAL_S, failure_event="fleet_monitor_failed")

    async def evaluate(self) -> list[AlarmChange]:
        """Evaluate the rules once and return the alarms that opened or ended."""
        now = self._now()
        skipped = self._skipped_rules(now)
        async with self._engine.begin() as connection:
            facts = await alarm_store.load_facts(connection, now=now)
            alarms = [
                alarm
                for alarm in evaluate_health_rules(facts, now=now)
                if alarm.kind not in skipped
            ]
            changes = await self._store(connection, alarms, skipped, now)
            open_alarms = await alarm_store.list_open_alarms(connection)
        _set_gauges(facts, Counter(alarm.kind for alarm in open_alarms))
        for change in changes:
            write = log.error if change.has_begun else log.info
            event = "fleet_alarm_opened" if change.has_begun else "fleet_alarm_ended"
            write(event, kind=change.kind, node=change.node, camera=change.camera)
        return changes

    def _skipped_rules(self, now: datetime) -> frozenset[AlarmKind]:
        """Return the rules that cannot be evaluated while the broker is, or just was, down."""
        if not self._broker_is_up():
            self._broker_up_since = None
        elif self._broker_up_since is None:
            self._broker_up_since = now
        up_since = self._broker_up_since
        if up_since is None or now - up_since < UNREACHABLE_AFTER["online"]:
            return frozenset({AlarmKind.UNREACHABLE})
        return frozenset()

    async def _store(
        self,
        connection: AsyncConnection,
        alarms: list[Alarm],
        skipped: Iterable[AlarmKind],
        now: datetime,
    ) -> list[AlarmChange]:
        if not await alarm_store.try_lock_alarms(connection):
            return []
        changes = await alarm_store.sync_alarms(connection, alarms, unevaluated=skipped, now=now)
        for node in sorted({change.node for change in changes}):
            await publish_node_event(connection, node, now=now)
        if changes:
            await notify_listeners(connection)
        return changes


def _set_gauges(facts: FleetFacts, open_by_kind: Counter[str]) -> None:
    """Set the gauges; states and kinds without members are removed or set to zero."""
    for gauge, states in (
        (metrics.NODES, Counter(node.state for node in facts.nodes)),
        (metrics.CAMERAS, Counter(camera.state for camera in facts.cameras)),
    ):
        gauge.clear()
        for state, n in states.items():
            gauge.labels(state).set(n)
    for kind in AlarmKind:
        metrics.ALARMS.labels(kind.value).set(open_by_kind[kind.value])
    metrics.MISSING_MESSAGES.set(sum(gap.missing for gap in facts.gaps if gap.also))
    skews = [abs(node.skew_s) for node in facts.nodes if node.skew_s is not None]
    metrics.MAX_CLOCK_SKEW_SECONDS.set(max(skews, default=0.0))
