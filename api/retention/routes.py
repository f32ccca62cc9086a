"""HTTP routes of legal holds and erasure requests.

Operators record a request; supervisors and administrators decide it, and place and release holds.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.accounts.dependencies import DeskContext, RequestContext
from api.accounts.store import DESK_ROLES, SUPERVISOR_ROLES
from api.errors import ForbiddenError
from api.retention import erasure, erasure_store, hold_store
from api.retention.erasure import By
from api.retention.schemas import (
    ErasureDecision,
    ErasureRequest,
    Extension,
    HoldRequest,
    LegalHold,
    NewErasureRequest,
    Release,
)
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1", tags=["retention"])


def supervisor_context(context: DeskContext) -> RequestContext:
    """Admit supervisors and administrators.

    Raises:
        ForbiddenError: The account is neither.
    """
    if context.account.role not in SUPERVISOR_ROLES:
        raise ForbiddenError("not_for_your_role")
    return context


SupervisorContext = Annotated[RequestContext, Depends(supervisor_context)]
WithEnded = Annotated[bool, Query(description="Also those that have ended")]


@router.get("/legal-holds", responses=problem_responses(401, 403, 422))
async def list_legal_holds(
    context: SupervisorContext, ended: WithEnded = False, limit: pagination.Limit = 100
) -> Page[LegalHold]:
    """List the holds of your area, the one to review next first."""
    holds = await hold_store.list_holds(
        context.connection, scope=context.account.scope, with_released=ended, limit=limit
    )
    return Page(items=[LegalHold.model_validate(hold) for hold in holds])


@router.post("/legal-holds", status_code=201, responses=problem_responses(401, 403, 404, 422))
async def place_legal_hold(context: SupervisorContext, body: HoldRequest) -> LegalHold:
    """Keep incidents with all that belongs to them from being deleted."""
    hold = await erasure.place_hold(
        context.connection,
        hold_store.HoldTarget(**body.target.model_dump()),
        reason=body.reason,
        authority=body.authority,
        review_at=body.review_at,
        by=_by(context),
    )
    return LegalHold.model_validate(hold)


@router.post("/legal-holds/{hold}/release", responses=problem_responses(401, 403, 404, 422))
async def release_legal_hold(context: SupervisorContext, hold: UUID, body: Release) -> LegalHold:
    """End a hold; what it named is deleted when its term is over."""
    released = await erasure.release_hold(
        context.connection, hold, reason=body.reason, by=_by(context)
    )
    return LegalHold.model_validate(released)


@router.post("/legal-holds/{hold}/extend", responses=problem_responses(401, 403, 404, 422))
async def extend_legal_hold(context: SupervisorContext, hold: UUID, body: Extension) -> LegalHold:
    """Confirm that a hold is still needed, until its next review."""
    extended = await erasure.extend_hold(
        context.connection, hold, review_at=body.review_at, by=_by(context)
    )
    return LegalHold.model_validate(extended)


@router.get("/erasure-requests", responses=problem_responses(401, 403, 422))
async def list_erasure_requests(
    context: SupervisorContext, ended: WithEnded = False, limit: pagination.Limit = 100
) -> Page[ErasureRequest]:
    """List the erasure requests about your area, the one that is due next first."""
    requests = await erasure_store.list_requests(
        context.connection, scope=context.account.scope, with_decided=ended, limit=limit
    )
    return Page(items=[ErasureRequest.model_validate(request) for request in requests])


@router.post("/erasure-requests", status_code=201, responses=problem_responses(401, 403, 404, 422))
async def record_erasure_request(context: DeskContext, body: NewErasureRequest) -> ErasureRequest:
    """Record that a person asks for pictures to be erased; another account decides."""
    if context.account.role not in DESK_ROLES:
        raise ForbiddenError("not_for_your_role")
    request = await erasure.record_request(
        context.connection,
        reference=body.reference,
        reason=body.reason,
        incidents=body.incidents,
        by=_by(context),
    )
    return ErasureRequest.model_validate(request)


@router.post(
    "/erasure-requests/{request}/decision", responses=problem_responses(401, 403, 404, 422)
)
async def decide_erasure_request(
    context: SupervisorContext, request: UUID, body: ErasureDecision
) -> ErasureRequest:
    """Grant a request, which deletes the pictures for good, or refuse it."""
    decided = await erasure.decide_request(
        context.connection,
        request,
        decision=body.decision,
        reason=body.reason,
        by=_by(context),
    )
    return ErasureRequest.model_validate(decided)


def _by(context: RequestContext) -> By:
    return By(context.account, context.now)
