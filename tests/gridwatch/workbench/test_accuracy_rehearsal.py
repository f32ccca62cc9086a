"""What a rehearsal plays and counts."""

from datetime import UTC, datetime, timedelta

from gridwatch.workbench.rehearsal.clip_alerts import is_during
from gridwatch.workbench.rehearsal.figures import count_week
from gridwatch.workbench.rehearsal.queries import Decided

START = datetime(2026, 11, 2, tzinfo=UTC)


def test_an_alert_is_true_within_a_second_of_a_happening() -> None:
    assert is_during(4.2, [(5.0, 9.0)])
    assert not is_during(3.8, [(5.0, 9.0)])
    assert not is_during(4.0, [])


def test_a_week_counts_false_pushes_and_true_incidents_that_nobody_saw() -> None:
    decisions = [("push", True), ("push", False), ("review", True), ("store", True)]
    decided = [
        Decided("fall", START + timedelta(days=n), decision)
        for n, (decision, _) in enumerate(decisions)
    ]
    truth = {
        ("fall", START + timedelta(days=n)): is_true for n, (_, is_true) in enumerate(decisions)
    }
    later = Decided("fall", START + timedelta(days=8), "push")

    week = count_week(1, [*decided, later], truth, starts_at=START, verdicts=4)

    assert (week.incidents, week.true, week.pushed, week.pushed_false) == (4, 3, 2, 1)
    assert (week.seen_true, week.reviewed) == (2, 1)
