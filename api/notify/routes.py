"""Calls to the one who asks: what the phone reads when it comes back."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.accounts.dependencies import Context
from api.errors import NotFoundError
from api.incidents.work_orders.schemas import Notification
from api.notify import calls
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])


@router.get("", responses=problem_responses(401, 422))
async def list_notifications(
    visit: Context,
    is_open: Annotated[bool, Query(alias="open", description="Only those that still ring")] = False,
) -> Page[Notification]:
    """List your calls, the newest first; those that waited count as sent from now on."""
    found = await calls.list_notifications(visit.connection, visit.account.id, is_open=is_open)
    waiting = [call.id for call in found if call.state == "pending"]
    if waiting:
        await calls.mark_sent(visit.connection, waiting, visit.account.id, now=visit.now)
        found = await calls.list_notifications(visit.connection, visit.account.id, is_open=is_open)
    return Page(items=[Notification.model_validate(asdict(call)) for call in found])


@router.post(
    "/{notification}/delivered", status_code=204, responses=problem_responses(401, 403, 404, 422)
)
async def delivered(visit: Context, notification: UUID) -> None:
    """Say that a call has reached this phone; again is no error."""
    who = visit.account.id
    if not await calls.mark_delivered(visit.connection, notification, who, now=visit.now):
        raise NotFoundError("no_such_notification")
