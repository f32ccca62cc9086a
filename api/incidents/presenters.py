"""Records of the storage as payloads: incidents, orders, alerts."""

from dataclasses import asdict
from datetime import datetime

from api.incidents.lifecycle import Action, allowed_actions
from api.incidents.queries import AreaRecord, IncidentRecord, OrderSummary, is_overdue
from api.incidents.schemas import (
    AlertItem,
    EvidenceItem,
    Incident,
    OrderItem,
    Step,
)
from api.incidents.timeline import AlertRecord
from api.incidents.work_orders.queries import OrderRecord
from api.incidents.work_orders.schemas import Order
from api.web.schemas import ActionName, Area, Location, OrderBrief, Picture, Text
from api.web.services import Services
from pipeline.geometry.shapes import Box
from pipeline.text import Text as Words
from pipeline.wire import Evidence

_OF_INCIDENT = frozenset({Action.CONFIRM, Action.REJECT})
_PLAIN = (
    "id",
    "scenario",
    "level",
    "probability",
    "decision",
    "exercise",
    "node",
    "camera",
    "zone",
    "n_alerts",
    "first_at",
    "last_at",
    "happening_over",
    "review_due_at",
    "version",
)


def present_incident(record: IncidentRecord, services: Services, now: datetime) -> Incident:
    """Show an incident to the account it was read for."""
    return Incident.model_validate(incident_fields(record, services, now))


def incident_fields(record: IncidentRecord, services: Services, now: datetime) -> dict[str, object]:
    """Give the fields of an incident, for itself and for its detail."""
    offered = allowed_actions(record.state, record.actor)
    return {
        **{name: getattr(record, name) for name in _PLAIN},
        "state": record.state.value,
        "title": present_text(services.title_of(record.scenario)),
        "late": record.decision == "late",
        "area": present_area(record.area),
        "location": present_location(record),
        "because": present_text(record.lead.because),
        "measures": record.lead.measures,
        "overdue": record.is_overdue(now),
        "snapshot": _picture(record),
        "boxes": present_boxes(record.lead.boxes),
        "actions": [action.value for action in offered if action in _OF_INCIDENT],
        "order": _brief(record.order, now),
    }


def present_order(
    record: OrderRecord, of: IncidentRecord, services: Services, now: datetime
) -> Order:
    """Show an order with its incident."""
    fields = _order_fields(record, now)
    told = present_incident(of, services, now)
    addressed = record.actor.is_addressed
    return Order.model_validate({**fields, "incident": told, "addressed": addressed})


def present_order_item(record: OrderRecord, now: datetime) -> OrderItem:
    """Show an order on its incident's own page."""
    return OrderItem.model_validate(_order_fields(record, now))


def present_alert(record: AlertRecord, here: frozenset[str]) -> AlertItem:
    """Show an alert; ``here`` names the pictures and clips that have arrived."""
    data = record.data
    return AlertItem.model_validate(
        {
            "alert_id": data.alert_id,
            "rev": record.rev,
            "how": record.how,
            "why": record.why,
            "level": data.level.value,
            "score": data.score,
            "opened_at": data.opened_at,
            "observed_at": data.observed_at,
            "closed_at": data.closed_at,
            "because": present_text(data.because),
            "explain": [
                Step(step=each.name, taken=each.value_in, given=each.value_out, reason=each.reason)
                for each in data.explain
            ],
            "boxes": present_boxes(data.boxes),
            "evidence": [_evidence(each, here) for each in data.evidence],
            "late": record.late,
        }
    )


def present_text(text: Words) -> Text:
    """Show a sentence."""
    return Text(zh=text.zh, en=text.en)


def present_area(record: AreaRecord | None) -> Area | None:
    """Show a place with the names above it."""
    return Area.model_validate({**asdict(record), "path": list(record.path)}) if record else None


def present_location(record: IncidentRecord) -> Location | None:
    """Show where it is, where that is known."""
    if record.lon is None or record.lat is None:
        return None
    return Location(lon=record.lon, lat=record.lat)


def present_boxes(given: tuple[Box, ...]) -> list[tuple[float, float, float, float]]:
    """Show boxes as four numbers each."""
    return [(box.x, box.y, box.w, box.h) for box in given]


def _order_fields(record: OrderRecord, now: datetime) -> dict[str, object]:
    state = record.incident_state
    offered: list[ActionName] = []
    if state is not None:
        offered = [
            action.value  # type: ignore[misc]  # OFFERED holds what the payload names
            for action in allowed_actions(state, record.actor)
            if action not in _OF_INCIDENT
        ]
    plain = ("id", "state", "step", "assignee", "dispatched_at", "accepted_at", "handled_at")
    return {
        **{name: getattr(record, name) for name in (*plain, "closed_at", "due_at", "version")},
        "area": present_area(record.area),
        "overdue": is_overdue(record.state, record.due_at, now),
        "actions": offered,
        "note": record.report.note,
        "photos": list(record.report.photos),
        "found": record.report.found,
    }


def _brief(line: OrderSummary | None, now: datetime) -> OrderBrief | None:
    if line is None:
        return None
    late = is_overdue(line.state, line.due_at, now)
    return OrderBrief.model_validate({**asdict(line), "overdue": late})


def _picture(record: IncidentRecord) -> Picture | None:
    if record.snapshot is None:
        return None
    return Picture(sha256=record.snapshot, available=record.snapshot_is_here)


def _evidence(given: Evidence, here: frozenset[str]) -> EvidenceItem:
    return EvidenceItem(
        sha256=given.sha256,
        kind=given.kind,
        media_type=given.media_type,
        bytes=given.bytes,
        redacted=given.redacted,
        status=given.status,
        available=given.sha256 in here,
    )


def probability_reasons(record: IncidentRecord) -> list[Words]:
    """Say how the probability came about and what followed from it."""
    raw, chance = f"{record.score:.0%}", f"{record.probability:.0%}"
    return [
        Words(
            zh=f"检测置信度最高 {raw}，换算为属实概率 {chance}",
            en=f"The detector's highest score is {raw}; the chance that it is true, {chance}",
        ),
        _DECISIONS[record.decision],
    ]


_DECISIONS = {
    "push": Words(zh="概率达到直推线，直接派单", en="Likely enough to call a worker at once"),
    "review": Words(zh="概率未到直推线，先由受理员确认", en="An operator has to confirm it first"),
    "store": Words(zh="概率很低，只留存备查", en="Unlikely: kept, and looked at in samples"),
    "late": Words(zh="到达太晚，不打扰网格员", en="It came too late to call anybody"),
}
