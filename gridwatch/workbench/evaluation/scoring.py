"""Compare alerts with happenings: what was found, missed and false, with intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import msgspec

from gridwatch.workbench.evaluation.intervals import Interval, poisson_interval, wilson_interval
from gridwatch.workbench.evaluation.truth import Span
from gridwatch.workbench.replay.alert_summary import AlertSummary

TOLERANCE_S = 1.0
"""Times are read off frames within half a second, and samples lie 0.2 s apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOutcome:
    """What one scenario did on one clip.

    Args:
        clip_s: Length of the clip.
        camera_s: Seconds in which an alert could open: after learning and ``hold``.
        waits_s: From the start of each happening that was found to its alert.
        repeats: More alerts about a happening that was already found.
    """

    clip: str
    scenario: str
    clip_s: float
    camera_s: float
    expected: int
    waits_s: tuple[float, ...]
    missed: tuple[Span, ...]
    false: tuple[AlertSummary, ...]
    repeats: int


class ScenarioFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one scenario over all clips; intervals are 95 %.

    Args:
        recall: Wilson's interval; ``None`` where nothing happens.
        median_wait_s: From the start of a happening to its alert.
        camera_hours: Time in which an alert could open.
        false_per_hour: ``None`` without such time.
        false_per_hour_interval: Garwood's exact interval.
    """

    clips: int
    expected: int
    found: int
    missed: int
    recall: Interval | None
    median_wait_s: float | None
    false: int
    repeats: int
    camera_hours: float
    false_per_hour: float | None
    false_per_hour_interval: Interval | None


def match_alerts(
    happenings: Sequence[Span], alerts: Iterable[AlertSummary]
) -> tuple[list[float], list[Span], list[AlertSummary], int]:
    """Give each happening its first alert.

    An alert belongs to a happening if it opens during it, or ``TOLERANCE_S`` before or after.

    Returns:
        Seconds to each first alert, not below 0; happenings without alert; alerts without
        happening; number of further alerts about happenings already found.
    """
    waits: dict[Span, float] = {}
    false: list[AlertSummary] = []
    repeats = 0
    for alert in sorted(alerts, key=lambda alert: alert.opened_s):
        around = [
            (since, until)
            for since, until in happenings
            if since - TOLERANCE_S <= alert.opened_s <= until + TOLERANCE_S
        ]
        new = [span for span in around if span not in waits]
        if new:
            waits[new[0]] = max(alert.opened_s - new[0][0], 0.0)
        elif around:
            repeats += 1
        else:
            false.append(alert)
    missed = [span for span in happenings if span not in waits]
    return list(waits.values()), missed, false, repeats


def compute_figures(outcomes: Sequence[WatchOutcome]) -> ScenarioFigures:
    """Add up what one scenario did on all clips."""
    waits = [wait for outcome in outcomes for wait in outcome.waits_s]
    expected = sum(outcome.expected for outcome in outcomes)
    false = sum(len(outcome.false) for outcome in outcomes)
    hours = sum(outcome.camera_s for outcome in outcomes) / 3600
    return ScenarioFigures(
        clips=len({outcome.clip for outcome in outcomes}),
        expected=expected,
        found=len(waits),
        missed=expected - len(waits),
        recall=wilson_interval(len(waits), expected) if expected else None,
        median_wait_s=round(median(waits), 2) if waits else None,
        false=false,
        repeats=sum(outcome.repeats for outcome in outcomes),
        camera_hours=round(hours, 4),
        false_per_hour=false / hours if hours else None,
        false_per_hour_interval=poisson_interval(false, hours) if hours else None,
    )
