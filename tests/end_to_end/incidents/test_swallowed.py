"""No incident absorbs the next emergency at its place."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from pipeline.signal import Level
from tests.end_to_end.incidents.quarter import Quarter

pytestmark = pytest.mark.slow


def test_a_live_alert_is_called_although_a_late_one_is_open(quarter: Quarter) -> None:
    quarter.open(score=0.95, ago=timedelta(hours=1))
    quarter.open(score=0.90, level=Level.CRITICAL)

    quarter.wait_for_push("east-1", "dispatch")
    quarter.wait_for_push("east-2", "dispatch")


def leave_new(quarter: Quarter) -> None:
    quarter.open(score=0.4)


def leave_stored(quarter: Quarter) -> None:
    quarter.open(score=0.08)


def leave_dispatched(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1")


def leave_accepted(quarter: Quarter) -> None:
    leave_dispatched(quarter)
    quarter.work_until("accepted")


def leave_handling(quarter: Quarter) -> None:
    leave_dispatched(quarter)
    quarter.work_until("handling")


def leave_feedback(quarter: Quarter) -> None:
    leave_dispatched(quarter)
    quarter.work_until("feedback")


@pytest.mark.parametrize(
    "leave",
    [leave_new, leave_stored, leave_dispatched, leave_accepted, leave_handling, leave_feedback],
)
def test_a_crowd_of_another_day_is_called_whatever_the_earlier_incident_waits_for(
    quarter: Quarter, leave: Callable[[Quarter], None]
) -> None:
    leave(quarter)
    [earlier] = quarter.incidents()
    quarter.advance(hours=20)
    episode = quarter.open()
    later = quarter.incidents()[0]

    assert later["id"] != earlier["id"]
    quarter.wait_for_push("east-2", "dispatch", incident=later["id"])
    alerts = quarter.detail(later["id"])["alerts"]
    assert str(episode.id) in {alert["alert_id"] for alert in alerts}


def test_an_incident_that_nobody_can_take_absorbs_no_crowd_of_another_day(
    empty_quarter: Quarter,
) -> None:
    empty_quarter.open()
    empty_quarter.wait_for_push("desk", "nobody_on_duty")
    [earlier] = empty_quarter.incidents()
    empty_quarter.advance(hours=20)
    empty_quarter.open()
    later = empty_quarter.incidents()[0]

    assert later["id"] != earlier["id"]
    empty_quarter.wait_for_push("desk", "nobody_on_duty", incident=later["id"])


def test_a_worsening_shortens_the_clock_before_anybody_has_accepted(quarter: Quarter) -> None:
    episode = quarter.open(level=Level.MINOR)
    quarter.wait_for_push("east-1")
    before = quarter.incident()
    quarter.revise(episode, level=Level.CRITICAL)
    after = quarter.incident()

    assert after["level"] == "critical"
    assert seconds_left(quarter, before) > 14 * 60
    assert seconds_left(quarter, after) <= 2 * 60
    quarter.wait_for_push("east-1", "worsening")


@pytest.mark.parametrize("state", ["accepted", "handling"])
def test_whoever_holds_an_incident_is_told_that_it_got_worse(quarter: Quarter, state: str) -> None:
    episode = quarter.open(level=Level.MINOR)
    quarter.wait_for_push("east-1")
    quarter.work_until(state)
    before = quarter.incident()
    quarter.revise(episode, level=Level.CRITICAL)

    quarter.wait_for_push("east-1", "worsening")
    assert seconds_left(quarter, quarter.incident()) < seconds_left(quarter, before)
    assert quarter.called("worsening") == ["east-1"]


def test_an_incident_that_is_closed_while_the_camera_still_reports_comes_back(
    quarter: Quarter,
) -> None:
    episode = quarter.open()
    quarter.wait_for_push("east-1")
    order = quarter.work_until("feedback")
    verdict = {"version": order["version"], "passed": True, "confirm_still_firing": True}
    quarter.desk.post(f"/v1/orders/{order['id']}/verify", **verdict)
    closed = quarter.incident()
    quarter.advance(minutes=15)
    quarter.revise(episode)

    assert closed["state"] == "closed"
    later = quarter.incidents()[0]
    assert later["id"] != closed["id"] or later["state"] == "dispatched"
    quarter.wait_for_push("east-2", "dispatch", incident=later["id"], n=1)
    assert len(quarter.pushes("dispatch")) > 2


def test_closing_warns_while_the_camera_still_reports(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1")
    order = quarter.work_until("feedback")
    answer = quarter.desk.request(
        "POST",
        f"/v1/orders/{order['id']}/verify",
        json={"version": order["version"], "passed": True},
    )

    assert answer.status_code == 409
    assert "still_firing" in answer.text


def seconds_left(quarter: Quarter, incident: dict[str, str]) -> float:
    """Return how many seconds are left until an incident is due."""
    return (datetime.fromisoformat(incident["due_at"]) - quarter.centre.now()).total_seconds()
