"""READ FIRST: drive the clocks of all incidents, from review to archive.

1. Lock the incidents whose next action is due, most urgent first (``store.take_due``).
2. Look up who is on duty in their areas, and their desks (``store.find_people``).
3. Decide what follows for each (``decisions.decide_step``): dispatch, remind, escalate, ...
4. Write orders, states, clocks, audit entries and notifications in the same transaction.

Clocks are columns, so a restart loses none, and any number of processes may run an engine.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.database.errors import is_about_data
from api.dispatch import store as dispatch_store
from api.dispatch.decisions import decide_step
from api.dispatch.help_reminders import remind_helpers
from api.dispatch.model import DueIncident, EngineStep
from api.incidents.clocks import ClockAction
from api.incidents.lifecycle import OrderState
from api.incidents.unit_of_work import IncidentChange, record_changes
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.store import NewOrder
from api.live.feed import Signal, run_on_signal
from api.notify.store import NotificationBatch

MAX_BATCH = 64
POSTPONED_FOR = timedelta(minutes=1)
"""How long an incident waits whose step could not be written."""

log = structlog.get_logger(__name__)


class ClockEngine:
    """Take the next action of every incident whose clock is due.

    Args:
        signal: Wakes the engine when an incident is filed.
        now: The clock.
        has_webhook: Whether every notification also goes to the webhook of the settings.
        emergency_contacts: Names of the accounts that are notified last of all.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        signal: Signal,
        *,
        now: Callable[[], datetime],
        has_webhook: bool = False,
        emergency_contacts: Sequence[str] = (),
    ) -> None:
        self._engine = engine
        self._signal = signal
        self._now = now
        self._has_webhook = has_webhook
        self._emergency_contacts = emergency_contacts
        self._postponed: dict[UUID, datetime] = {}

    async def run(self) -> None:
        """Work until cancelled; wait while the database is unreachable."""
        await run_on_signal(self._signal, self.process_due, failed="clock_engine_failed")

    async def process_due(self) -> int:
        """Take every action that is due; return how many were taken."""
        n_processed = 0
        while n_batch := await self.process_batch():
            n_processed += n_batch
        return n_processed + await self._remind_helpers()

    async def process_batch(self, limit: int = MAX_BATCH) -> int:
        """Take the most urgent actions that are due; return how many were taken.

        If the database refuses the batch, the incident that is to blame is set aside.
        """
        try:
            return await self._process(limit)
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            if limit > 1:
                return await self.process_batch(limit // 2)
            return await self._postpone_first(error)

    async def _remind_helpers(self) -> int:
        async with self._engine.begin() as connection:
            return await remind_helpers(
                connection,
                emergency_contacts=self._emergency_contacts,
                has_webhook=self._has_webhook,
                now=self._now(),
            )

    async def _process(self, limit: int) -> int:
        now = self._now()
        async with self._engine.begin() as connection:
            due = await self._take_due(connection, limit, now)
            if not due:
                return 0
            codes = sorted({_people_code(incident) for incident in due})
            people = await dispatch_store.find_people(
                connection, codes, emergency_contacts=self._emergency_contacts, now=now
            )
            steps = [decide_step(item, people[_people_code(item)], now=now) for item in due]
            _log_unanswerable(steps)
            await self._write(connection, steps, now)
        return len(due)

    async def _take_due(
        self, connection: AsyncConnection, limit: int, now: datetime
    ) -> list[DueIncident]:
        self._postponed = {
            incident: until for incident, until in self._postponed.items() if until > now
        }
        return await dispatch_store.take_due(
            connection, now=now, limit=limit, excluded=list(self._postponed)
        )

    async def _postpone_first(self, error: DBAPIError) -> int:
        """Set the one incident aside whose step the database refuses; the others go on."""
        now = self._now()
        async with self._engine.begin() as connection:
            due = await self._take_due(connection, 1, now)
        for incident in due:
            self._postponed[incident.id] = now + POSTPONED_FOR
            log.error("clock_step_refused", incident=str(incident.id), reason=str(error.orig)[:500])
        return len(due)

    async def _write(
        self, connection: AsyncConnection, steps: Sequence[EngineStep], now: datetime
    ) -> None:
        """Write the orders, then everything else through the unit of work."""
        new_orders = [order for step in steps if (order := _new_order(step)) is not None]
        orders = {step.incident.id: step.incident.order.id for step in steps if step.incident.order}
        if new_orders:
            orders |= await work_orders_store.insert_orders(connection, new_orders, now=now)
        await _update_orders(connection, steps, now)
        changes = [self._change(step, orders.get(step.incident.id), now) for step in steps]
        await record_changes(connection, changes)

    def _change(self, step: EngineStep, order: UUID | None, now: datetime) -> IncidentChange:
        due = step.incident
        order_area = due.order.area_code if due.order else due.area_code
        return IncidentChange(
            incident=due.id,
            action=step.action,
            at=now,
            from_state=due.state,
            state=step.state,
            clock=step.clock,
            area_code=due.area_code,
            order=order,
            order_area=order_area if order else None,
            detail=step.detail,
            notifications=self._notifications(step, order),
            is_recorded=step.is_recorded,
        )

    def _notifications(self, step: EngineStep, order: UUID | None) -> NotificationBatch | None:
        if not step.accounts:
            return None
        state = step.state or step.incident.state
        return NotificationBatch(
            key=step.notification_key,
            incident=step.incident.id,
            order=order,
            kind=step.kind,
            required_state=state if order else None,
            accounts=step.accounts,
            has_webhook=self._has_webhook,
        )


async def _update_orders(
    connection: AsyncConnection, steps: Sequence[EngineStep], now: datetime
) -> None:
    """Write the escalation levels of orders, resume some, and close those that have expired."""
    levels = {
        step.incident.order.id: step.escalation_level
        for step in steps
        if step.incident.order and step.escalation_level is not None
    }
    if levels:
        await work_orders_store.escalate(connection, levels)
    resumed = {
        step.incident.order.id: step.state
        for step in steps
        if step.incident.order and step.state and step.action is ClockAction.RESUME
    }
    if resumed:
        await work_orders_store.set_states(connection, resumed)
    expired = [
        step.incident.order.id
        for step in steps
        if step.incident.order and step.action is ClockAction.EXPIRE
    ]
    if expired:
        await work_orders_store.close(
            connection, expired, OrderState.RETURNED, now=now, has_expired=True
        )


def _new_order(step: EngineStep) -> NewOrder | None:
    area, level = step.incident.area_code, step.escalation_level
    if step.action is not ClockAction.DISPATCH or area is None or step.clock is None:
        return None
    return NewOrder(
        incident=step.incident.id,
        area=area,
        escalation_level=1 if level is None else level,
        clock=step.clock,
    )


def _people_code(incident: DueIncident) -> str:
    """Return the area whose people are asked: that of the order, else of the incident."""
    return (incident.order.area_code if incident.order else incident.area_code) or ""


def _log_unanswerable(steps: Sequence[EngineStep]) -> None:
    """Log the incidents about which there is no account that could be asked."""
    for step in steps:
        if step.notification_key and not step.accounts:
            due = step.incident
            metrics.NOBODY_TO_NOTIFY.inc()
            log.error("nobody_to_notify", incident=str(due.id), area=due.area_code)
