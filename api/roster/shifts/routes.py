"""HTTP routes of the roster: list, plan, replace, call up, correct, end."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from api.accounts.dependencies import DeskContext, RequestContext
from api.errors import NotFoundError
from api.roster.model import ShiftSource
from api.roster.shifts import changes
from api.roster.shifts import store as shifts_store
from api.roster.shifts.decisions import listed_period, phase_of
from api.roster.shifts.model import Correction, NewShift, PlannedShift, Replacement, Requester
from api.roster.shifts.schemas import (
    AreaCode,
    CallUpRequest,
    CorrectionRequest,
    ReplacementRequest,
    Shift,
    ShiftRequest,
)
from api.web import pagination
from api.web.dependencies import IdempotencyKey, InjectedServices
from api.web.problems import problem_responses
from api.web.schemas import Page, Version


async def forget_found_gaps(
    request: Request, services: InjectedServices
) -> AsyncGenerator[None, None]:
    """After a change of the roster, search it anew for hours in which nobody is on duty."""
    yield
    if request.method != "GET":
        services.forget_gaps()


router = APIRouter(prefix="/v1", tags=["roster"], dependencies=[Depends(forget_found_gaps)])

FIRST_PAGE = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
CHANGE_PROBLEMS = problem_responses(401, 403, 404, 409, 422)


class ShiftsParams(BaseModel):
    """Which shifts to list."""

    area: Annotated[AreaCode, Field(description="With all areas inside it")]
    start: Annotated[AwareDatetime | None, Field(description="Default: now")] = None
    end: Annotated[AwareDatetime | None, Field(description="Default: a day later")] = None
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 100


@router.get("/shifts", responses=problem_responses(401, 403, 404, 422))
async def list_shifts(
    context: DeskContext, params: Annotated[ShiftsParams, Query()]
) -> Page[Shift]:
    """List the shifts of an area and of the areas inside it during a period, by start."""
    if not context.account.covers(params.area):
        raise NotFoundError("no_such_area")
    period = listed_period(params.start, params.end, now=context.now)
    after = pagination.decode_cursor(params.cursor) or FIRST_PAGE
    shifts = await shifts_store.list_shifts(
        context.connection, params.area, period, after=after, limit=params.limit
    )
    positions = [(shift.starts_at, shift.id) for shift in shifts]
    return Page(
        items=[_payload(shift, context.now) for shift in shifts],
        next=pagination.next_cursor(positions, params.limit),
    )


@router.post("/shifts", status_code=201, responses=CHANGE_PROBLEMS)
async def create_shift(
    context: DeskContext, body: ShiftRequest, key: IdempotencyKey = None
) -> Shift:
    """Plan a shift of the regular roster."""
    by = _requester(context, key, body.reason)
    return await _plan(context, _new_shift(body, ShiftSource.RULE), by)


@router.post("/call-ups", status_code=201, responses=CHANGE_PROBLEMS)
async def create_call_up(
    context: DeskContext, body: CallUpRequest, key: IdempotencyKey = None
) -> Shift:
    """Call a person up, also during their own shift; nobody else leaves."""
    by = _requester(context, key, body.reason)
    return await _plan(context, _new_shift(body, ShiftSource.CALLUP, body.approved_by), by)


@router.post("/shifts/{shift}/replacements", status_code=201, responses=CHANGE_PROBLEMS)
async def create_replacement(
    context: DeskContext, shift: UUID, body: ReplacementRequest, key: IdempotencyKey = None
) -> Shift:
    """Let a colleague replace the person of a shift, for all of it or some hours."""
    replacement = Replacement(**body.model_dump(exclude={"reason"}))
    by = _requester(context, key, body.reason)
    stored = await changes.replace_colleague(context.connection, shift, replacement, by=by)
    return _payload(stored, context.now)


@router.patch("/shifts/{shift}", responses=CHANGE_PROBLEMS)
async def update_shift(
    context: DeskContext, shift: UUID, body: CorrectionRequest, key: IdempotencyKey = None
) -> Shift:
    """Correct the person or the hours of a shift; of a running one only its end."""
    correction = Correction(**body.model_dump(exclude={"reason"}))
    by = _requester(context, key, body.reason)
    stored = await changes.correct(context.connection, shift, correction, by=by)
    return _payload(stored, context.now)


@router.delete("/shifts/{shift}", status_code=204, responses=CHANGE_PROBLEMS)
async def delete_shift(
    context: DeskContext,
    shift: UUID,
    version: Annotated[Version, Query()],
    key: IdempotencyKey = None,
) -> None:
    """Delete a shift that has not begun; a running one ends now."""
    await changes.end(context.connection, shift, version, by=_requester(context, key, ""))


async def _plan(context: RequestContext, new: NewShift, by: Requester) -> Shift:
    return _payload(await changes.plan_shift(context.connection, new, by=by), context.now)


def _new_shift(body: ShiftRequest, source: ShiftSource, approved_by: str | None = None) -> NewShift:
    return NewShift(
        account=body.account,
        area_code=body.area,
        source=source,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        approved_by=approved_by,
    )


def _requester(context: RequestContext, key: str | None, reason: str) -> Requester:
    account = context.account
    return Requester(
        account=account, at=context.now, idem_key=account.scoped_key(key), reason=reason
    )


def _payload(shift: PlannedShift, now: datetime) -> Shift:
    return Shift(
        id=shift.id,
        account=shift.account,
        area=shift.area_code,
        source=shift.source,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        phase=phase_of(shift, now=now),
        replaces=shift.replaces,
        replaced_account=shift.replaced_account,
        approved_by=shift.approved_by,
        version=shift.version,
    )
