"""Compare alerts with happenings: what was found, missed and false, with intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import msgspec

from gridwatch.workbench.evaluation.annotations.annotation import Span
from gridwatch.workbench.evaluation.event_f1 import ROLES, EventF1, Role, compute_f1
from gridwatch.workbench.evaluation.intervals import (
    Interval,
    median_interval,
    poisson_interval,
    wilson_interval,
)
from gridwatch.workbench.replay.alert_summary import AlertSummary

TOLERANCE_S = 1.0
"""Times are read off frames within half a second, and samples lie 0.2 s apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedAlerts:
    """The alerts of one scenario on one clip, compared with its happenings.

    Args:
        waits_s: From the start of each happening that was found to its alert, not below 0.
        false: Alerts without a happening.
        repeats: More alerts about a happening that was already found.
    """

    waits_s: tuple[float, ...]
    missed: tuple[Span, ...]
    false: tuple[AlertSummary, ...]
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOutcome:
    """What one scenario did on one clip.

    Args:
        clip_s: Length of the clip.
        camera_s: Seconds in which an alert could open: after learning and ``hold``.
        hold_s: How long a signal must last before an alert opens.
        variant: Number of the combination of parameters in a sweep, from 0.
    """

    clip: str
    scenario: str
    clip_s: float
    camera_s: float
    hold_s: float
    happenings: tuple[Span, ...]
    alerts: tuple[AlertSummary, ...]
    variant: int = 0

    def match(self, *, min_score: float = 0.0, within_s: float | None = None) -> MatchedAlerts:
        """Compare the alerts with the happenings.

        Args:
            min_score: Alerts with a lower score are left out.
            within_s: How long after the start of a happening, and ``hold_s``, its first alert must
                come to count; an alert that comes later finds nothing and is not false. ``None``
                for no limit.
        """
        alerts = [alert for alert in self.alerts if alert.score >= min_score]
        limit = None if within_s is None else within_s + self.hold_s
        return match_alerts(self.happenings, alerts, within_s=limit)


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario does if only alerts from a score on count; intervals are 95 %.

    Args:
        min_score: 0 to 1.
        recall: Wilson's interval; ``None`` where nothing happens.
        false_per_hour: ``None`` without camera-hours.
        false_per_hour_interval: Garwood's exact interval.
    """

    min_score: float
    found: int
    missed: int
    recall: Interval | None
    false: int
    false_per_hour: float | None
    false_per_hour_interval: Interval | None


class ScenarioFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one scenario over all clips; intervals are 95 %.

    Args:
        recall: Wilson's interval; ``None`` where nothing happens.
        median_wait_s: From the start of a happening to its alert.
        median_wait_interval_s: From order statistics; ``None`` with fewer than six waits.
        camera_hours: Time in which an alert could open.
        false_per_hour: ``None`` without such time.
        false_per_hour_interval: Garwood's exact interval.
        event_f1: By role; empty where nothing happens.
        operating_points: Misses and false alerts over the score, lowest threshold first.
    """

    clips: int
    expected: int
    found: int
    missed: int
    recall: Interval | None
    median_wait_s: float | None
    median_wait_interval_s: Interval | None
    false: int
    repeats: int
    camera_hours: float
    false_per_hour: float | None
    false_per_hour_interval: Interval | None
    event_f1: dict[Role, EventF1]
    operating_points: list[OperatingPoint]


def match_alerts(
    happenings: Sequence[Span],
    alerts: Iterable[AlertSummary],
    *,
    within_s: float | None = None,
) -> MatchedAlerts:
    """Give each happening its first alert.

    An alert belongs to a happening if it opens during it, or ``TOLERANCE_S`` before or after.

    Args:
        within_s: A first alert that comes later after the start finds nothing.
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
    found = {span: w for span, w in waits.items() if within_s is None or w <= within_s}
    return MatchedAlerts(
        waits_s=tuple(found.values()),
        missed=tuple(span for span in happenings if span not in found),
        false=tuple(false),
        repeats=repeats,
    )


def compute_figures(outcomes: Sequence[WatchOutcome]) -> ScenarioFigures:
    """Add up what one scenario did on all clips."""
    matched = [outcome.match() for outcome in outcomes]
    waits = [wait for match in matched for wait in match.waits_s]
    all_alerts = _operating_point(outcomes, 0.0)
    expected = all_alerts.found + all_alerts.missed
    return ScenarioFigures(
        clips=len({outcome.clip for outcome in outcomes}),
        expected=expected,
        found=all_alerts.found,
        missed=all_alerts.missed,
        recall=all_alerts.recall,
        median_wait_s=round(median(waits), 2) if waits else None,
        median_wait_interval_s=median_interval(waits),
        false=all_alerts.false,
        repeats=sum(match.repeats for match in matched),
        camera_hours=round(_camera_hours(outcomes), 4),
        false_per_hour=all_alerts.false_per_hour,
        false_per_hour_interval=all_alerts.false_per_hour_interval,
        event_f1={role: compute_event_f1(outcomes, role) for role in ROLES if expected},
        operating_points=[_operating_point(outcomes, score) for score in _thresholds(outcomes)],
    )


def compute_event_f1(outcomes: Iterable[WatchOutcome], role: Role) -> EventF1:
    """Return the event F1 of i-LIDS in one role over all outcomes."""
    matched = [outcome.match(within_s=ROLES[role].within_s) for outcome in outcomes]
    return compute_f1(
        found=sum(len(match.waits_s) for match in matched),
        missed=sum(len(match.missed) for match in matched),
        false=sum(len(match.false) for match in matched),
        recall_bias=ROLES[role].recall_bias,
    )


def _operating_point(outcomes: Sequence[WatchOutcome], min_score: float) -> OperatingPoint:
    matched = [outcome.match(min_score=min_score) for outcome in outcomes]
    found = sum(len(match.waits_s) for match in matched)
    missed = sum(len(match.missed) for match in matched)
    false = sum(len(match.false) for match in matched)
    hours = _camera_hours(outcomes)
    return OperatingPoint(
        min_score=min_score,
        found=found,
        missed=missed,
        recall=wilson_interval(found, found + missed) if found + missed else None,
        false=false,
        false_per_hour=false / hours if hours else None,
        false_per_hour_interval=poisson_interval(false, hours) if hours else None,
    )


def _thresholds(outcomes: Sequence[WatchOutcome]) -> list[float]:
    """Return the scores at which the figures change: those of the alerts; 0 without alerts."""
    return sorted({alert.score for outcome in outcomes for alert in outcome.alerts}) or [0.0]


def _camera_hours(outcomes: Sequence[WatchOutcome]) -> float:
    return sum(outcome.camera_s for outcome in outcomes) / 3600
