"""Read everything known of an incident, and present it."""

from uuid import UUID

from api.accounts.dependencies import RequestContext
from api.accuracy.second_opinion import store as second_opinion_store
from api.accuracy.second_opinion.description import describe_opinion
from api.errors import NotFoundError
from api.incidents import presenters, timeline
from api.incidents import queries as incidents_queries
from api.incidents.queries import IncidentRecord
from api.incidents.schemas import HistoryItem, IncidentDetail, NotificationItem, VerdictItem
from api.incidents.work_orders import queries as work_orders_queries
from pipeline.text import Text


async def present_detail(visit: RequestContext, incident: UUID) -> IncidentDetail:
    """Return an incident as the account may see it.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
    """
    record = await incidents_queries.get_incident(visit.connection, incident, visit.account)
    if record is None:
        raise NotFoundError("no_such_incident")
    return await _present(visit, record)


async def _present(visit: RequestContext, record: IncidentRecord) -> IncidentDetail:
    connection = visit.connection
    alerts = await timeline.list_alerts(connection, record.id)
    sha256s = [evidence.sha256 for alert in alerts for evidence in alert.data.evidence]
    available = await timeline.get_available_evidence(connection, sha256s)
    entries = await timeline.list_audit_entries(connection, record.id)
    notifications = await timeline.list_notifications(connection, record.id)
    verdicts = await timeline.list_verdicts(connection, record.id)
    orders = await work_orders_queries.list_orders_of_incident(connection, record.id, visit.account)
    field_records = await timeline.list_field_records(connection, record.id)
    reasons = [*presenters.probability_reasons(record), *await _second_opinion(visit, record)]
    children = await timeline.list_children(connection, record.id)
    suggestions = await timeline.list_suggestions(connection, record.id)
    return IncidentDetail.model_validate(
        {
            **presenters.incident_fields(record, visit.services, visit.now),
            "alerts": [presenters.present_alert(alert, available) for alert in alerts],
            "workflow": presenters.present_workflow(record.state, entries),
            "history": [HistoryItem.model_validate(entry) for entry in entries],
            "orders": [presenters.present_order_item(order, visit.now) for order in orders],
            "notifications": [
                NotificationItem.model_validate(notification) for notification in notifications
            ],
            "verdicts": [VerdictItem.model_validate(verdict) for verdict in verdicts],
            "field_records": field_records,
            "reasons": [presenters.present_text(reason) for reason in reasons],
            "children": children,
            "evidence_deleted_at": await timeline.get_deletion_time(connection, sha256s),
            "suggestions": suggestions,
        }
    )


async def _second_opinion(visit: RequestContext, record: IncidentRecord) -> list[Text]:
    """Return the line about what a verifier says of the incident, if it has said anything."""
    opinion = await second_opinion_store.get_opinion(visit.connection, record.id)
    if opinion is None or opinion.value is None:
        return []
    rates = await second_opinion_store.count_opinions(visit.connection, scenario=record.scenario)
    return [
        describe_opinion(
            opinion.verifier,
            opinion.value,
            opinion.explanation,
            probability=record.probability,
            rates=rates.get((opinion.verifier, record.scenario)),
        )
    ]
