"""HTTP schemas of the accuracy report."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.accuracy.reporting.missed_store import MissedOrigin
from api.accuracy.reporting.model import FigureCode, Grouping
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import VerdictSource
from api.web.schemas import Fraction, Payload, Reason

Camera = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
NodeName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}(/[a-z0-9-]{1,64}){2}$")]
ScenarioKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{4,18}$")]


class AccuracyFigure(Payload):
    """A share with its interval, and on what it rests; the code says what it means."""

    code: FigureCode
    estimate: Annotated[
        Fraction | None, Field(description="From audits, rounded down; null without any")
    ]
    low: Annotated[Fraction, Field(description="Lower end of the 95 % interval")]
    high: Fraction
    n: Annotated[int, Field(description="Audited incidents in the denominator")]
    hits: Annotated[int, Field(description="Those of them in the numerator")]
    incidents: Annotated[int, Field(description="Incidents of which the figure speaks")]
    reviewed: Annotated[
        int, Field(description="The denominator over all verdicts: no sample, and no estimate")
    ]
    reviewed_hits: int


class AccuracyRow(Payload):
    """The figures of a group or a week."""

    key: Annotated[
        str, Field(description="Scenario, NODE/CAMERA, area code, or the Monday of the week")
    ]
    incidents: int
    pushed: Annotated[int, Field(description="Sent to a worker at once")]
    confirmed: Annotated[int, Field(description="Sent to a worker after an operator had looked")]
    audited: int
    missed: Annotated[int, Field(description="Events that no camera reported")]
    figures: list[AccuracyFigure]


class VerdictCount(Payload):
    """How many incidents have a verdict in force."""

    value: VerdictValue
    source: VerdictSource
    n: int


class RaterAgreement(Payload):
    """Cohen's kappa of the first two raters of audits, with its 95 % interval."""

    kappa: Annotated[float | None, Field(description="null: too few, or all of one value")]
    low: float
    high: float
    n: int


class AccuracyReport(Payload):
    """How accurate the incidents of a time are."""

    since: datetime
    until: datetime
    by: Grouping
    definitions: Annotated[dict[FigureCode, str], Field(description="What each figure means")]
    total: AccuracyRow
    rows: list[AccuracyRow]
    weeks: list[AccuracyRow]
    verdicts: list[VerdictCount]
    drawn: Annotated[int, Field(description="Incidents drawn for an audit")]
    agreement: RaterAgreement


class MissedEventReport(Payload):
    """Something that happened inside the view of a camera, and that no alert reported."""

    origin: MissedOrigin
    scenario: ScenarioKey
    node: NodeName
    camera: Camera
    happened_at: AwareDatetime
    note: Reason = ""


class MissedEventStored(Payload):
    """A stored missed event."""

    id: UUID
