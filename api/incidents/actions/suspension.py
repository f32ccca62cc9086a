"""Suspend an incident until a date, and resume it before.

While it is suspended its clocks stand still: nobody is reminded. A resumed incident goes on in
the state it had, and the clock of that state starts anew.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import UnprocessableError
from api.incidents import store as incidents_store
from api.incidents.actions.facts import MAX_SUSPENSION
from api.incidents.actions.orders import notify_again
from api.incidents.actions.request import ActionRequest, permit, to_change
from api.incidents.clocks import desk, start_clock, suspend_clock
from api.incidents.lifecycle import IncidentState
from api.incidents.unit_of_work import record_change
from api.incidents.work_orders import store as work_orders_store
from api.notify import store as notify_store


async def suspend(
    connection: AsyncConnection, incident: UUID, until: datetime, request: ActionRequest
) -> None:
    """Suspend an incident and its order; both resume by themselves.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
        UnprocessableError: The end is in the past, or more than 30 days away.
    """
    detail: dict[str, object] = {"until": until.isoformat()}
    permitted = await permit(connection, incident, replace(request, detail=detail))
    if permitted is None:
        return
    if not request.at < until <= request.at + MAX_SUSPENSION:
        days = MAX_SUSPENSION.days
        raise UnprocessableError("wrong_end", f"the end must be within the next {days} days")
    order = permitted.record.order
    if order is not None and order.is_open:
        await work_orders_store.set_states(connection, {order.id: IncidentState.SUSPENDED})
        await notify_store.cancel_pending(connection, [order.id])
    clock = await incidents_store.get_clock(connection, incident)
    responsible = clock.responsible if clock else permitted.desk
    change = to_change(
        permitted,
        state=permitted.state,
        clock=suspend_clock(responsible, until=until),
        order_area=order.area_code if order else None,
    )
    await record_change(connection, change)


async def resume(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """End a suspension before its time.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or it is not suspended.
    """
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    record = permitted.record
    state = record.facts.previous_state or permitted.state
    order = record.order if record.order and record.order.is_open else None
    clock = await incidents_store.get_clock(connection, incident)
    responsible = clock.responsible if clock else desk(permitted.area)
    notifications = None
    if order is not None:
        await work_orders_store.set_states(connection, {order.id: state})
        notifications = await notify_again(connection, permitted, order, state)
    change = to_change(
        permitted,
        state=state,
        clock=start_clock(state, record.level, responsible, now=request.at),
        order_area=order.area_code if order else None,
        notifications=notifications,
    )
    await record_change(connection, change)
