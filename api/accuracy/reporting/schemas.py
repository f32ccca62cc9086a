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


class AlarmSource(Payload):
    """How many alarms come from one source, NODE/CAMERA/SCENARIO."""

    source: str
    n: int
    share: Fraction


class AlarmDesk(Payload):
    """The load of one operator position, by the area of its desk."""

    desk: str
    alarms: int
    per_hour: float
    most_in_10_min: int
    most_in_hour: int
    flood_share: Fraction


class AlarmHour(Payload):
    """Alarms of all desks in an hour."""

    start: datetime
    n: int


class AlarmLoad(Payload):
    """The load on operators by ISA-18.2 and EEMUA 191."""

    since: datetime
    until: datetime
    hours: float
    alarms: Annotated[int, Field(description="Incidents that asked a desk to decide or to help")]
    desks: list[AlarmDesk]
    per_operator_hour: Annotated[
        float, Field(description="The norm: 6 acceptable, 12 the most that can be managed")
    ]
    most_in_10_min: Annotated[int, Field(description="Of one desk; the norm: 10")]
    share_above_10: Annotated[
        Fraction, Field(description="Of intervals of 10 minutes, more than 10 alarms; norm: 1 %")
    ]
    share_busy_hours: Annotated[
        Fraction, Field(description="Of hours, more than 30 alarms; norm: 1 %")
    ]
    flood_share: Annotated[
        Fraction,
        Field(description="Of time, from an interval above 10 to one below 5; norm: 1 %"),
    ]
    top_sources: list[AlarmSource]
    top_share: Annotated[Fraction, Field(description="Of the ten sources; norm: 1 to 5 %")]
    chattering: Annotated[
        list[AlarmSource], Field(description="Alerts that came three times within a minute")
    ]
    standing: Annotated[int, Field(description="Lasted more than 24 hours; norm: below 5 a day")]
    by_hour: list[AlarmHour]


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
