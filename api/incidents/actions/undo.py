"""Take back a confirmation or rejection within seconds.

A confirmed critical incident is dispatched at once: nothing waits for the time to undo to pass.
What has been sent by then is taken back by a recall, and once somebody has accepted the order, the
confirmation stays.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.store import Verdict, VerdictStage, VerdictValue
from api.errors import ConflictError
from api.incidents.actions import store as actions_store
from api.incidents.actions.facts import undo_target
from api.incidents.actions.orders import notify_again, recall_batch, withdraw_order
from api.incidents.actions.request import (
    ActionRequest,
    PermittedAction,
    find_open_again,
    permit,
    to_change,
)
from api.incidents.clocks import Clock, start_clock
from api.incidents.lifecycle import IncidentState
from api.incidents.unit_of_work import record_change
from api.incidents.work_orders import store as work_orders_store
from api.notify.store import NotificationBatch
from api.suppressions.suppress import Requester, end_suppressions_of


async def undo(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Take back the newest review of the account that asks.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: It is too late, somebody has accepted the order, or another incident of the
            same camera and scenario has been opened since (``open_again``).
    """
    opened = await find_open_again(connection, incident)
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    record = permitted.record
    state = undo_target(record.facts, record.state)
    if state is None or (opened is not None and record.state is IncidentState.REJECTED):
        raise ConflictError("open_again", record.state, record.version)
    await actions_store.set_review(connection, incident, from_state=None, by=None, at=None)
    by = Requester(account=request.account, at=request.at)
    await end_suppressions_of(connection, incident, by=by)
    if state is record.state:
        await record_change(connection, to_change(permitted, verdict=_withdrawn(permitted)))
        return
    clock = await _clock(connection, permitted, state)
    notifications = await _restore_order(connection, permitted, state, clock)
    change = to_change(
        permitted,
        state=state,
        clock=clock,
        verdict=_withdrawn(permitted),
        notifications=notifications,
        order_area=record.order.area_code if record.order else None,
    )
    await record_change(connection, change)


async def _clock(
    connection: AsyncConnection, permitted: PermittedAction, state: IncidentState
) -> Clock:
    record, responsible = permitted.record, permitted.desk
    if record.order is not None and _has_order(state):
        responsible = await work_orders_store.get_responsible(connection, record.order.id)
    return start_clock(state, record.level, responsible, now=permitted.request.at)


async def _restore_order(
    connection: AsyncConnection, permitted: PermittedAction, state: IncidentState, clock: Clock
) -> NotificationBatch | None:
    """Withdraw the order that followed from a confirmation, or restore a rejected one."""
    record, request = permitted.record, permitted.request
    if record.order is None:
        return None
    if record.order.is_open:
        accounts = await withdraw_order(connection, record.order, request)
        return recall_batch(permitted, accounts)
    if record.state is IncidentState.REJECTED and _has_order(state):
        await work_orders_store.restore(connection, record.order.id, state, clock)
        return await notify_again(connection, permitted, record.order, state)
    return None


def _has_order(state: IncidentState) -> bool:
    return state in {IncidentState.DISPATCHED, IncidentState.ACCEPTED, IncidentState.HANDLING}


def _withdrawn(permitted: PermittedAction) -> Verdict:
    return Verdict(
        value=VerdictValue.WITHDRAWN,
        stage=VerdictStage.REVIEW,
        actor=permitted.request.account.id,
    )
