"""Cancel an incident by two persons, and reopen one that has ended."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents import store as incidents_store
from api.incidents.actions import store as actions_store
from api.incidents.actions.orders import recall_batch, withdraw_order
from api.incidents.actions.request import ActionRequest, find_open_again, permit, to_change
from api.incidents.clocks import start_clock
from api.incidents.unit_of_work import record_change
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch


async def propose_cancel(
    connection: AsyncConnection, incident: UUID, request: ActionRequest
) -> None:
    """Propose to cancel an incident; another person of the desk is notified, and has 24 hours.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
    """
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    await actions_store.set_proposal(
        connection, incident, by=request.account.id, at=request.at, reason=request.reason
    )
    clock = await incidents_store.get_clock(connection, incident)
    deciders = await actions_store.list_desk(connection, permitted.area)
    others = tuple(account for account in deciders if account != request.account.id)
    batch = NotificationBatch(
        key=f"{permitted.key}:proposal",
        incident=incident,
        kind=NotificationKind.PROPOSAL,
        accounts=others,
        has_webhook=request.has_webhook,
    )
    change = to_change(
        permitted, state=permitted.state, clock=clock, notifications=batch if others else None
    )
    await record_change(connection, change)


async def cancel(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Cancel what another person has proposed to cancel.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
    """
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    order, facts = permitted.record.order, permitted.record.facts
    recalls = None
    if order is not None and order.is_open:
        accounts = await withdraw_order(connection, order, request)
        recalls = recall_batch(permitted, accounts)
    await actions_store.set_proposal(connection, incident, by=None, at=None)
    change = to_change(
        permitted,
        state=permitted.state,
        order_area=order.area_code if order else None,
        reason=request.reason or facts.cancel_reason,
        detail={"proposed_by": facts.cancel_proposer},
        recalls=recalls,
    )
    await record_change(connection, change)


async def reopen(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Reopen an ended incident: who is on duty now is notified.

    If the same camera and scenario have another open incident by now, that one is linked to this
    one, which stays as it is.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or it ended too long ago.
    """
    opened = await find_open_again(connection, incident)
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    if opened is not None:
        await actions_store.set_recurrence(connection, opened, earlier=incident)
        change = to_change(permitted, detail={"linked": str(opened)})
        await record_change(connection, change)
        return
    state = permitted.state
    await actions_store.set_review(connection, incident, from_state=None, by=None, at=None)
    await actions_store.set_proposal(connection, incident, by=None, at=None)
    clock = start_clock(state, permitted.record.level, permitted.desk, now=request.at)
    await record_change(connection, replace(to_change(permitted), state=state, clock=clock))
