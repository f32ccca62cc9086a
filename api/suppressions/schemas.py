"""HTTP schemas of suppressions."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.suppressions.model import SuppressionKind
from api.web.schemas import NO_NUL, Fraction, Payload, Reason

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
NodeName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}(/[a-z0-9-]{1,64}){2}$")]
ScenarioKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Size = Annotated[float, Field(gt=0, le=1)]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{4,18}$")]


class SuppressionTarget(Payload):
    """What is covered: the alerts that agree with everything that is named."""

    node: NodeName | None = None
    camera: Name | None = None
    zone: Name | None = None
    scenario: ScenarioKey | None = None
    area_code: AreaCode | None = None
    region: Annotated[
        tuple[Fraction, Fraction, Size, Size] | None,
        Field(
            description="A spot in the picture: left, top, width, height as fractions; alerts all "
            "of whose boxes overlap it by half (IoU) are covered"
        ),
    ] = None


class SuppressionRequest(Payload):
    """A suppression to create; it names a camera, a scenario or an area."""

    kind: SuppressionKind
    target: SuppressionTarget
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]
    starts_at: Annotated[AwareDatetime | None, Field(description="Default: now")] = None
    ends_at: AwareDatetime
    includes_life_and_limb: Annotated[
        bool,
        Field(
            description="Also cover what is critical, and scenarios on which life and limb depend "
            "although they are not named"
        ),
    ] = False


class SuppressionPrediction(Payload):
    """How many past alerts a suppression would have covered, by their verdict."""

    false_removed: int
    false_total: int
    true_lost: int
    true_total: int


class Suppression(Payload):
    """Calls that are withheld; alerts and evidence are stored all the same."""

    id: UUID
    kind: SuppressionKind
    target: SuppressionTarget
    reason: Reason
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    includes_life_and_limb: bool
    is_active: Annotated[bool, Field(description="It is in force now")]
    incident: Annotated[UUID | None, Field(description="The incident whose review led to it")]
    created_by: str
    created_at: AwareDatetime
    ended_by: Annotated[str | None, Field(description="Who ended it early")]
    prediction: Annotated[
        SuppressionPrediction | None,
        Field(description="What it would have done with past alerts; null if nobody has counted"),
    ]
    withheld: Annotated[int, Field(description="Incidents whose calls it has withheld")]
