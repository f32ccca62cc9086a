"""Incidents as pages see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.web.schemas import (
    ActionName,
    Area,
    Fraction,
    LevelName,
    Location,
    OrderBrief,
    OrderStateName,
    Payload,
    Picture,
    Reason,
    Sha256,
    StateName,
    Text,
    Version,
)

Boxes = list[tuple[float, float, float, float]]


class Incident(Payload):
    """One happening and where its loop stands."""

    id: UUID
    state: StateName
    scenario: str
    title: Text
    level: LevelName
    probability: Annotated[Fraction, Field(description="That it is true")]
    decision: Literal["push", "review", "store", "late"]
    late: bool
    exercise: bool
    node: str
    camera: str
    zone: str
    area: Area | None
    location: Location | None
    because: Text
    measures: dict[str, float]
    n_alerts: int
    first_at: datetime
    last_at: datetime
    happening_over: bool
    review_due_at: datetime | None
    overdue: Annotated[bool, Field(description="Its review or its order is late")]
    snapshot: Picture | None
    boxes: Annotated[Boxes, Field(description="x, y, w, h: fractions of the frame")]
    actions: Annotated[list[ActionName], Field(description="What you may do to it now")]
    version: int
    order: OrderBrief | None


class Step(Payload):
    """One step of the way to an alert."""

    step: str
    taken: Annotated[float, Field(description="What went in")]
    given: Annotated[float, Field(description="What came out")]
    reason: str


class EvidenceItem(Payload):
    """A picture or clip, and whether it has arrived."""

    sha256: Sha256
    kind: Literal["snapshot", "clip"]
    media_type: str
    bytes: int
    redacted: bool
    status: Literal["pending", "uploaded", "shed"]
    available: bool


class AlertItem(Payload):
    """One alert of an incident, in its newest revision."""

    alert_id: UUID
    rev: int
    how: Annotated[str, Field(description="Outcome of the correlation")]
    why: str
    level: LevelName
    score: Fraction
    opened_at: datetime
    observed_at: datetime
    closed_at: datetime | None
    because: Text
    explain: list[Step]
    boxes: Boxes
    evidence: list[EvidenceItem]
    late: bool


class HistoryItem(Payload):
    """One line of the audit log."""

    at: datetime
    actor: str
    action: str
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, object]


class NotificationItem(Payload):
    """One call to one person."""

    account: str
    channel: str
    state: Literal["pending", "sent", "delivered", "failed", "cancelled"]
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str


class VerdictItem(Payload):
    """What somebody found it to be."""

    value: Literal["true", "false", "unsure", "duplicate", "not_found_on_site"]
    stage: Literal["review", "on_site", "verify", "audit"]
    reason: str
    actor: str
    at: datetime


class OrderItem(Payload):
    """One order of an incident, without the incident."""

    id: UUID
    state: OrderStateName
    step: int
    assignee: str | None
    area: Area | None
    dispatched_at: datetime
    accepted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    overdue: bool
    actions: list[ActionName]
    version: int
    note: Annotated[str, Field(description="The handler's report")]
    photos: list[Sha256]
    found: bool | None


class IncidentDetail(Incident):
    """An incident with all that is known of it."""

    alerts: list[AlertItem]
    history: list[HistoryItem]
    orders: list[OrderItem]
    notifications: list[NotificationItem]
    verdicts: list[VerdictItem]
    reasons: Annotated[list[Text], Field(description="How the probability came about")]


class Confirm(Payload):
    """It is true."""

    version: Version
    reason: Reason = ""


class Reject(Payload):
    """It is not true, and why."""

    version: Version
    reason: Annotated[Reason, Field(min_length=1)]
