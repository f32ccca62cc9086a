"""The queue of incidents, one of them whole, and the desk's word on it."""

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.accounts.dependencies import Context, RequestContext
from api.errors import NotFoundError
from api.incidents import presenters, review, timeline
from api.incidents import queries as incidents_queries
from api.incidents.lifecycle import Action
from api.incidents.queries import IncidentFilter, IncidentRecord
from api.incidents.review import ReviewDecision
from api.incidents.schemas import (
    Confirm,
    HistoryItem,
    Incident,
    IncidentDetail,
    NotificationItem,
    Reject,
    VerdictItem,
)
from api.incidents.work_orders import queries as work_orders_queries
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page, StateName

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])


class Wanted(BaseModel):
    """Which incidents to list."""

    state: StateName | None = None
    decision: Literal["push", "review", "store", "late"] | None = None
    open: Annotated[bool | None, Field(description="Only those whose loop is open, or closed")] = (
        None
    )
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50


@router.get("", responses=problem_responses(401, 422))
async def list_incidents(visit: Context, wanted: Annotated[Wanted, Query()]) -> Page[Incident]:
    """List the newest first: a desk sees its area, a worker what they were called to."""
    asked = IncidentFilter(
        state=wanted.state,
        decision=wanted.decision,
        is_open=wanted.open,
        before=pagination.decode_cursor(wanted.cursor),
        limit=wanted.limit,
    )
    found = await incidents_queries.list_incidents(visit.connection, asked, visit.account)
    following = pagination.next_cursor([(one.created_at, one.id) for one in found], wanted.limit)
    items = [presenters.present_incident(one, visit.services, visit.now) for one in found]
    return Page(items=items, next=following)


@router.get("/{incident}", responses=problem_responses(401, 404, 422))
async def read_incident(visit: Context, incident: UUID) -> IncidentDetail:
    """Tell all that is known of one incident."""
    return await _detail(visit, await _found(visit, incident))


@router.post("/{incident}/confirm", responses=problem_responses(401, 403, 404, 409, 422))
async def confirm(
    visit: Context, incident: UUID, given: Confirm, key: IdempotencyKey = None
) -> IncidentDetail:
    """Say that it is true: it is filed, and the worker on duty is called."""
    word = ReviewDecision(Action.CONFIRM, given.version, reason=given.reason, idem_key=key)
    await review.record_review(
        visit.connection, incident, word, account=visit.account, now=visit.now
    )
    return await _detail(visit, await _found(visit, incident))


@router.post("/{incident}/reject", responses=problem_responses(401, 403, 404, 409, 422))
async def reject(
    visit: Context, incident: UUID, given: Reject, key: IdempotencyKey = None
) -> IncidentDetail:
    """Say that it is not true: its order and all calls that still ring are taken back."""
    word = ReviewDecision(Action.REJECT, given.version, reason=given.reason, idem_key=key)
    await review.record_review(
        visit.connection, incident, word, account=visit.account, now=visit.now
    )
    return await _detail(visit, await _found(visit, incident))


async def _found(visit: RequestContext, incident: UUID) -> IncidentRecord:
    found = await incidents_queries.get_incident(visit.connection, incident, visit.account)
    if found is None:
        raise NotFoundError("no_such_incident")
    return found


async def _detail(visit: RequestContext, record: IncidentRecord) -> IncidentDetail:
    connection = visit.connection
    alerts = await timeline.list_alerts(connection, record.id)
    named = [each.sha256 for alert in alerts for each in alert.data.evidence]
    here = await timeline.get_available_evidence(connection, named)
    lines = await timeline.list_audit_entries(connection, record.id)
    calls = await timeline.list_notifications(connection, record.id)
    verdicts = await timeline.list_verdicts(connection, record.id)
    known = await work_orders_queries.list_orders_of_incident(connection, record.id, visit.account)
    return IncidentDetail.model_validate(
        {
            **presenters.incident_fields(record, visit.services, visit.now),
            "alerts": [presenters.present_alert(alert, here) for alert in alerts],
            "history": [HistoryItem.model_validate(asdict(line)) for line in lines],
            "orders": [presenters.present_order_item(order, visit.now) for order in known],
            "notifications": [NotificationItem.model_validate(asdict(call)) for call in calls],
            "verdicts": [VerdictItem.model_validate(asdict(verdict)) for verdict in verdicts],
            "reasons": [
                presenters.present_text(each) for each in presenters.probability_reasons(record)
            ],
        }
    )
