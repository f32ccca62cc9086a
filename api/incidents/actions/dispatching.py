"""Dispatch by hand: the desk chooses who gets the order, takes it back, or adds a colleague."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import UnprocessableError
from api.incidents.actions import store as actions_store
from api.incidents.actions.orders import Accounts, recall_batch, withdraw_order
from api.incidents.actions.request import ActionRequest, PermittedAction, permit, to_change
from api.incidents.clocks import Responsible, person, post, start_clock
from api.incidents.correlation.storm_brake import DISTRICT_DIGITS
from api.incidents.unit_of_work import record_change
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.store import NewHelpers, NewOrder
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch
from api.roster.on_duty import find_escalation_levels

CHOSEN_BY_DESK = 0
"""The escalation level of an order for a chosen person: the next one is the micro-grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who is chosen: a person by account name, or those on duty in an area; exactly one."""

    account: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The accounts behind an addressee, and the order they get."""

    responsible: Responsible
    accounts: Accounts
    area: str
    escalation_level: int


async def dispatch(
    connection: AsyncConnection, incident: UUID, addressee: Addressee, request: ActionRequest
) -> None:
    """Dispatch an incident, or give its open order to somebody else.

    Whoever held the earlier order is notified that they are no longer needed.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
        UnprocessableError: There is no such account, it lies outside the area of the desk, or
            nobody is on duty in the chosen area.
    """
    detail: dict[str, object] = {"account": addressee.account, "area": addressee.area}
    permitted = await permit(connection, incident, replace(request, detail=detail))
    if permitted is None:
        return
    target = await find_target(connection, addressee, request, near=permitted.area)
    earlier: Accounts = ()
    if permitted.record.order is not None and permitted.record.order.is_open:
        earlier = await withdraw_order(connection, permitted.record.order, request)
    record = permitted.record
    clock = start_clock(permitted.state, record.level, target.responsible, now=request.at)
    new = NewOrder(
        incident=incident,
        area=target.area,
        escalation_level=target.escalation_level,
        clock=clock,
    )
    orders = await work_orders_store.insert_orders(connection, [new], now=request.at)
    change = to_change(
        permitted,
        state=permitted.state,
        clock=clock,
        order=orders[incident],
        order_area=target.area,
        notifications=_dispatch_batch(permitted, target, orders[incident]),
        recalls=recall_batch(permitted, earlier, kept=target.accounts),
    )
    await record_change(connection, change)


async def recall(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Withdraw the open order: who is on duty is notified anew, or the desk decides again.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
    """
    permitted = await permit(connection, incident, request)
    if permitted is None or permitted.record.order is None:
        return
    order, level = permitted.record.order, permitted.record.level
    accounts = await withdraw_order(connection, order, request, excludes_handler=True)
    change = to_change(
        permitted,
        state=permitted.state,
        clock=start_clock(permitted.state, level, permitted.desk, now=request.at),
        order_area=order.area_code,
        recalls=recall_batch(permitted, accounts),
    )
    await record_change(connection, change)


async def add_colleague(
    connection: AsyncConnection, incident: UUID, account: str, request: ActionRequest
) -> None:
    """Add a person to the open order, who may act on it like its handler.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The state does not allow it.
        UnprocessableError: There is no such account, or it lies outside the area of the desk.
    """
    permitted = await permit(connection, incident, replace(request, detail={"account": account}))
    if permitted is None or permitted.record.order is None:
        return
    addressee = Addressee(account=account)
    target = await find_target(connection, addressee, request, near=permitted.area)
    order = permitted.record.order
    helpers = NewHelpers(
        kind="colleague",
        accounts=target.accounts,
        added_by=request.account.id,
        reason=request.reason,
    )
    await work_orders_store.insert_helpers(connection, order.id, helpers, now=request.at)
    batch = replace(
        _dispatch_batch(permitted, target, order.id),
        key=f"{order.id}:help",
        kind=NotificationKind.HELP,
        required_state=None,
    )
    change = to_change(permitted, order_area=order.area_code, notifications=batch)
    await record_change(connection, change)


async def find_target(
    connection: AsyncConnection,
    addressee: Addressee,
    request: ActionRequest,
    *,
    near: str | None,
) -> Target:
    """Find the accounts behind an addressee.

    Args:
        near: Area code of the incident, in which a chosen person works.

    Raises:
        UnprocessableError: There is nobody, or not in the area of the desk.
    """
    if addressee.account is not None:
        return await _find_person(connection, addressee.account, request, near=near)
    return await _find_post(connection, addressee.area or "", request, near=near)


async def _find_person(
    connection: AsyncConnection, name: str, request: ActionRequest, *, near: str | None
) -> Target:
    chosen = await actions_store.find_person(connection, name)
    if chosen is None:
        raise UnprocessableError("no_such_account", name)
    _check_area(request, chosen.area_code, near=near)
    area = near or chosen.area_code
    return Target(
        responsible=person(chosen.id, area),
        accounts=(chosen.id,),
        area=area,
        escalation_level=CHOSEN_BY_DESK,
    )


async def _find_post(
    connection: AsyncConnection, area: str, request: ActionRequest, *, near: str | None
) -> Target:
    _check_area(request, area, near=near)
    levels = await find_escalation_levels(connection, area, request.at)
    own = next((level for level in levels if level.area.code == area), None)
    if own is None:
        raise UnprocessableError("no_such_area", area)
    accounts = tuple(shift.account for shift in own.on_duty)
    if not accounts:
        raise UnprocessableError("nobody_on_duty", area)
    return Target(responsible=post(area), accounts=accounts, area=area, escalation_level=own.number)


def _check_area(request: ActionRequest, area: str, *, near: str | None) -> None:
    """Refuse an area outside that of the desk and outside the district of the incident.

    Whoever was asked to help with an incident may send people of its district; one outside all
    areas is everybody's.
    """
    account = request.account
    is_own = account.covers(area) or account.area_code.startswith(area)
    is_near = near is None or area.startswith(near[:DISTRICT_DIGITS]) or near.startswith(area)
    if not (is_own or is_near):
        raise UnprocessableError("not_your_area", area)


def _dispatch_batch(permitted: PermittedAction, target: Target, order: UUID) -> NotificationBatch:
    return NotificationBatch(
        key=permitted.key,
        incident=permitted.record.id,
        order=order,
        kind=NotificationKind.DISPATCH,
        required_state=permitted.state,
        accounts=target.accounts,
        has_webhook=permitted.request.has_webhook,
    )
