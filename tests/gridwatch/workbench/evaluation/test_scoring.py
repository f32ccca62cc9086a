"""Each happening has its first alert; the others are repeats or false."""

import pytest

from gridwatch.workbench.evaluation.scoring import (
    TOLERANCE_S,
    WatchOutcome,
    compute_figures,
    match_alerts,
)
from gridwatch.workbench.replay.alert_summary import AlertSummary
from pipeline.alert import CloseReason
from pipeline.signal import Level
from pipeline.text import Text


def alert(opened_s: float) -> AlertSummary:
    """Return an alert that opens then."""
    return AlertSummary(
        scenario="fall",
        zone="watch-1",
        subject=1,
        opened_s=opened_s,
        updated_s=(),
        closed_s=opened_s + 15,
        close_reason=CloseReason.CLEARED,
        level=Level.MAJOR,
        because=Text(zh="倒地", en="A person fell"),
        measures={},
        boxes=(),
    )


def test_a_happening_is_found_by_its_first_alert() -> None:
    waits, missed, false, repeats = match_alerts([(10, 30)], [alert(25), alert(12)])

    assert (waits, missed, false, repeats) == ([2], [], [], 1)


def test_an_alert_outside_of_all_happenings_is_false() -> None:
    early, late = alert(10 - TOLERANCE_S - 0.1), alert(30 + TOLERANCE_S + 0.1)
    waits, missed, false, _ = match_alerts([(10, 30)], [early, late])

    assert (waits, missed, false) == ([], [(10, 30)], [early, late])


def test_an_alert_just_before_has_no_negative_wait() -> None:
    assert match_alerts([(10, 30)], [alert(9.5)])[0] == [0]


def test_happenings_that_meet_have_an_alert_each() -> None:
    waits, missed, false, repeats = match_alerts([(10, 20), (20.5, 30)], [alert(19.8), alert(20.6)])

    assert waits == pytest.approx([9.8, 0.1])
    assert (missed, false, repeats) == ([], [], 0)


def test_clips_on_which_a_scenario_cannot_fire_are_no_camera_hours() -> None:
    outcome = WatchOutcome(
        clip="short",
        scenario="loitering",
        clip_s=9,
        camera_s=0,
        expected=0,
        waits_s=(),
        missed=(),
        false=(),
        repeats=0,
    )
    figures = compute_figures([outcome])

    assert (figures.camera_hours, figures.false_per_hour, figures.recall) == (0, None, None)


def test_the_rate_of_false_alerts_has_an_interval() -> None:
    outcome = WatchOutcome(
        clip="long",
        scenario="fall",
        clip_s=1801.5,
        camera_s=1800,
        expected=2,
        waits_s=(1.5,),
        missed=((3, 4),),
        false=(alert(90),),
        repeats=0,
    )
    figures = compute_figures([outcome])

    assert (figures.found, figures.missed, figures.median_wait_s) == (1, 1, 1.5)
    assert figures.false_per_hour == pytest.approx(2)
    assert figures.false_per_hour_interval == pytest.approx((0.0506, 11.143), abs=1e-3)
