"""HTTP requests and responses of work orders."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.reasons import VerdictReason
from api.areas.schemas import Area
from api.incidents.actions.schemas import Addressee, GivenReason
from api.incidents.lifecycle import Action, OrderState
from api.incidents.schemas import ActionOption, Incident
from api.web.schemas import (
    NO_NUL,
    Location,
    Payload,
    Reason,
    Sha256,
    Version,
)

VerifiedAs = Literal[
    VerdictValue.TRUE, VerdictValue.FALSE, VerdictValue.BENIGN, VerdictValue.UNSURE
]


class Withdrawal(Payload):
    """Somebody took an order back from its workers."""

    account: str
    reason: Annotated[str, Field(description="A code or free text; may be empty")]


class Order(Payload):
    """A work order with its incident."""

    id: UUID
    incident: Incident
    state: OrderState
    step: Annotated[int, Field(description="Escalation level: 1 micro-grid, 2 grid, up to 6 city")]
    assignee: str | None
    addressed: Annotated[bool, Field(description="You were notified of it")]
    area: Area | None
    dispatched_at: datetime
    accepted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    overdue: bool
    actions: list[Action]
    action_options: list[ActionOption]
    follow_ups: Annotated[
        dict[Action, list[Action]],
        Field(description="What you may do next, before an action has reached the centre"),
    ]
    withdrawal: Annotated[Withdrawal | None, Field(description="Who took the order back")]
    reassignment: Annotated[
        Withdrawal | None, Field(description="Who took the incident from others before")
    ]
    rework_reason: Annotated[str, Field(description="Why the work was not accepted, or empty")]
    version: int
    note: str
    photos: list[Sha256]
    found: bool | None


class Accept(Payload):
    """Accept an order."""

    version: Version


class Start(Payload):
    """You are on site."""

    version: Version
    location: Location | None = None


class Report(Payload):
    """What you found and did, with at least one photo that has been uploaded."""

    version: Version
    note: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""
    photos: Annotated[list[Sha256], Field(min_length=1, max_length=20)]
    found: bool
    reason_code: Annotated[
        VerdictReason | None,
        Field(description="What it was if it is no hazard; decides about the verdict"),
    ] = None


class FieldRecord(Payload):
    """What you recorded without a network, and the centre has refused since."""

    action: Literal[Action.START, Action.REPORT, Action.RETURN]
    refused_as: Annotated[str, Field(max_length=50, pattern=NO_NUL)]
    note: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""
    found: bool | None = None
    photos: Annotated[tuple[Sha256, ...], Field(max_length=20)] = ()
    recorded_at: Annotated[AwareDatetime, Field(description="By the clock of the phone")]


class Return(Payload):
    """Why you return the order."""

    version: Version
    reason: Annotated[Reason, Field(min_length=1)]


class Verify(Payload):
    """Whether the work passed; rework needs a reason."""

    version: Version
    passed: bool
    reason: Reason = ""
    verdict: Annotated[VerifiedAs | None, Field(description="What the incident was")] = None
    confirm_still_firing: Annotated[
        bool, Field(description="Close it although a camera still sees the matter")
    ] = False


class RequestHelp(Payload):
    """Ask another department or person to help."""

    version: Version
    to: Addressee
    reason: GivenReason


class Join(Payload):
    """You help with the order."""

    version: Version
