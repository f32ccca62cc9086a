"""Filed incidents become orders, and orders climb until somebody answers.

What rings next is decided by pure functions; the clocks are rows, so a restart loses none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.database import unit_of_work
from api.database.unit_of_work import AuditEntry
from api.dispatch import store as dispatch_store
from api.dispatch.store import DueOrder, EndedOrder, FiledIncident, NotificationBatch
from api.incidents import lifecycle, sla
from api.incidents.lifecycle import Action, ActorContext, IncidentState
from api.incidents.work_orders import store as work_orders_store
from api.live.feed import Signal, run_on_signal
from api.notify import calls
from api.roster.on_duty import EscalationLevel, find_escalation_levels

RETRY_AFTER = timedelta(seconds=10)
MAX_RETURNS_PER_STEP = 2
SYSTEM = ActorContext(is_system=True)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EscalationTarget:
    """Who is rung, and at which step."""

    step: int
    accounts: tuple[int, ...]


def first_step(ended_orders: Sequence[EndedOrder]) -> int:
    """Tell at which step to begin, after the orders that came to nothing.

    One that expired climbs; one given back rings the others of its step, but only twice.
    """
    if not ended_orders:
        return 1
    last = ended_orders[-1]
    given_back = sum(one.step == last.step and not one.has_expired for one in ended_orders)
    climbs = last.has_expired or given_back >= MAX_RETURNS_PER_STEP
    return last.step + 1 if climbs else last.step


def next_target(
    levels: Iterable[EscalationLevel], *, start: int, excluded: frozenset[int] = frozenset()
) -> EscalationTarget | None:
    """Choose the first step from ``start`` on with somebody on duty; an empty one takes no time.

    Args:
        excluded: Accounts that have given this incident back.

    Returns:
        ``None`` when nobody is left.
    """
    for ring in levels:
        accounts = tuple(s.account for s in ring.on_duty if s.account not in excluded)
        if ring.step >= start and accounts:
            return EscalationTarget(ring.step, accounts)
    return None


class Dispatcher:
    """Takes one incident or order at a time; any number of processes may run one.

    Args:
        signal: Wakes it when something is filed.
        now: The clock.
        has_webhook: Whether every call also goes to the webhook that the settings name.
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
        self._bell = signal
        self._now = now
        self._has_webhook = has_webhook
        self._resting: dict[UUID, datetime] = {}

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        await run_on_signal(self._bell, self.process_pending, failed="dispatch_failed")

    async def process_pending(self) -> int:
        """Take all that is to be done now.

        Returns:
            How many incidents and orders were moved.
        """
        done = 0
        while await self._take_filed() or await self._take_due():
            done += 1
        return done

    async def _take_filed(self) -> bool:
        now = self._now()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        async with self._engine.begin() as connection:
            filed = await dispatch_store.take_next_filed(connection, excluded=list(self._resting))
            if filed is None:
                return False
            self._resting[filed.incident] = now + RETRY_AFTER  # taken away again once it has worked
            is_called = await self._send_out(connection, filed, now)
        if is_called:
            del self._resting[filed.incident]
        return True

    async def _take_due(self) -> bool:
        now = self._now()
        async with self._engine.begin() as connection:
            due = await dispatch_store.take_next_due(
                connection, now=now, excluded=list(self._resting)
            )
            if due is None:
                return False
            self._resting[due.incident] = now + RETRY_AFTER
            if due.state is IncidentState.ACCEPTED:
                await _expire(connection, due, now)
            else:
                await self._climb(connection, due, now)
        del self._resting[due.incident]
        return True

    async def _send_out(
        self, connection: AsyncConnection, filed: FiledIncident, now: datetime
    ) -> bool:
        """Make the order and call people; ``False`` where there is nobody to call."""
        area = await dispatch_store.resolve_area(connection, filed)
        rings = await find_escalation_levels(connection, area, now) if area else []
        past = await dispatch_store.list_ended_orders(connection, filed.incident)
        but = frozenset(await dispatch_store.declined_by(connection, filed.incident))
        start = first_step(past)
        called = next_target(rings, start=start, excluded=but) or next_target(
            rings, start=1, excluded=but
        )
        if area is None or called is None:
            await _nobody(connection, filed, area, now)
            return False
        after = lifecycle.apply_action(IncidentState.FILED, Action.DISPATCH, SYSTEM)
        due_at = now + sla.time_limit(IncidentState.DISPATCHED, filed.level)
        order = await dispatch_store.insert_order(
            connection, filed.incident, area, step=called.step, now=now, due_at=due_at
        )
        await unit_of_work.set_state(connection, filed.incident, after)
        entry = AuditEntry(
            at=now,
            actor="system",
            action=Action.DISPATCH,
            incident=filed.incident,
            order=order,
            from_state=IncidentState.FILED,
            to_state=after,
            detail={"step": called.step, "called": len(called.accounts)},
        )
        await unit_of_work.record(connection, entry)
        calling = NotificationBatch(filed.incident, order, called.step, 0, called.accounts)
        await self._call(connection, calling, area=area, now=now)
        return True

    async def _climb(self, connection: AsyncConnection, due: DueOrder, now: datetime) -> None:
        """Nobody answered in time: call the next step; at the top, all again, ever more slowly."""
        lifecycle.apply_action(due.state, Action.ESCALATE, SYSTEM)
        rings = await find_escalation_levels(connection, due.area_code, now)
        called = next_target(rings, start=due.step + 1)
        due_at = now + sla.time_limit(IncidentState.DISPATCHED, due.level)
        if called is None:
            everybody = {shift.account for ring in rings for shift in ring.on_duty}
            called = EscalationTarget(due.step, tuple(sorted(everybody)))
            due_at = now + sla.reminder_interval(due.level, due.rounds)
        await dispatch_store.escalate(connection, due.order, step=called.step, due_at=due_at)
        entry = AuditEntry(
            at=now,
            actor="system",
            action=Action.ESCALATE,
            incident=due.incident,
            order=due.order,
            from_state=due.state,
            to_state=due.state,
            detail={"step": called.step, "called": len(called.accounts)},
        )
        await unit_of_work.record(connection, entry)
        calling = NotificationBatch(
            due.incident, due.order, called.step, due.rounds + 1, called.accounts
        )
        await self._call(connection, calling, area=due.area_code, now=now)

    async def _call(
        self, connection: AsyncConnection, calling: NotificationBatch, *, area: str, now: datetime
    ) -> None:
        """Write the calls and the news of them; the senders do the rest after the commit."""
        await dispatch_store.insert_notifications(
            connection, calling, has_webhook=self._has_webhook, now=now
        )
        await calls.publish_order_change(connection, calling.order, area_code=area, now=now)
        await unit_of_work.publish(connection, "incident", calling.incident, at=now, area_code=area)
        await unit_of_work.notify_listeners(connection)


