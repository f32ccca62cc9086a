"""Ask another department to help with an order, and answer such a request.

Whoever is asked sees the order and may report. They are reminded until one of them answers; the
clock of the order itself goes on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import UnprocessableError
from api.incidents.actions import store as actions_store
from api.incidents.clocks import PLANS
from api.incidents.lifecycle import IncidentState
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.order_actions import OrderAction, OrderStep, permit, step_fields
from api.incidents.work_orders.store import NewHelpers
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch
from api.roster.on_duty import find_escalation_levels


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpTarget:
    """Whom to ask: a person by account name, or those on duty in an area; exactly one."""

    account: str | None = None
    area: str | None = None


async def request_help(
    connection: AsyncConnection,
    order: UUID,
    target: HelpTarget,
    action: OrderAction,
    *,
    account: Account,
    now: datetime,
) -> None:
    """Ask others to help with an order.

    Raises:
        NotFoundError: There is no such order, or the account may not see it.
        ConflictError: The order has changed since it was read, or its state does not allow it.
        UnprocessableError: There is nobody to ask.
    """
    detail: dict[str, object] = {"account": target.account, "area": target.area}
    asking = replace(action, detail=detail)
    step = await permit(connection, order, asking, account=account, now=now)
    if step is None:
        return
    accounts = await _find_accounts(connection, target, now=now)
    helpers = NewHelpers(
        kind="department",
        accounts=[found for found in accounts if found != step.record.handler],
        added_by=account.id,
        reason=action.reason,
        remind_at=now + PLANS[IncidentState.DISPATCHED].limits[step.record.level],
    )
    added = await work_orders_store.insert_helpers(connection, order, helpers, now=now)
    change = IncidentChange(**step_fields(step), notifications=_notifications(step, added))
    await record_change(connection, change)


async def join(
    connection: AsyncConnection,
    order: UUID,
    action: OrderAction,
    *,
    account: Account,
    now: datetime,
) -> None:
    """Answer a request for help: the others are reminded no longer.

    Raises:
        NotFoundError: There is no such order, or the account may not see it.
        ConflictError: The order has changed since it was read, or its state does not allow it.
    """
    step = await permit(connection, order, action, account=account, now=now)
    if step is None:
        return
    await work_orders_store.answer_help(connection, order, account=account.id, now=now)
    await record_change(connection, IncidentChange(**step_fields(step)))


async def _find_accounts(
    connection: AsyncConnection, target: HelpTarget, *, now: datetime
) -> tuple[int, ...]:
    """Find who is asked: in an area those on duty, and without any its operators."""
    if target.account is not None:
        chosen = await actions_store.find_person(connection, target.account)
        if chosen is None:
            raise UnprocessableError("no_such_account", target.account)
        return (chosen.id,)
    area = target.area or ""
    levels = await find_escalation_levels(connection, area, now)
    on_duty = [shift.account for level in levels[:1] for shift in level.on_duty]
    if on_duty:
        return tuple(on_duty)
    desks = await work_orders_queries.list_desks(connection, area) if levels else []
    if not desks:
        raise UnprocessableError("nobody_on_duty", area)
    return tuple(desk.id for desk in desks)


def _notifications(step: OrderStep, accounts: list[int]) -> NotificationBatch | None:
    record = step.record
    if not accounts:
        return None
    return NotificationBatch(
        key=f"{record.id}:help",
        incident=record.incident,
        order=record.id,
        kind=NotificationKind.HELP,
        accounts=tuple(accounts),
        has_webhook=step.action.has_webhook,
    )
