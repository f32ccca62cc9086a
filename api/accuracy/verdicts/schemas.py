"""HTTP schemas of the audit queue."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.reasons import VerdictReason
from api.web.schemas import DisplayNames, Payload, Reason, Sha256, Text


class AuditEvidence(Payload):
    """A picture or clip of the incident."""

    sha256: Sha256
    kind: Literal["snapshot", "clip"]
    media_type: str
    is_available: Annotated[bool, Field(description="Whether it has arrived and can be fetched")]


class AuditIncident(Payload):
    """An incident to judge, without its score, its decision and earlier verdicts."""

    incident: UUID
    is_decision: Annotated[bool, Field(description="Two raters disagree, and this verdict decides")]
    scenario: str
    names: DisplayNames
    area_code: str | None
    opened_at: datetime
    message: Annotated[Text | None, Field(description="What the camera reported")]
    evidence: list[AuditEvidence]
    boxes: Annotated[
        list[tuple[float, float, float, float]],
        Field(description="What to mark in the snapshot: x, y, w, h as fractions"),
    ]
    reasons: Annotated[list[VerdictReason], Field(description="To choose from if it is not true")]


class AuditQueue(Payload):
    """The next incident to judge."""

    next: Annotated[AuditIncident | None, Field(description="null: nothing waits for you")]
    waiting: Annotated[int, Field(description="Incidents that wait for a verdict of yours")]


class AuditedTrue(Payload):
    """It is what the scenario watches for."""

    value: Literal[VerdictValue.TRUE]


class AuditedOther(Payload):
    """It is not; the reason decides whether it is false, benign, duplicate or unsure."""

    reason_code: VerdictReason


class AuditVerdict(Payload):
    """The verdict of an auditor."""

    verdict: AuditedTrue | AuditedOther
    note: Reason = ""
