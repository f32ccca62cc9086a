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
from api.database.unit_of_work import Entry
from api.dispatch import store as dispatch_store
from api.dispatch.store import Calling, Due, Filed, Past
from api.incidents import lifecycle, sla
from api.incidents.lifecycle import Action, Facts, State
from api.incidents.work_orders import store as work_orders_store
from api.live.feed import Bell, at_each_ring
from api.notify import calls
from api.roster.on_duty import Ring, who_is_on_duty

REST = timedelta(seconds=10)
RETURNS_AT_A_STEP = 2
SYSTEM = Facts(is_system=True)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Called:
    """Who is rung, and at which step."""

    step: int
    accounts: tuple[int, ...]


def first_step(past: Sequence[Past]) -> int:
    """Tell at which step to begin, after the orders that came to nothing.

    One that expired climbs; one given back rings the others of its step, but only twice.
    """
    if not past:
        return 1
    last = past[-1]
    given_back = sum(one.step == last.step and not one.expired for one in past)
    climbs = last.expired or given_back >= RETURNS_AT_A_STEP
    return last.step + 1 if climbs else last.step


def whom(rings: Iterable[Ring], *, start: int, but: frozenset[int] = frozenset()) -> Called | None:
    """Choose the first step from ``start`` on with somebody on duty; an empty one takes no time.

    Args:
        but: Accounts that have given this incident back.

    Returns:
        ``None`` when nobody is left.
    """
    for ring in rings:
        accounts = tuple(s.account for s in ring.on_duty if s.account not in but)
        if ring.step >= start and accounts:
            return Called(ring.step, accounts)
    return None


class Dispatcher:
    """Takes one incident or order at a time; any number of processes may run one.

    Args:
        bell: Wakes it when something is filed.
        now: The clock.
        has_webhook: Whether every call also goes to the webhook that the settings name.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        bell: Bell,
        *,
        now: Callable[[], datetime],
        has_webhook: bool = False,
    ) -> None:
        self._engine = engine
        self._bell = bell
        self._now = now
        self._has_webhook = has_webhook
        self._resting: dict[UUID, datetime] = {}

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        await at_each_ring(self._bell, self.work, failed="dispatch_failed")

    async def work(self) -> int:
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
            filed = await dispatch_store.next_filed(connection, but=list(self._resting))
            if filed is None:
                return False
            self._resting[filed.incident] = now + REST  # taken away again once it has worked
            is_called = await self._send_out(connection, filed, now)
        if is_called:
            del self._resting[filed.incident]
        return True

    async def _take_due(self) -> bool:
        now = self._now()
        async with self._engine.begin() as connection:
            due = await dispatch_store.next_due(connection, now=now, but=list(self._resting))
            if due is None:
                return False
            self._resting[due.incident] = now + REST
            if due.state is State.ACCEPTED:
                await _expire(connection, due, now)
            else:
                await self._climb(connection, due, now)
        del self._resting[due.incident]
        return True

    async def _send_out(self, connection: AsyncConnection, filed: Filed, now: datetime) -> bool:
        """Make the order and call people; ``False`` where there is nobody to call."""
        area = await dispatch_store.settle_area(connection, filed)
        rings = await who_is_on_duty(connection, area, now) if area else []
        past = await dispatch_store.past(connection, filed.incident)
        but = frozenset(await dispatch_store.gave_back(connection, filed.incident))
        start = first_step(past)
        called = whom(rings, start=start, but=but) or whom(rings, start=1, but=but)
        if area is None or called is None:
            await _nobody(connection, filed, area, now)
            return False
        after = lifecycle.step(State.FILED, Action.DISPATCH, SYSTEM)
        due_at = now + sla.limit(State.DISPATCHED, filed.level)
        order = await dispatch_store.open_order(
            connection, filed.incident, area, step=called.step, now=now, due_at=due_at
        )
        await unit_of_work.set_state(connection, filed.incident, after)
        entry = Entry(
            at=now,
            actor="system",
            action=Action.DISPATCH,
            incident=filed.incident,
            order=order,
            before=State.FILED,
            after=after,
            detail={"step": called.step, "called": len(called.accounts)},
        )
        await unit_of_work.note(connection, entry)
        calling = Calling(filed.incident, order, called.step, 0, called.accounts)
        await self._call(connection, calling, area=area, now=now)
        return True

    async def _climb(self, connection: AsyncConnection, due: Due, now: datetime) -> None:
        """Nobody answered in time: call the next step; at the top, all again, ever more slowly."""
        lifecycle.step(due.state, Action.ESCALATE, SYSTEM)
        rings = await who_is_on_duty(connection, due.area_code, now)
        called = whom(rings, start=due.step + 1)
        due_at = now + sla.limit(State.DISPATCHED, due.level)
        if called is None:
            everybody = {shift.account for ring in rings for shift in ring.on_duty}
            called = Called(due.step, tuple(sorted(everybody)))
            due_at = now + sla.ring_again(due.level, due.rounds)
        await dispatch_store.climb(connection, due.order, step=called.step, due_at=due_at)
        entry = Entry(
            at=now,
            actor="system",
            action=Action.ESCALATE,
            incident=due.incident,
            order=due.order,
            before=due.state,
            after=due.state,
            detail={"step": called.step, "called": len(called.accounts)},
        )
        await unit_of_work.note(connection, entry)
        calling = Calling(due.incident, due.order, called.step, due.rounds + 1, called.accounts)
        await self._call(connection, calling, area=due.area_code, now=now)

    async def _call(
        self, connection: AsyncConnection, calling: Calling, *, area: str, now: datetime
    ) -> None:
        """Write the calls and the news of them; the senders do the rest after the commit."""
        await dispatch_store.write_calls(
            connection, calling, has_webhook=self._has_webhook, now=now
        )
        await calls.tell_all(connection, calling.order, area_code=area, now=now)
        await unit_of_work.tell(connection, "incident", calling.incident, at=now, area_code=area)
        await unit_of_work.wake(connection)


async def _expire(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Accepted and then forgotten: back to the queue, from where it climbs."""
    after = lifecycle.step(due.state, Action.EXPIRE, SYSTEM)
    await unit_of_work.set_state(connection, due.incident, after)
    await work_orders_store.end(connection, due.order, "returned", now=now)
    entry = Entry(
        at=now,
        actor="system",
        action=Action.EXPIRE,
        incident=due.incident,
        order=due.order,
        before=due.state,
        after=after,
    )
    await unit_of_work.note(connection, entry)
    await unit_of_work.tell(connection, "incident", due.incident, at=now, area_code=due.area_code)
    await unit_of_work.wake(connection)


async def _nobody(
    connection: AsyncConnection, filed: Filed, area: str | None, now: datetime
) -> None:
    """Nobody can be called: say so once on record, and to the desks; it is tried again."""
    entry = Entry(
        at=now,
        actor="system",
        action="nobody_on_duty" if area else "no_area",
        incident=filed.incident,
        before=State.FILED,
        after=State.FILED,
        idem_key=f"nobody:{filed.incident}:{filed.version}",
    )
    if await unit_of_work.note(connection, entry):
        log.warning("nobody_to_call", incident=str(filed.incident), area=area)
        await unit_of_work.tell(connection, "incident", filed.incident, at=now, area_code=area)
        await unit_of_work.wake(connection)
