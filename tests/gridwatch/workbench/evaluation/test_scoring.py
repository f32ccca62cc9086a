"""Each happening has its first alert; the others are repeats or false."""

from uuid import UUID

import pytest

from gridwatch.workbench.evaluation.annotations.annotation import Span
from gridwatch.workbench.evaluation.event_f1 import Role
from gridwatch.workbench.evaluation.scoring import (
    TOLERANCE_S,
    MatchedAlerts,
    WatchOutcome,
    compute_event_f1,
    compute_figures,
    match_alerts,
)
from gridwatch.workbench.replay.alert_summary import AlertSummary
from pipeline.alert import CloseReason
from pipeline.signal import Level
from pipeline.text import Text


def alert(opened_s: float, score: float = 0.8) -> AlertSummary:
    """Return an alert that opens then."""
    return AlertSummary(
        id=UUID(int=0),
        scenario="fall",
        zone="watch-1",
        subject=1,
        opened_s=opened_s,
        updated_s=(),
        closed_s=opened_s + 15,
        close_reason=CloseReason.CLEARED,
        level=Level.MAJOR,
        score=score,
        because=Text(zh="倒地", en="A person fell"),
        measures={},
        boxes=(),
    )


def outcome(
    *alerts: AlertSummary,
    happenings: tuple[Span, ...] = (),
    camera_s: float = 1800,
    hold_s: float = 0,
    clip: str = "a",
    variant: int = 0,
) -> WatchOutcome:
    """Return what happened on a clip of half an hour."""
    return WatchOutcome(
        clip=clip,
        scenario="fall",
        clip_s=1801.5,
        camera_s=camera_s,
        hold_s=hold_s,
        happenings=happenings,
        alerts=alerts,
        variant=variant,
    )


def test_a_happening_is_found_by_its_first_alert() -> None:
    matched = match_alerts([(10, 30)], [alert(25), alert(12)])

    assert matched == MatchedAlerts(waits_s=(2,), missed=(), false=(), repeats=1)


def test_an_alert_outside_of_all_happenings_is_false() -> None:
    early, late = alert(10 - TOLERANCE_S - 0.1), alert(30 + TOLERANCE_S + 0.1)
    matched = match_alerts([(10, 30)], [early, late])

    assert (matched.waits_s, matched.missed, matched.false) == ((), ((10, 30),), (early, late))


def test_an_alert_just_before_has_no_negative_wait() -> None:
    assert match_alerts([(10, 30)], [alert(9.5)]).waits_s == (0,)


def test_happenings_that_meet_have_an_alert_each() -> None:
    matched = match_alerts([(10, 20), (20.5, 30)], [alert(19.8), alert(20.6)])

    assert matched.waits_s == pytest.approx((9.8, 0.1))
    assert (matched.missed, matched.false, matched.repeats) == ((), (), 0)


def test_clips_on_which_a_scenario_cannot_fire_are_no_camera_hours() -> None:
    figures = compute_figures([outcome(camera_s=0)])

    assert (figures.camera_hours, figures.false_per_hour, figures.recall) == (0, None, None)
    assert figures.event_f1 == {}


def test_the_rate_of_false_alerts_has_an_interval() -> None:
    figures = compute_figures([outcome(alert(11.5), alert(90), happenings=((10, 30), (40, 41)))])

    assert (figures.found, figures.missed, figures.median_wait_s) == (1, 1, 1.5)
    assert figures.false_per_hour == pytest.approx(2)
    assert figures.false_per_hour_interval == pytest.approx((0.0506, 11.143), abs=1e-3)


def test_a_higher_score_trades_false_alerts_for_misses() -> None:
    outcomes = [
        outcome(alert(11, 0.9), alert(51, 0.4), alert(90, 0.6), happenings=((10, 30), (50, 60)))
    ]
    points = compute_figures(outcomes).operating_points

    assert [(p.min_score, p.missed, p.false) for p in points] == [
        (0.4, 0, 1),
        (0.6, 1, 1),
        (0.9, 1, 0),
    ]


def test_a_late_alert_is_a_miss_for_an_operator_and_not_for_a_recorder() -> None:
    late = [outcome(alert(75), happenings=((10, 100),), hold_s=30)]
    in_time = [outcome(alert(45), happenings=((10, 100),), hold_s=30)]

    for_operator = compute_event_f1(late, Role.OPERATIONAL_ALERT)
    assert (for_operator.found, for_operator.missed, for_operator.false) == (0, 1, 0)
    assert compute_event_f1(late, Role.EVENT_RECORDING).f1 == 1
    assert compute_event_f1(in_time, Role.OPERATIONAL_ALERT).f1 == 1