async def _expire(connection: AsyncConnection, due: DueOrder, now: datetime) -> None:
    """Accepted and then forgotten: back to the queue, from where it climbs."""
    after = lifecycle.apply_action(due.state, Action.EXPIRE, SYSTEM)
    await unit_of_work.set_state(connection, due.incident, after)
    await work_orders_store.close(connection, due.order, "returned", now=now)
    entry = AuditEntry(
        at=now,
        actor="system",
        action=Action.EXPIRE,
        incident=due.incident,
        order=due.order,
        from_state=due.state,
        to_state=after,
    )
    await unit_of_work.record(connection, entry)
    await unit_of_work.publish(
        connection, "incident", due.incident, at=now, area_code=due.area_code
    )
    await unit_of_work.notify_listeners(connection)


async def _nobody(
    connection: AsyncConnection, filed: FiledIncident, area: str | None, now: datetime
) -> None:
    """Nobody can be called: say so once on record, and to the desks; it is tried again."""
    entry = AuditEntry(
        at=now,
        actor="system",
        action="nobody_on_duty" if area else "no_area",
        incident=filed.incident,
        from_state=IncidentState.FILED,
        to_state=IncidentState.FILED,
        idem_key=f"nobody:{filed.incident}:{filed.version}",
    )
    if await unit_of_work.record(connection, entry):
        log.warning("nobody_to_call", incident=str(filed.incident), area=area)
        await unit_of_work.publish(connection, "incident", filed.incident, at=now, area_code=area)
        await unit_of_work.notify_listeners(connection)
