"""Answers about the audit log."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.web.schemas import NO_NUL, Payload


class LogEntry(Payload):
    """An entry of the audit log."""

    seq: int
    at: datetime
    actor: Annotated[str, Field(description="Name of an account, or `system`")]
    action: str
    incident: UUID | None
    work_order: UUID | None
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, Any]


class AccessFinding(Payload):
    """An account that viewed unusually much evidence, at an unusual hour or in an unusual area."""

    id: UUID
    kind: Literal["volume", "hour", "area"]
    actor: str
    hour: Annotated[datetime, Field(description="The hour in which it happened, from its start")]
    n_views: int
    usual: Annotated[int, Field(description="Views in the busiest hour of the four weeks before")]
    found_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    note: str


class Review(Payload):
    """What somebody found out about unusual access."""

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


class LogState(Payload):
    """The last complete check of the audit log."""

    checked_at: datetime | None
    entries: int
    n_findings: Annotated[int, Field(description="Places in which it differs from its hash chain")]
