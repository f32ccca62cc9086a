"""HTTP routes of suppressions: list, create, end."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.accounts.dependencies import DeskContext
from api.errors import NotFoundError, UnprocessableError
from api.suppressions import model, store
from api.suppressions.schemas import (
    Suppression,
    SuppressionPrediction,
    SuppressionRequest,
    SuppressionTarget,
)
from api.suppressions.suppress import Requester, create_suppression, end_suppression
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page
from pipeline.errors import GeometryError
from pipeline.geometry.shapes import Box

router = APIRouter(prefix="/v1/suppressions", tags=["incidents"])

WithEnded = Annotated[bool, Query(description="Also those that have ended")]


@router.get("", responses=problem_responses(401, 403, 422))
async def list_suppressions(
    context: DeskContext, ended: WithEnded = False, limit: pagination.Limit = 100
) -> Page[Suppression]:
    """List the suppressions of your area, the one that ends last first."""
    suppressions = await store.list_suppressions(
        context.connection, context.account, now=context.now, with_ended=ended, limit=limit
    )
    return Page(
        items=[present_suppression(suppression, context.now) for suppression in suppressions]
    )


@router.post("", status_code=201, responses=problem_responses(401, 403, 404, 422))
async def add_suppression(
    context: DeskContext, body: SuppressionRequest, key: IdempotencyKey = None
) -> Suppression:
    """Withhold the calls for a camera, zone, scenario or area until a time."""
    new = model.NewSuppression(
        kind=body.kind,
        target=_target(body.target),
        reason=body.reason,
        starts_at=body.starts_at or context.now,
        ends_at=body.ends_at,
        includes_life_and_limb=body.includes_life_and_limb,
    )
    by = Requester(
        account=context.account, at=context.now, idem_key=context.account.scoped_key(key)
    )
    stored = await create_suppression(
        context.connection, new, by=by, max_length=context.services.max_suppression
    )
    return present_suppression(stored, context.now)


@router.post("/{suppression}/end", responses=problem_responses(401, 403, 404, 422))
async def finish_suppression(context: DeskContext, suppression: UUID) -> Suppression:
    """End a suppression now; what is still going on is called."""
    stored = await store.get_suppression(context.connection, suppression)
    if stored is None or not context.account.covers(stored.area):
        raise NotFoundError("no_such_suppression")
    by = Requester(account=context.account, at=context.now)
    return present_suppression(
        await end_suppression(context.connection, stored, by=by), context.now
    )


def present_suppression(suppression: model.Suppression, now: datetime) -> Suppression:
    """Return a suppression as it is shown."""
    return Suppression(
        id=suppression.id,
        kind=suppression.kind,
        target=_target_payload(suppression.target),
        reason=suppression.reason,
        starts_at=suppression.starts_at,
        ends_at=suppression.ends_at,
        includes_life_and_limb=suppression.includes_life_and_limb,
        is_active=suppression.starts_at <= now < suppression.ends_at,
        incident=suppression.incident,
        created_by=suppression.created_by,
        created_at=suppression.created_at,
        ended_by=suppression.ended_by,
        prediction=SuppressionPrediction.model_validate(suppression.prediction)
        if suppression.prediction is not None
        else None,
        withheld=suppression.withheld,
    )


def _target(payload: SuppressionTarget) -> model.SuppressionTarget:
    try:
        region = Box(*payload.region) if payload.region is not None else None
    except GeometryError as error:
        raise UnprocessableError("bad_region", str(error)) from None
    return model.SuppressionTarget(**{**payload.model_dump(), "region": region})


def _target_payload(target: model.SuppressionTarget) -> SuppressionTarget:
    names = ("node", "camera", "zone", "scenario", "area_code")
    region = target.region
    return SuppressionTarget(
        **{name: getattr(target, name) for name in names},
        region=(region.x, region.y, region.w, region.h) if region else None,
    )
