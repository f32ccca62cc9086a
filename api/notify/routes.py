"""The notifications of the account that asks, as its phone reads them after a pause."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api.accounts.dependencies import Context
from api.errors import NotFoundError
from api.notify import store as notify_store
from api.notify.store import NotificationKind, NotificationState
from api.web.problems import problem_responses
from api.web.schemas import Page, Payload

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])


class Notification(Payload):
    """A notification to you."""

    id: UUID
    kind: NotificationKind
    order: Annotated[UUID | None, Field(description="Null if it is about the incident alone")]
    incident: UUID
    state: NotificationState
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


@router.get("", responses=problem_responses(401, 422))
async def list_notifications(
    visit: Context,
    is_open: Annotated[
        bool, Query(alias="open", description="Only those whose order still waits for you")
    ] = False,
) -> Page[Notification]:
    """List your notifications, newest first."""
    records = await notify_store.list_notifications(
        visit.connection, visit.account.id, is_open=is_open
    )
    return Page(items=[Notification.model_validate(asdict(record)) for record in records])


@router.post(
    "/{notification}/delivered", status_code=204, responses=problem_responses(401, 403, 404, 422)
)
async def delivered(visit: Context, notification: UUID) -> None:
    """Confirm that a notification has reached this phone; repeating it is no error."""
    account = visit.account.id
    if not await notify_store.mark_delivered(
        visit.connection, notification, account, now=visit.now
    ):
        raise NotFoundError("no_such_notification")
