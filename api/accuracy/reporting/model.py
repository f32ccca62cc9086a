"""Values of the accuracy report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from api.accuracy.agreement import Agreement
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import VerdictSource


class FigureCode(StrEnum):
    """What a figure means; stored nowhere, shown under this name with its definition."""

    EDGE_PRECISION = "edge_precision"
    PUBLISHED_PRECISION = "published_precision"
    CONFIRMED_PRECISION = "confirmed_precision"
    PUSH_RECALL = "push_recall"
    RECALL = "recall"


DEFINITIONS: Mapping[FigureCode, str] = {
    FigureCode.EDGE_PRECISION: "true / (true + false), of all incidents, also those only stored",
    FigureCode.PUBLISHED_PRECISION: "true / (true + false), of those pushed to a worker at once",
    FigureCode.CONFIRMED_PRECISION: (
        "true / (true + false), of those sent to a worker after an operator confirmed them"
    ),
    FigureCode.PUSH_RECALL: "true incidents pushed at once / all true ones and missed events",
    FigureCode.RECALL: "true incidents that reached a worker / all true ones and missed events",
}
"""Printed beside each figure."""


class Grouping(StrEnum):
    """By what a report is divided."""

    SCENARIO = "scenario"
    CAMERA = "camera"
    AREA = "area"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """Which incidents a report is about.

    Args:
        until: Exclusive.
        within: Area of the account that asks, with those below it and incidents without an area;
            empty for all.
        area: Only those of this area and below it.
    """

    since: datetime
    until: datetime
    within: str = ""
    sees_unplaced: bool = True
    area: str | None = None
    scenario: str | None = None
    node: str | None = None
    camera: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An incident whose audit was answered.

    Args:
        key: Its group.
        week: The Monday of the week in which it was opened, UTC.
        camera_day: Camera and day, UTC: such incidents resemble each other.
        inclusion_probability: With which it was drawn.
        value: The verdict in force; ``unsure`` if neither an auditor nor a worker on site was sure.
        first: The verdict of the first auditor.
        second_share: With which a second rater was asked; ``None`` if nobody has answered.
        is_on_site: The verdict in force is that of a worker on site.
    """

    key: str
    week: date
    camera_day: str
    inclusion_probability: float
    is_pushed: bool
    is_confirmed: bool
    value: VerdictValue
    first: VerdictValue
    second_share: float | None
    is_on_site: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many incidents there are of a kind, by the verdict in force.

    Args:
        value: ``None`` for incidents without a verdict.
        source: Likewise.
    """

    key: str
    week: date
    is_pushed: bool
    is_confirmed: bool
    value: VerdictValue | None
    source: VerdictSource | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A share with its interval, and on what it rests.

    Args:
        estimate: Estimated from the audits, rounded down; ``None`` without any.
        low: Lower end of the 95 % interval.
        high: Upper end.
        n: Audited incidents of the denominator.
        hits: Those of them in the numerator.
        incidents: All incidents of which the figure speaks, audited or not; of a recall, all.
        reviewed: Of all verdicts in force, how many are in the denominator. Which incidents are
            reviewed depends on their score, so that their share is no estimate.
        reviewed_hits: Those of them in the numerator.
    """

    code: FigureCode
    estimate: float | None
    low: float
    high: float
    n: int
    hits: int
    incidents: int
    reviewed: int
    reviewed_hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """The figures of a group, or of a week.

    Args:
        key: Scenario, ``NODE/CAMERA``, area code, or the Monday of the week.
        missed: Events that no camera reported.
    """

    key: str
    incidents: int
    pushed: int
    confirmed: int
    audited: int
    missed: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyReport:
    """How accurate the incidents of a time are.

    Args:
        rows: By group, the one with most incidents first.
        weeks: The total by week, oldest first.
        verdicts: Incidents by value and source of the verdict in force.
        drawn: Incidents that were drawn for an audit.
        agreement: Of the first two raters.
    """

    filter: ReportFilter
    grouping: Grouping
    total: ReportRow
    rows: tuple[ReportRow, ...]
    weeks: tuple[ReportRow, ...]
    verdicts: Mapping[tuple[VerdictValue, VerdictSource], int] = field(default_factory=dict)
    drawn: int
    agreement: Agreement
