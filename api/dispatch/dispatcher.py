"""Create work orders for filed incidents, and escalate them until a worker accepts.

``escalation`` decides who is notified; the deadlines are columns, so a restart loses none.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.dispatch import store as dispatch_store
from api.dispatch.escalation import EscalationTarget, first_level, next_target
from api.dispatch.store import DueOrder, FiledIncident
from api.incidents import lifecycle, sla
from api.incidents import store as incidents_store
from api.incidents.lifecycle import Action, ActorContext, IncidentState, OrderState
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import store as work_orders_store
from api.live.feed import Signal, run_on_signal
from api.notify.store import NotificationBatch
from api.roster.on_duty import EscalationLevel, find_escalation_levels

RETRY_AFTER = timedelta(seconds=10)
"""How long an incident waits that could not be dispatched, or whose dispatch failed."""

SYSTEM_ACTOR = ActorContext(is_system=True)

log = structlog.get_logger(__name__)


class Dispatcher:
    """Dispatch incidents and escalate orders, one at a time; any number of processes may run one.

    Args:
        signal: Wakes the dispatcher when an incident is filed.
        now: The clock.
        has_webhook: Whether every notification also goes to the webhook of the settings.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        signal: Signal,
        *,
        now: Callable[[], datetime],
        has_webhook: bool = False,
    ) -> None:
        self._engine = engine
        self._signal = signal
        self._now = now
        self._has_webhook = has_webhook
        self._postponed: dict[UUID, datetime] = {}

    async def run(self) -> None:
        """Work until cancelled; wait while the database is unreachable."""
        await run_on_signal(self._signal, self.process_pending, failed="dispatch_failed")

    async def process_pending(self) -> int:
        """Dispatch every filed incident and handle every overdue order.

        Returns:
            How many incidents and orders changed.
        """
        n_processed = 0
        while await self._process_next_filed() or await self._process_next_due():
            n_processed += 1
        return n_processed

    async def _process_next_filed(self) -> bool:
        now = self._now()
        self._postponed = {
            incident: until for incident, until in self._postponed.items() if until > now
        }
        async with self._engine.begin() as connection:
            filed = await dispatch_store.take_next_filed(connection, excluded=list(self._postponed))
            if filed is None:
                return False
            self._postponed[filed.incident] = now + RETRY_AFTER  # removed below on success
            is_dispatched = await self._dispatch(connection, filed, now)
        if is_dispatched:
            del self._postponed[filed.incident]
        return True

    async def _process_next_due(self) -> bool:
        now = self._now()
        async with self._engine.begin() as connection:
            due = await dispatch_store.take_next_due(
                connection, now=now, excluded=list(self._postponed)
            )
            if due is None:
                return False
            self._postponed[due.incident] = now + RETRY_AFTER
            if due.state is IncidentState.ACCEPTED:
                await _expire(connection, due, now)
            else:
                await self._escalate(connection, due, now)
        del self._postponed[due.incident]
        return True

    async def _dispatch(
        self, connection: AsyncConnection, filed: FiledIncident, now: datetime
    ) -> bool:
        """Create an order and notify its target; return ``False`` if there is nobody to notify."""
        area = await dispatch_store.resolve_area(connection, filed)
        target = await _first_target(connection, filed, area, now) if area else None
        if area is None or target is None:
            await _record_no_target(connection, filed, area, now)
            return False
        state = lifecycle.apply_action(IncidentState.FILED, Action.DISPATCH, SYSTEM_ACTOR)
        order = await work_orders_store.insert_order(
            connection,
            filed.incident,
            area,
            step=target.escalation_level,
            now=now,
            due_at=now + sla.time_limit(IncidentState.DISPATCHED, filed.level),
        )
        change = IncidentChange(
            incident=filed.incident,
            action=Action.DISPATCH,
            at=now,
            from_state=IncidentState.FILED,
            state=state,
            area_code=area,
            order=order,
            order_area=area,
            detail=_audit_detail(target),
            notifications=self._notifications(filed.incident, order, target, cycle=0),
        )
        await record_change(connection, change)
        return True

    async def _escalate(self, connection: AsyncConnection, due: DueOrder, now: datetime) -> None:
        """Notify the next level; after the last one, everybody again at growing intervals."""
        lifecycle.apply_action(due.state, Action.ESCALATE, SYSTEM_ACTOR)
        levels = await find_escalation_levels(connection, due.area_code, now)
        target = next_target(levels, start=due.escalation_level + 1)
        wait = sla.time_limit(IncidentState.DISPATCHED, due.level)
        if target is None:
            target = EscalationTarget(due.escalation_level, _everybody(levels))
            wait = sla.reminder_interval(due.level, due.rounds)
        await work_orders_store.escalate(
            connection, due.order, step=target.escalation_level, due_at=now + wait
        )
        change = IncidentChange(
            incident=due.incident,
            action=Action.ESCALATE,
            at=now,
            from_state=due.state,
            area_code=due.area_code,
            order=due.order,
            order_area=due.area_code,
            detail=_audit_detail(target),
            notifications=self._notifications(
                due.incident, due.order, target, cycle=due.rounds + 1
            ),
        )
        await record_change(connection, change)

    def _notifications(
        self, incident: UUID, order: UUID, target: EscalationTarget, *, cycle: int
    ) -> NotificationBatch:
        return NotificationBatch(
            incident=incident,
            order=order,
            step=target.escalation_level,
            cycle=cycle,
            accounts=target.accounts,
            has_webhook=self._has_webhook,
        )


async def _first_target(
    connection: AsyncConnection, filed: FiledIncident, area: str, now: datetime
) -> EscalationTarget | None:
    """Choose whom a new order notifies; if nobody is left above, begin at the first level."""
    levels = await find_escalation_levels(connection, area, now)
    ended_orders = await dispatch_store.list_ended_orders(connection, filed.incident)
    excluded = frozenset(await dispatch_store.declined_by(connection, filed.incident))
    target = next_target(levels, start=first_level(ended_orders), excluded=excluded)
    return target or next_target(levels, start=1, excluded=excluded)


async def _expire(connection: AsyncConnection, due: DueOrder, now: datetime) -> None:
    """Return an order that was accepted and not started; the next one escalates."""
    state = lifecycle.apply_action(due.state, Action.EXPIRE, SYSTEM_ACTOR)
    await work_orders_store.close(
        connection, due.order, OrderState.RETURNED, now=now, has_expired=True
    )
    change = IncidentChange(
        incident=due.incident,
        action=Action.EXPIRE,
        at=now,
        from_state=due.state,
        state=state,
        area_code=due.area_code,
        order=due.order,
        order_area=due.area_code,
    )
    await record_change(connection, change)


async def _record_no_target(
    connection: AsyncConnection, filed: FiledIncident, area: str | None, now: datetime
) -> None:
    """Record once per version of the incident that nobody can be notified."""
    action = "nobody_on_duty" if area else "no_area"
    key = f"nobody:{filed.incident}:{filed.version}"
    is_first = await incidents_store.add_request(
        connection, key, (action, filed.incident, None), at=now
    )
    if not is_first:
        return
    log.warning("nobody_to_notify", incident=str(filed.incident), area=area)
    change = IncidentChange(
        incident=filed.incident,
        action=action,
        at=now,
        from_state=IncidentState.FILED,
        area_code=area,
    )
    await record_change(connection, change)


def _everybody(levels: list[EscalationLevel]) -> tuple[int, ...]:
    return tuple(sorted({shift.account for level in levels for shift in level.on_duty}))


def _audit_detail(target: EscalationTarget) -> dict[str, object]:
    return {"step": target.escalation_level, "called": len(target.accounts)}
