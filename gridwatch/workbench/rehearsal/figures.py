"""What a rehearsal has measured: by week, compared with the truth. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from gridwatch.workbench.evaluation.intervals import Interval, wilson_interval
from gridwatch.workbench.rehearsal.queries import Decided
from gridwatch.workbench.rehearsal.reviewer import Truth

WEEK = timedelta(days=7)


class WeekFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One week of simulated time; intervals are Wilson's, which take the draws for independent.

    Args:
        verdicts: Given in the audits until the end of the week.
        pushed: Incidents that were pushed at once.
        pushed_false: Those of them that are false.
        seen_true: True incidents that were pushed or shown to an operator.
    """

    week: int
    verdicts: int
    incidents: int
    true: int
    pushed: int
    pushed_false: int
    seen_true: int
    reviewed: int
    precision: Interval | None
    recall: Interval | None


class ScenarioThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """The thresholds of a scenario before and after."""

    scenario: str
    version: int | None
    push: float
    low: float
    n: int | None
    reason: str | None


class RehearsalFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``gridwatch accuracy rehearse --json``.

    Args:
        clip_alerts: Alerts of the clips that are drawn from, with repetition.
        clip_alerts_false: Those that are false.
        report_total: The row for everything of ``GET /v1/accuracy/report``.
    """

    clips: int
    clip_alerts: int
    clip_alerts_false: int
    cameras: int
    target_precision: float
    min_recall: float
    weeks: list[WeekFigures]
    thresholds: list[ScenarioThreshold]
    report_total: dict[str, object]


def count_week(
    number: int, decided: Iterable[Decided], truth: Truth, *, starts_at: datetime, verdicts: int
) -> WeekFigures:
    """Count the incidents of a week, from 1; those that the centre itself opened do not count."""
    since = starts_at + (number - 1) * WEEK
    own = [
        row
        for row in decided
        if since <= row.opened_at < since + WEEK and (row.scenario, row.opened_at) in truth
    ]
    known: Sequence[tuple[bool, str]] = [
        (truth[row.scenario, row.opened_at], row.decision) for row in own
    ]
    true = sum(is_true for is_true, _ in known)
    pushes = [is_true for is_true, decision in known if decision == "push"]
    seen = sum(is_true and decision != "store" for is_true, decision in known)
    return WeekFigures(
        week=number,
        verdicts=verdicts,
        incidents=len(known),
        true=true,
        pushed=len(pushes),
        pushed_false=len(pushes) - sum(pushes),
        seen_true=seen,
        reviewed=sum(decision in {"review", "late"} for _, decision in known),
        precision=wilson_interval(sum(pushes), len(pushes)) if pushes else None,
        recall=wilson_interval(seen, true) if true else None,
    )
