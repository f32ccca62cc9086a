"""Orders and calls as the worker's phone sees them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.incidents.schemas import Incident
from api.web.schemas import (
    NO_NUL,
    ActionName,
    Area,
    Location,
    OrderStateName,
    Payload,
    Reason,
    Sha256,
    Version,
)


class Order(Payload):
    """One order with its incident."""

    id: UUID
    incident: Incident
    state: OrderStateName
    step: Annotated[int, Field(description="1 micro-grid, 2 grid, ... upwards")]
    assignee: str | None
    addressed: Annotated[bool, Field(description="You were called to it")]
    area: Area | None
    dispatched_at: datetime
    accepted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    overdue: bool
    actions: list[ActionName]
    version: int
    note: str
    photos: list[Sha256]
    found: bool | None


class Accept(Payload):
    """I take it."""

    version: Version


class Start(Payload):
    """I am there."""

    version: Version
    location: Location | None = None


class Report(Payload):
    """What was found and done, with at least one photo that has been uploaded."""

    version: Version
    note: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""
    photos: Annotated[list[Sha256], Field(min_length=1, max_length=20)]
    found: bool


class Return(Payload):
    """Not mine, and why."""

    version: Version
    reason: Annotated[Reason, Field(min_length=1)]


class Verify(Payload):
    """The handling holds, or has to be done again (then say why)."""

    version: Version
    passed: bool
    reason: Reason = ""


class Notification(Payload):
    """A call to you."""

    id: UUID
    order: UUID
    incident: UUID
    state: Literal["pending", "sent", "delivered", "failed", "cancelled"]
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
