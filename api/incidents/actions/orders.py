"""Withdraw or restore the work order of an incident, and notify the people whom that concerns."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.actions import store as actions_store
from api.incidents.actions.request import ActionRequest, PermittedAction
from api.incidents.lifecycle import IncidentState, OrderState
from api.incidents.queries import OrderSummary
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.store import Withdrawal
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch

Accounts = tuple[int, ...]


async def withdraw_order(
    connection: AsyncConnection,
    order: OrderSummary,
    request: ActionRequest,
    *,
    excludes_handler: bool = False,
) -> Accounts:
    """Cancel an open order and its notifications not yet sent; its workers read by whom and why.

    Args:
        request: Of the person who withdraws it.
        excludes_handler: The handler is not asked again when the incident is dispatched anew.

    Returns:
        Who knows of it and has to be told.
    """
    accounts = await list_involved(connection, order)
    await work_orders_store.close(
        connection,
        [order.id],
        OrderState.CANCELLED,
        now=request.at,
        declined_by=order.handler if excludes_handler else None,
        withdrawal=Withdrawal(account=request.account.id, reason=request.reason),
    )
    return accounts


async def list_involved(connection: AsyncConnection, order: OrderSummary) -> Accounts:
    """List the handler and the helpers; while nobody has accepted, who was reached and is asked."""
    helpers = await work_orders_store.list_helpers(connection, order.id)
    if order.handler is not None:
        return tuple(sorted({order.handler, *helpers}))
    reached = await actions_store.list_reached(connection, order.id)
    return tuple(sorted({*reached, *helpers}))


def recall_batch(
    permitted: PermittedAction, accounts: Accounts, *, kept: Accounts = ()
) -> NotificationBatch | None:
    """Return the notifications that tell people that they are no longer needed.

    Args:
        kept: Accounts that are needed all the same.
    """
    by = permitted.request.account.id
    notified = tuple(account for account in accounts if account not in {*kept, by})
    if not notified:
        return None
    return NotificationBatch(
        key=f"{permitted.key}:recall",
        incident=permitted.record.id,
        order=permitted.record.order.id if permitted.record.order else None,
        kind=NotificationKind.RECALL,
        accounts=notified,
        has_webhook=permitted.request.has_webhook,
    )


async def notify_again(
    connection: AsyncConnection,
    permitted: PermittedAction,
    order: OrderSummary,
    state: IncidentState,
) -> NotificationBatch | None:
    """Return the notifications for those who hold an order that is open again."""
    accounts: Accounts = (order.handler,) if order.handler is not None else ()
    if state is IncidentState.DISPATCHED:
        accounts = tuple(await actions_store.list_notified(connection, order.id))
    if not accounts:
        return None
    return NotificationBatch(
        key=permitted.key,
        incident=permitted.record.id,
        order=order.id,
        kind=NotificationKind.DISPATCH,
        required_state=state,
        accounts=accounts,
        has_webhook=permitted.request.has_webhook,
    )
