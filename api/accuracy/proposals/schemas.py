"""HTTP schemas of proposals and scorecards."""

from datetime import datetime
from typing import Annotated, Generic
from uuid import UUID

from pydantic import Field

from api.accuracy.proposals.model import Change
from api.accuracy.proposals.scorecard import CardKind
from api.web.schemas import Fraction, Item, Page, Payload, Text


class ProposalEffect(Payload):
    """What a change would have done with the judged alerts of its camera and scenario."""

    n_false_removed: Annotated[int, Field(description="False alerts that it removes")]
    false_removed: Annotated[list[UUID], Field(description="The newest 100 of them")]
    false_total: int
    n_true_lost: Annotated[int, Field(description="True alerts that it removes as well")]
    true_lost: Annotated[list[UUID], Field(description="The newest 100 of them")]
    true_total: int
    others_removed: Annotated[int, Field(description="Benign, unsure and unjudged ones")]


class ProposedChange(Payload):
    """A change that would end false alerts; the parameters depend on the change."""

    change: Change
    incident: Annotated[UUID, Field(description="Names the proposal when a region is applied")]
    region: Annotated[
        tuple[Fraction, Fraction, Fraction, Fraction] | None,
        Field(description="Left, top, width, height as fractions"),
    ]
    parameter: str | None
    value: float | None
    effect: Annotated[ProposalEffect | None, Field(description="null: it cannot be counted")]
    reasons: Annotated[int, Field(description="False verdicts that gave the reason behind it")]


class SourceProposals(Payload):
    """What is proposed for a camera and scenario, what saves most first."""

    node: str
    camera: str
    scenario: str
    title: Text
    proposals: list[ProposedChange]


class Scorecard(Payload):
    """How a camera, scenario or model is doing, and what to mend first."""

    kind: CardKind
    key: Annotated[list[str], Field(description="Node and camera; the scenario; or the model")]
    n: Annotated[int, Field(description="Incidents of 28 days, judged or not")]
    n_true: int
    n_false: int
    n_benign: int
    true_share: Annotated[
        float | None,
        Field(description="Of those judged true or false; who is reviewed more counts more"),
    ]
    low: Annotated[Fraction, Field(description="Lower end of its 95 % interval")]
    high: Fraction
    suggestions: list[SourceProposals]


class ComputedList(Page[Item], Generic[Item]):
    """A list that may have been computed some minutes ago."""

    computed_at: datetime


class ApplyRegion(Payload):
    """Withhold the calls of what repeats at the spot of a false incident."""

    incident: UUID
    days: Annotated[int, Field(ge=1, le=30, description="Until it ends by itself")] = 30
