"""List the messages that could not be accepted."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.accounts.dependencies import DeskContext
from api.quarantine import store as quarantine_store
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import Page, Payload

router = APIRouter(prefix="/v1", tags=["places"])


class Quarantined(Payload):
    """A message that could not be accepted."""

    id: UUID
    received_at: datetime
    topic: str
    bytes: int
    reason: str
    reason_code: Annotated[
        str | None, Field(description="Code of the reason; null for an old message")
    ]
    times: int


@router.get("/quarantine", responses=problem_responses(401, 403, 422))
async def list_quarantine(
    visit: DeskContext, cursor: pagination.Cursor = None, limit: pagination.Limit = 50
) -> Page[Quarantined]:
    """List the messages of nodes in your area that could not be accepted, newest first."""
    before = pagination.decode_cursor(cursor)
    records = await quarantine_store.list_quarantine(
        visit.connection, visit.account, before=before, limit=limit
    )
    cursors = [(record.received_at, record.id) for record in records]
    items = [Quarantined.model_validate(record) for record in records]
    return Page(items=items, next=pagination.next_cursor(cursors, limit))
