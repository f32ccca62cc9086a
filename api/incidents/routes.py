"""List incidents, read one with everything known of it, confirm or reject it."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.accounts.dependencies import Context, RequestContext
from api.accuracy.score import Decision
from api.errors import NotFoundError
from api.incidents import presenters, review, timeline
from api.incidents import queries as incidents_queries
from api.incidents.lifecycle import STATE_OF_TASK, Action, DeskTask, IncidentState
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
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50


@router.get("", responses=problem_responses(401, 422))
async def list_incidents(
    visit: Context, params: Annotated[IncidentParams, Query()]
) -> Page[Incident]:
    """List incidents, newest first.

    A desk sees those of its area, a worker those they were notified of.
    """
    filters = IncidentFilter(
        state=STATE_OF_TASK[params.awaiting] if params.awaiting else params.state,
        decision=params.decision,
        is_open=params.open,
        before=pagination.decode_cursor(params.cursor),
        limit=params.limit,
    )
    records = await incidents_queries.list_incidents(visit.connection, filters, visit.account)
    cursors = [(record.created_at, record.id) for record in records]
    items = [presenters.present_incident(record, visit.services, visit.now) for record in records]
    return Page(items=items, next=pagination.next_cursor(cursors, params.limit))


@router.get("/{incident}", responses=problem_responses(401, 404, 422))
async def read_incident(visit: Context, incident: UUID) -> IncidentDetail:
    """Return an incident with everything known of it."""
    return await _detail(visit, await _get_incident(visit, incident))


@router.post("/{incident}/confirm", responses=problem_responses(401, 403, 404, 409, 422))
async def confirm(
    visit: Context, incident: UUID, body: Confirm, key: IdempotencyKey = None
) -> IncidentDetail:
    """Confirm an incident: it is filed, and the worker on duty is notified."""
    decision = ReviewDecision(Action.CONFIRM, body.version, reason=body.reason, idem_key=key)
    return await _review(visit, incident, decision)


@router.post("/{incident}/reject", responses=problem_responses(401, 403, 404, 409, 422))
async def reject(
    visit: Context, incident: UUID, body: Reject, key: IdempotencyKey = None
) -> IncidentDetail:
    """Reject an incident: its order and the notifications not yet sent are cancelled."""
    decision = ReviewDecision(Action.REJECT, body.version, reason=body.reason, idem_key=key)
    return await _review(visit, incident, decision)


async def _review(
    visit: RequestContext, incident: UUID, decision: ReviewDecision
) -> IncidentDetail:
    await review.record_review(
        visit.connection, incident, decision, account=visit.account, now=visit.now
    )
    return await _detail(visit, await _get_incident(visit, incident))


async def _get_incident(visit: RequestContext, incident: UUID) -> IncidentRecord:
    record = await incidents_queries.get_incident(visit.connection, incident, visit.account)
    if record is None:
        raise NotFoundError("no_such_incident")
    return record


async def _detail(visit: RequestContext, record: IncidentRecord) -> IncidentDetail:
    connection = visit.connection
    alerts = await timeline.list_alerts(connection, record.id)
    sha256s = [evidence.sha256 for alert in alerts for evidence in alert.data.evidence]
    available = await timeline.get_available_evidence(connection, sha256s)
    entries = await timeline.list_audit_entries(connection, record.id)
    notifications = await timeline.list_notifications(connection, record.id)
    verdicts = await timeline.list_verdicts(connection, record.id)
    orders = await work_orders_queries.list_orders_of_incident(connection, record.id, visit.account)
    reasons = presenters.probability_reasons(record)
    return IncidentDetail.model_validate(
        {
            **presenters.incident_fields(record, visit.services, visit.now),
            "alerts": [presenters.present_alert(alert, available) for alert in alerts],
            "workflow": presenters.present_workflow(record.state, entries),
            "history": [HistoryItem.model_validate(asdict(entry)) for entry in entries],
            "orders": [presenters.present_order_item(order, visit.now) for order in orders],
            "notifications": [
                NotificationItem.model_validate(asdict(notification))
                for notification in notifications
            ],
            "verdicts": [VerdictItem.model_validate(asdict(verdict)) for verdict in verdicts],
            "reasons": [presenters.present_text(reason) for reason in reasons],
        }
    )
