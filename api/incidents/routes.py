"""List incidents, and read one with everything known of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.accounts.dependencies import Context, RequestContext
from api.accuracy.score import Decision
from api.incidents import presenters
from api.incidents import queries as incidents_queries
from api.incidents.detail import present_detail
from api.incidents.lifecycle import STATE_OF_TASK, DeskTask, IncidentState
from api.incidents.queries import IncidentFilter, IncidentOrder, IncidentRecord
from api.incidents.schemas import Incident, IncidentDetail
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])


class IncidentParams(BaseModel):
    """Which incidents to list."""

    state: IncidentState | None = None
    awaiting: Annotated[
        DeskTask | None, Field(description="Only incidents that await this; overrides `state`")
    ] = None
    decision: Decision | None = None
    open: Annotated[bool | None, Field(description="Only open incidents, or only closed ones")] = (
        None
    )
    sort: Annotated[
        IncidentOrder,
        Field(
            description="newest: by creation; urgency: open ones, overdue first, then by level "
            "and deadline, in one page without a cursor"
        ),
    ] = IncidentOrder.NEWEST
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50


@router.get("", responses=problem_responses(401, 422))
async def list_incidents(
    visit: Context, params: Annotated[IncidentParams, Query()]
) -> Page[Incident]:
    """List incidents, newest or most urgent first.

    A desk sees those of its area, a worker those they were notified of.
    """
    filters = IncidentFilter(
        state=STATE_OF_TASK[params.awaiting] if params.awaiting else params.state,
        decision=params.decision,
        is_open=params.open,
        before=pagination.decode_cursor(params.cursor),
        limit=params.limit,
    )
    if params.sort is IncidentOrder.URGENCY:
        records = await incidents_queries.list_most_urgent(
            visit.connection, filters, visit.account, now=visit.now
        )
        return Page(items=_present(visit, records))
    records = await incidents_queries.list_incidents(visit.connection, filters, visit.account)
    cursors = [(record.created_at, record.id) for record in records]
    return Page(items=_present(visit, records), next=pagination.next_cursor(cursors, params.limit))


def _present(visit: RequestContext, records: list[IncidentRecord]) -> list[Incident]:
    return [presenters.present_incident(record, visit.services, visit.now) for record in records]


@router.get("/{incident}", responses=problem_responses(401, 404, 422))
async def read_incident(visit: Context, incident: UUID) -> IncidentDetail:
    """Return an incident with everything known of it."""
    return await present_detail(visit, incident)
