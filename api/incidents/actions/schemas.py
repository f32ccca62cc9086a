"""HTTP requests of the actions on an incident."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.accuracy.verdicts.reasons import VerdictReason
from api.web.schemas import NO_NUL, Payload, Reason, Version
from pipeline.signal import Level

AccountName = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{4,18}$")]
GivenReason = Annotated[
    str, Field(min_length=1, max_length=500, pattern=NO_NUL, description="A code or free text")
]


class Confirm(Payload):
    """The incident is true."""

    version: Version
    reason: Reason = ""


class Reject(Payload):
    """Why the incident needs no work; the code decides about the verdict."""

    version: Version
    reason_code: Annotated[
        VerdictReason | None, Field(description="Without it the verdict is `false`")
    ] = None
    reason: Annotated[Reason, Field(description="Required without `reason_code`")] = ""
    suppress_for_s: Annotated[
        int | None,
        Field(ge=60, le=366 * 86400, description="This camera and scenario call nobody so long"),
    ] = None


class Undo(Payload):
    """Take back your own confirmation or rejection."""

    version: Version


class Person(Payload):
    """A person, by account name."""

    account: AccountName


class Post(Payload):
    """Those on duty in an area."""

    area: AreaCode


Addressee = Person | Post


class Dispatch(Payload):
    """Dispatch the incident to somebody you choose."""

    version: Version
    to: Addressee
    reason: Reason = ""


class Reassign(Payload):
    """Give the open order to somebody else."""

    version: Version
    to: Addressee
    reason: GivenReason


class Recall(Payload):
    """Withdraw the open order."""

    version: Version
    to: Annotated[
        Literal["duty", "desk"],
        Field(description="duty: notify who is on duty anew; desk: the desk decides again"),
    ] = "duty"
    reason: GivenReason


class AddColleague(Payload):
    """Add a person to the open order."""

    version: Version
    account: AccountName
    reason: Reason = ""


class ChangeLevel(Payload):
    """Change the level, and the clocks with it."""

    version: Version
    level: Level
    reason: GivenReason


class Note(Payload):
    """Add a note to the history."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=NO_NUL)]


class Suspend(Payload):
    """Suspend the incident until a time within the next 30 days."""

    version: Version
    until: AwareDatetime
    reason: GivenReason


class Resume(Payload):
    """End the suspension."""

    version: Version
    reason: Reason = ""


class ProposeCancel(Payload):
    """Propose to cancel the incident; another person has to agree within 24 hours."""

    version: Version
    reason: GivenReason


class Cancel(Payload):
    """Agree to a proposal to cancel."""

    version: Version
    reason: Reason = ""


class Reopen(Payload):
    """Reopen an incident that ended within the last 7 days."""

    version: Version
    reason: GivenReason


class Merge(Payload):
    """Both incidents are one matter."""

    version: Version
    into: Annotated[UUID, Field(description="The incident that is to stand for both")]
    reason: GivenReason


class Split(Payload):
    """The incident is a matter of its own."""

    version: Version
    reason: Reason = ""
