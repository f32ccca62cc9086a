"""Orders: the worker's own, and each step with one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.accounts.dependencies import Context, RequestContext
from api.errors import NotFoundError
from api.incidents import presenters
from api.incidents import queries as incidents_queries
from api.incidents.lifecycle import Action
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import transitions
from api.incidents.work_orders.queries import OrderFilter, OrderRecord
from api.incidents.work_orders.schemas import Accept, Order, Report, Return, Start, Verify
from api.incidents.work_orders.transitions import OrderAction
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1/orders", tags=["orders"])
STEP = problem_responses(401, 403, 404, 409, 422)


class Wanted(BaseModel):
    """Which orders to list."""

    mine: Annotated[bool, Field(description="I hold it, or am called to it while nobody does")] = (
        False
    )
    open: bool | None = None
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50


@router.get("", responses=problem_responses(401, 422))
async def list_orders(visit: Context, wanted: Annotated[Wanted, Query()]) -> Page[Order]:
    """List the newest first, as far as you may see."""
    asked = OrderFilter(
        mine=wanted.mine,
        is_open=wanted.open,
        before=pagination.decode_cursor(wanted.cursor),
        limit=wanted.limit,
    )
    found = await work_orders_queries.list_orders(visit.connection, asked, visit.account)
    following = pagination.next_cursor([(one.dispatched_at, one.id) for one in found], wanted.limit)
    return Page(items=[await _shown(visit, one) for one in found], next=following)


@router.get("/{order}", responses=problem_responses(401, 404, 422))
async def read_order(visit: Context, order: UUID) -> Order:
    """Tell one order with its incident."""
    return await _answer(visit, order)


@router.post("/{order}/accept", responses=STEP)
async def accept(visit: Context, order: UUID, given: Accept, key: IdempotencyKey = None) -> Order:
    """Take it: of two who try, one gets it; everyone else's call stops."""
    return await _do(
        visit, order, OrderAction(action=Action.ACCEPT, version=given.version, idem_key=key)
    )


@router.post("/{order}/start", responses=STEP)
async def start(visit: Context, order: UUID, given: Start, key: IdempotencyKey = None) -> Order:
    """Say that you are there."""
    detail: dict[str, object] = {}
    if given.location:
        detail["location"] = given.location.model_dump()
    deed = OrderAction(action=Action.START, version=given.version, detail=detail, idem_key=key)
    return await _do(visit, order, deed)


@router.post("/{order}/report", responses=STEP)
async def report(visit: Context, order: UUID, given: Report, key: IdempotencyKey = None) -> Order:
    """Say what was found and done, with photos uploaded before."""
    deed = OrderAction(
        action=Action.REPORT,
        version=given.version,
        detail={"note": given.note, "photos": given.photos, "found": given.found},
        photos=tuple(given.photos),
        found=given.found,
        idem_key=key,
    )
    return await _do(visit, order, deed)


@router.post("/{order}/return", responses=STEP)
async def give_back(
    visit: Context, order: UUID, given: Return, key: IdempotencyKey = None
) -> Order:
    """Give it back with a reason: others are called."""
    deed = OrderAction(
        action=Action.RETURN, version=given.version, reason=given.reason, idem_key=key
    )
    return await _do(visit, order, deed)


@router.post("/{order}/verify", responses=STEP)
async def verify(visit: Context, order: UUID, given: Verify, key: IdempotencyKey = None) -> Order:
    """Check another's work: it is closed, or has to be done again."""
    action = Action.VERIFY if given.passed else Action.REWORK
    deed = OrderAction(action=action, version=given.version, reason=given.reason, idem_key=key)
    return await _do(visit, order, deed)


async def _do(visit: RequestContext, order: UUID, deed: OrderAction) -> Order:
    await transitions.apply(visit.connection, order, deed, account=visit.account, now=visit.now)
    return await _answer(visit, order)


async def _answer(visit: RequestContext, order: UUID) -> Order:
    found = await work_orders_queries.get_order(visit.connection, order, visit.account)
    if found is None:
        raise NotFoundError("no_such_order")
    return await _shown(visit, found)


async def _shown(visit: RequestContext, found: OrderRecord) -> Order:
    of = await incidents_queries.get_incident(visit.connection, found.incident, visit.account)
    if of is None:
        raise NotFoundError("no_such_order")
    return presenters.present_order(found, of, visit.services, visit.now)
