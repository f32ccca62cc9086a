"""Present incidents, work orders and alerts as HTTP responses."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from msgspec import UNSET, UnsetType

from api.accuracy.score import Decision
from api.areas.schemas import Area
from api.incidents.actions.facts import PROPOSAL_HOLDS_FOR
from api.incidents.actions.options import action_options
from api.incidents.clocks import NextStep
from api.incidents.explain_parameters import step_parameters
from api.incidents.lifecycle import ORDER_ACTIONS, Action, IncidentState, allowed_actions
from api.incidents.model import IncidentClass
from api.incidents.queries import IncidentRecord, OrderSummary, ResponsibleParty, is_overdue
from api.incidents.schemas import (
    AlertItem,
    CancelProposal,
    DetailedPicture,
    EvidenceItem,
    Incident,
    IncidentRow,
    OrderBrief,
    OrderItem,
    Picture,
    PictureContent,
    PictureObject,
    PictureZone,
    Responsible,
    Step,
    WorkflowItem,
)
from api.incidents.timeline import AlertRecord, AuditRecord
from api.incidents.work_orders.follow_ups import find_follow_ups
from api.incidents.work_orders.queries import OrderRecord
from api.incidents.work_orders.schemas import Order, Withdrawal
from api.incidents.workflow_progress import workflow_progress
from api.web.schemas import Location, Text
from api.web.services import Services
from pipeline.geometry.shapes import Box
from pipeline.signal import ExplainStep
from pipeline.text import Text as BilingualText
from pipeline.wire import Evidence, SnapshotContent

_ROW_FIELDS = (
    "id",
    "incident_class",
    "scenario",
    "level",
    "probability",
    "decision",
    "exercise",
    "node",
    "camera",
    "zone",
    "names",
    "n_alerts",
    "first_at",
    "last_at",
    "created_at",
    "next_step",
    "root",
    "version",
)
_ORDER_FIELDS = (
    "id",
    "state",
    "step",
    "assignee",
    "dispatched_at",
    "accepted_at",
    "handled_at",
    "closed_at",
    "due_at",
    "version",
)
_DECISIONS = {
    Decision.PUSH: BilingualText(
        zh="概率达到直推线，直接派单", en="Likely enough to notify a worker at once"
    ),
    Decision.REVIEW: BilingualText(
        zh="概率未到直推线，先由受理员确认", en="An operator has to confirm it first"
    ),
    Decision.STORE: BilingualText(
        zh="概率很低，只留存备查", en="Unlikely: stored, and reviewed in samples"
    ),
    Decision.LATE: BilingualText(
        zh="到达太晚，不打扰网格员", en="It arrived too late to notify anybody"
    ),
    Decision.SUPPRESSED: BilingualText(
        zh="处于抑制期内，只留存证据", en="Its call is withheld by a suppression; evidence is kept"
    ),
}


def present_row(record: IncidentRecord, services: Services, now: datetime) -> IncidentRow:
    """Return an incident as a row of a list, for the account it was read for."""
    return IncidentRow.model_validate(_row_fields(record, services, now))


def present_incident(record: IncidentRecord, services: Services, now: datetime) -> Incident:
    """Return an incident for the account it was read for."""
    return Incident.model_validate(incident_fields(record, services, now))


def incident_fields(record: IncidentRecord, services: Services, now: datetime) -> dict[str, object]:
    """Return the fields that an incident and its detail have in common."""
    return {
        **_row_fields(record, services, now),
        "snapshot": _detailed_picture(record),
        "lead_alert": record.lead.alert_id if record.lead else None,
        "latest": present_text(record.message),
        "location": present_location(record),
        "measures": record.lead.measures if record.lead else {},
        "review_due_at": record.due_at if record.next_step is NextStep.REVIEW else None,
        "merge_reason": record.merge_reason,
        "recurrence_of": record.recurrence_of,
        "suppression": record.suppression,
        "action_options": action_options(
            _incident_actions(record, now),
            level=record.level,
            scenario=record.scenario,
            undo_within=record.facts.undo_within(now),
        ),
        "cancel_proposal": _cancel_proposal(record, now),
    }


def present_order(
    record: OrderRecord, incident: IncidentRecord, services: Services, now: datetime
) -> Order:
    """Return an order with its incident."""
    return Order.model_validate(
        {
            **_order_fields(record, now),
            "incident": present_incident(incident, services, now),
            "addressed": record.actor.is_addressed,
            "follow_ups": _follow_ups(record),
            "withdrawal": _withdrawal(record.withdrawn_by, record.withdrawn_reason),
            "reassignment": _withdrawal(record.reassigned_by, record.reassigned_reason),
        }
    )


def present_order_item(record: OrderRecord, now: datetime) -> OrderItem:
    """Return an order without its incident."""
    return OrderItem.model_validate(_order_fields(record, now))


def present_alert(record: AlertRecord, available: frozenset[str]) -> AlertItem:
    """Return an alert.

    Args:
        available: SHA-256 of the pictures and clips that are stored.
    """
    data = record.data
    return AlertItem.model_validate(
        {
            "alert_id": data.alert_id,
            "rev": record.rev,
            "how": record.how,
            "why": record.why,
            "level": data.level,
            "score": data.score,
            "opened_at": data.opened_at,
            "observed_at": data.observed_at,
            "closed_at": data.closed_at,
            "because": present_text(data.message),
            "explain": [present_step(step) for step in data.explain],
            "boxes": present_boxes(data.boxes),
            "evidence": [_evidence(evidence, available) for evidence in data.evidence],
            "late": record.late,
        }
    )


def present_step(step: ExplainStep) -> Step:
    """Return one step of an explanation with its parameters."""
    return Step.model_validate(
        {
            "step": step.name,
            "taken": step.value_in,
            "given": step.value_out,
            "reason": step.reason,
            **asdict(step_parameters(step)),
        }
    )


def present_workflow(state: IncidentState, history: Sequence[AuditRecord]) -> list[WorkflowItem]:
    """Return the six workflow steps of an incident."""
    progress = workflow_progress(state, history)
    return [WorkflowItem.model_validate(step) for step in progress]


def present_text(text: BilingualText) -> Text:
    """Return a text in both languages."""
    return Text(zh=text.zh, en=text.en)


def present_location(record: IncidentRecord) -> Location | None:
    """Return where an incident is, or ``None`` if that is unknown."""
    if record.lon is None or record.lat is None:
        return None
    return Location(lon=record.lon, lat=record.lat)


def present_boxes(boxes: tuple[Box, ...]) -> list[tuple[float, float, float, float]]:
    """Return bounding boxes as x, y, w, h."""
    return [(box.x, box.y, box.w, box.h) for box in boxes]


def probability_reasons(record: IncidentRecord) -> list[BilingualText]:
    """Explain the probability of an incident and the decision that followed from it.

    Nothing was estimated of an incident about equipment.
    """
    if record.incident_class is IncidentClass.EQUIPMENT:
        return []
    score, probability = f"{record.score:.0%}", f"{record.probability:.0%}"
    return [
        BilingualText(
            zh=f"检测置信度最高 {score}，换算为属实概率 {probability}",
            en=f"The highest detector score is {score}: a probability of {probability} to be true",
        ),
        _DECISIONS[record.decision],
    ]


def _row_fields(record: IncidentRecord, services: Services, now: datetime) -> dict[str, object]:
    deadline = record.deadline
    return {
        **{name: getattr(record, name) for name in _ROW_FIELDS},
        "state": record.state,
        "title": present_text(services.title_of(record.scenario)),
        "late": record.decision is Decision.LATE,
        "area": Area.of(record.area),
        "because": present_text(_reason(record)),
        "happening_over": record.is_over,
        "responsible": _responsible(record.responsible),
        "due_at": deadline.due_at if deadline else None,
        "due_kind": deadline.kind if deadline else None,
        "overdue": record.is_overdue(now),
        "nobody_on_duty": record.has_nobody_on_duty,
        "snapshot": _picture(record),
        "boxes": present_boxes(record.lead.boxes if record.lead else ()),
        "actions": _incident_actions(record, now),
        "order": _order_brief(record.order, now),
    }


def _order_fields(record: OrderRecord, now: datetime) -> dict[str, object]:
    actions = _order_actions(record)
    return {
        **{name: getattr(record, name) for name in _ORDER_FIELDS},
        "area": Area.of(record.area),
        "overdue": is_overdue(record.state, record.due_at, now),
        "actions": actions,
        "action_options": action_options(
            actions, level=record.level, scenario=record.scenario, is_firing=record.is_firing
        ),
        "rework_reason": record.rework_reason,
        "note": record.report.note,
        "photos": list(record.report.photos),
        "found": record.report.found,
    }


def _incident_actions(record: IncidentRecord, now: datetime) -> list[Action]:
    actions = allowed_actions(record.state, record.actor_at(now))
    return [action for action in actions if action not in ORDER_ACTIONS]


def _order_actions(record: OrderRecord) -> list[Action]:
    if record.incident_state is None:
        return []
    actions = allowed_actions(record.incident_state, record.actor)
    return [action for action in actions if action in ORDER_ACTIONS]


def _follow_ups(record: OrderRecord) -> dict[Action, list[Action]]:
    state = record.incident_state
    return {} if state is None else find_follow_ups(state, record.actor)


def _withdrawal(account: str | None, reason: str) -> Withdrawal | None:
    return None if account is None else Withdrawal(account=account, reason=reason)


def _cancel_proposal(record: IncidentRecord, now: datetime) -> CancelProposal | None:
    facts = record.facts
    if not facts.is_cancel_proposed(now) or facts.cancel_proposed_at is None:
        return None
    return CancelProposal(
        account=facts.cancel_proposer or "",
        reason=facts.cancel_reason,
        at=facts.cancel_proposed_at,
        expires_at=facts.cancel_proposed_at + PROPOSAL_HOLDS_FOR,
    )


def _order_brief(order: OrderSummary | None, now: datetime) -> OrderBrief | None:
    if order is None:
        return None
    fields = {name: getattr(order, name) for name in ("id", "state", "step", "assignee", "due_at")}
    return OrderBrief.model_validate(
        {**fields, "overdue": is_overdue(order.state, order.due_at, now)}
    )


def _responsible(party: ResponsibleParty | None) -> Responsible | None:
    if party is None:
        return None
    return Responsible(kind=party.kind, account=party.account, area_code=party.area_code)


def _picture(record: IncidentRecord) -> Picture | None:
    if record.snapshot is None:
        return None
    return Picture(sha256=record.snapshot, available=record.snapshot_is_here)


def _reason(record: IncidentRecord) -> BilingualText:
    """Return the reason at the moment of the picture, so that both agree; else the newest one.

    An incident that has words of its own keeps them.
    """
    lead = record.lead
    if lead is None or isinstance(lead.snapshot, UnsetType) or record.message != lead.message:
        return record.message
    return lead.snapshot.message


def _detailed_picture(record: IncidentRecord) -> DetailedPicture | None:
    if record.snapshot is None:
        return None
    content = record.lead.snapshot if record.lead else UNSET
    return DetailedPicture(
        sha256=record.snapshot,
        available=record.snapshot_is_here,
        content=_picture_content(content, record) if not isinstance(content, UnsetType) else None,
    )


def _picture_content(content: SnapshotContent, record: IncidentRecord) -> PictureContent:
    titles = {record.zone: record.names["zone"]}
    return PictureContent(
        taken_at=content.taken_at,
        because=present_text(content.message),
        measures=content.measures,
        explain=[present_step(step) for step in content.explain],
        zones=[
            PictureZone(
                name=zone.name, title=titles.get(zone.name, zone.name), points=[*zone.points]
            )
            for zone in content.zones
        ],
        objects=[
            PictureObject(
                box=(each.box.x, each.box.y, each.box.w, each.box.h),
                role=each.role,
                label=each.label,
                visible=each.is_visible,
            )
            for each in content.objects
        ],
    )


def _evidence(evidence: Evidence, available: frozenset[str]) -> EvidenceItem:
    return EvidenceItem(
        sha256=evidence.sha256,
        kind=evidence.kind,
        media_type=evidence.media_type,
        bytes=evidence.bytes,
        redacted=evidence.redacted,
        status=evidence.status,
        available=evidence.sha256 in available,
    )
