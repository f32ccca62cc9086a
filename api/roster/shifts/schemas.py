"""HTTP requests and responses of changes to the roster."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.roster.model import ShiftSource
from api.roster.shifts.decisions import Phase
from api.roster.shifts.model import ReplacingSource
from api.web.schemas import NO_NUL, Payload, Reason, Version

AccountName = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{4,18}$")]
Start = Annotated[AwareDatetime | None, Field(description="Default, and at the earliest: now")]


class Shift(Payload):
    """A person's duty in an area."""

    id: UUID
    account: str
    area: str
    source: ShiftSource
    starts_at: datetime
    ends_at: datetime
    phase: Annotated[Phase, Field(description="A past shift never changes")]
    replaces: Annotated[UUID | None, Field(description="The shift it replaces while it runs")]
    replaced_account: str | None
    approved_by: Annotated[str | None, Field(description="Who approved the call-up")]
    version: int


class ShiftRequest(Payload):
    """A shift of the regular roster."""

    account: AccountName
    area: AreaCode
    starts_at: Start = None
    ends_at: AwareDatetime
    reason: Reason = ""


class CallUpRequest(ShiftRequest):
    """A person who is ordered to help; everybody else stays on duty."""

    approved_by: Annotated[AccountName, Field(description="A supervisor of the area")]


class ReplacementRequest(Payload):
    """A person who replaces another one; everybody else stays on duty."""

    account: AccountName
    source: ReplacingSource = ShiftSource.OVERRIDE
    starts_at: Annotated[
        AwareDatetime | None, Field(description="Default: the start of the shift, at least now")
    ] = None
    ends_at: Annotated[AwareDatetime | None, Field(description="Default: the end of the shift")] = (
        None
    )
    version: Version
    reason: Reason = ""


class CorrectionRequest(Payload):
    """What to change about a shift; only the end of one that is running."""

    account: AccountName | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    version: Version
    reason: Reason = ""
