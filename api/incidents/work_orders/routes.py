"""List work orders, read one, and apply actions to it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.accounts.dependencies import Context, RequestContext
from api.errors import NotFoundError
from api.incidents import presenters
from api.incidents import queries as incidents_queries
from api.incidents.lifecycle import Action
from api.incidents.work_orders import field_records, order_actions, schemas
from api.incidents.work_orders import help as order_help
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders.help import HelpTarget
from api.incidents.work_orders.order_actions import OrderAction
from api.incidents.work_orders.queries import OrderFilter
from api.incidents.work_orders.schemas import (
    Accept,
    Join,
    Order,
    Report,
    RequestHelp,
    Return,
    Start,
    Verify,
)
from api.incidents.work_orders.store import FieldRecord, FieldReport
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1/orders", tags=["orders"])
ACTION_ANSWERS = problem_responses(401, 403, 404, 409, 422)


class OrderParams(BaseModel):
    """Which orders to list."""

    mine: Annotated[
        bool, Field(description="Only those you accepted, or were notified of while nobody has")
    ] = False
    open: bool | None = None
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50


@router.get("", responses=problem_responses(401, 422))
async def list_orders(visit: Context, params: Annotated[OrderParams, Query()]) -> Page[Order]:
    """List the orders you may see, newest first."""
    filters = OrderFilter(
        mine=params.mine,
        is_open=params.open,
        before=pagination.decode_cursor(params.cursor),
        limit=params.limit,
    )
    records = await work_orders_queries.list_orders(visit.connection, filters, visit.account)
    ids = [record.incident for record in records]
    incidents = await incidents_queries.get_incidents(visit.connection, ids, visit.account)
    items = [
        presenters.present_order(record, incidents[record.incident], visit.services, visit.now)
        for record in records
    ]
    cursors = [(record.dispatched_at, record.id) for record in records]
    return Page(items=items, next=pagination.next_cursor(cursors, params.limit))


@router.get("/{order}", responses=problem_responses(401, 404, 422))
async def read_order(visit: Context, order: UUID) -> Order:
    """Return an order with its incident."""
    return await _present(visit, order)


@router.post("/{order}/accept", responses=ACTION_ANSWERS)
async def accept(visit: Context, order: UUID, body: Accept, key: IdempotencyKey = None) -> Order:
    """Accept an order: of two who try, one succeeds, and the others are no longer notified."""
    action = OrderAction(action=Action.ACCEPT, version=body.version, idem_key=key)
    return await _apply(visit, order, action)


@router.post("/{order}/start", responses=ACTION_ANSWERS)
async def start(visit: Context, order: UUID, body: Start, key: IdempotencyKey = None) -> Order:
    """Report that you are on site."""
    detail: dict[str, object] = {}
    if body.location:
        detail["location"] = body.location.model_dump()
    action = OrderAction(action=Action.START, version=body.version, detail=detail, idem_key=key)
    return await _apply(visit, order, action)


@router.post("/{order}/report", responses=ACTION_ANSWERS)
async def report(visit: Context, order: UUID, body: Report, key: IdempotencyKey = None) -> Order:
    """Report what you found and did, with photos that you uploaded for this order."""
    action = OrderAction(
        action=Action.REPORT,
        version=body.version,
        detail={"note": body.note, "photos": body.photos, "found": body.found},
        report=FieldReport(note=body.note, photos=tuple(body.photos), found=body.found),
        found_as=body.reason_code,
        idem_key=key,
        has_webhook=visit.services.has_webhook,
    )
    return await _apply(visit, order, action)


@router.post("/{order}/field-records", status_code=201, responses=problem_responses(401, 404, 422))
async def add_field_record(
    visit: Context, order: UUID, body: schemas.FieldRecord, key: IdempotencyKey = None
) -> None:
    """Hand over what you recorded and the centre has refused: the desk finds it in the incident."""
    await field_records.add_field_record(
        visit.connection,
        order,
        FieldRecord(**body.model_dump()),
        account=visit.account,
        idem_key=key,
        now=visit.now,
    )


@router.post("/{order}/return", responses=ACTION_ANSWERS)
async def give_back(visit: Context, order: UUID, body: Return, key: IdempotencyKey = None) -> Order:
    """Return an order with a reason: others are notified."""
    action = OrderAction(
        action=Action.RETURN, version=body.version, reason=body.reason, idem_key=key
    )
    return await _apply(visit, order, action)


@router.post("/{order}/verify", responses=ACTION_ANSWERS)
async def verify(visit: Context, order: UUID, body: Verify, key: IdempotencyKey = None) -> Order:
    """Verify the work of another person: the order is closed, or has to be reworked.

    While a camera still sees the matter, closing is refused with 409 `still_firing` unless the
    request says that this is known.
    """
    action = OrderAction(
        action=Action.VERIFY if body.passed else Action.REWORK,
        version=body.version,
        reason=body.reason,
        verdict=body.verdict if body.passed else None,
        accepts_still_firing=body.confirm_still_firing,
        idem_key=key,
        has_webhook=visit.services.has_webhook,
    )
    return await _apply(visit, order, action)


@router.post("/{order}/request-help", responses=ACTION_ANSWERS)
async def request_help(
    visit: Context, order: UUID, body: RequestHelp, key: IdempotencyKey = None
) -> Order:
    """Ask another department or person to help with an order."""
    action = OrderAction(
        action=Action.REQUEST_HELP,
        version=body.version,
        reason=body.reason,
        idem_key=key,
        has_webhook=visit.services.has_webhook,
    )
    target = HelpTarget(**body.to.model_dump())
    await order_help.request_help(
        visit.connection, order, target, action, account=visit.account, now=visit.now
    )
    return await _present(visit, order)


@router.post("/{order}/join", responses=ACTION_ANSWERS)
async def join(visit: Context, order: UUID, body: Join, key: IdempotencyKey = None) -> Order:
    """Answer a request for help: the others are reminded no longer."""
    action = OrderAction(action=Action.JOIN, version=body.version, idem_key=key)
    await order_help.join(visit.connection, order, action, account=visit.account, now=visit.now)
    return await _present(visit, order)


async def _apply(visit: RequestContext, order: UUID, action: OrderAction) -> Order:
    await order_actions.apply(visit.connection, order, action, account=visit.account, now=visit.now)
    return await _present(visit, order)


async def _present(visit: RequestContext, order: UUID) -> Order:
    record = await work_orders_queries.get_order(visit.connection, order, visit.account)
    incident = None
    if record is not None:
        incident = await incidents_queries.get_incident(
            visit.connection, record.incident, visit.account
        )
    if record is None or incident is None:
        raise NotFoundError("no_such_order")
    return presenters.present_order(record, incident, visit.services, visit.now)
