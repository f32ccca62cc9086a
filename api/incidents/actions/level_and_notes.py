"""Change the level of an incident by hand, with its clocks; and add notes."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import UnprocessableError
from api.incidents import store as incidents_store
from api.incidents.actions import store as actions_store
from api.incidents.actions.orders import list_involved
from api.incidents.actions.request import ActionRequest, PermittedAction, permit, to_change
from api.incidents.clocks import Clock, shorten_clock, start_clock
from api.incidents.unit_of_work import record_change
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch
from pipeline.signal import Level


async def change_level(
    connection: AsyncConnection, incident: UUID, level: Level, request: ActionRequest
) -> None:
    """Change the level: a higher one shortens the clock, a lower one starts it anew.

    Whoever holds the order is notified of a higher level.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
        UnprocessableError: It has this level already.
    """
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    record = permitted.record
    if level is record.level:
        raise UnprocessableError("same_level", level)
    clock = await incidents_store.get_clock(connection, incident)
    await actions_store.set_level(connection, incident, level)
    is_raised = level.rank > record.level.rank
    change = to_change(
        permitted,
        state=record.state,
        clock=_new_clock(permitted, clock, level, is_raised=is_raised),
        order_area=record.order.area_code if record.order else None,
        detail={"from_level": record.level, "to_level": level},
        notifications=await _worsening(connection, permitted) if is_raised else None,
    )
    await record_change(connection, change)


async def add_note(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Add a note to the history of an incident; nothing else changes.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The note is empty, or the account may not add one.
    """
    permitted = await permit(connection, incident, replace(request, version=None))
    if permitted is not None:
        await record_change(connection, to_change(permitted))


def _new_clock(
    permitted: PermittedAction, clock: Clock | None, level: Level, *, is_raised: bool
) -> Clock | None:
    if clock is None:
        return None
    state, now = permitted.record.state, permitted.request.at
    if is_raised:
        return shorten_clock(clock, state, level, now=now)
    return start_clock(state, level, clock.responsible, now=now)


async def _worsening(
    connection: AsyncConnection, permitted: PermittedAction
) -> NotificationBatch | None:
    order = permitted.record.order
    accounts = await list_involved(connection, order) if order and order.is_open else ()
    if order is None or not accounts:
        return None
    return NotificationBatch(
        key=permitted.key,
        incident=permitted.record.id,
        order=order.id,
        kind=NotificationKind.WORSENING,
        accounts=accounts,
        has_webhook=permitted.request.has_webhook,
    )
