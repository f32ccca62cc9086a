"""Every open incident has somebody who has to act, a deadline, and a way out."""

import pytest

from tests.end_to_end.incidents.centre import Json
from tests.end_to_end.incidents.quarter import Quarter
from tests.end_to_end.incidents.town import EMERGENCY_CONTACT
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def test_an_incident_that_nobody_reviews_reaches_the_emergency_contact(quarter: Quarter) -> None:
    quarter.open(score=0.4)
    assert_has_clock(quarter.incident(), next_step="review", responsible="desk")
    asked = quarter.advance_until_called(EMERGENCY_CONTACT, "escalation", minutes=2)

    assert asked[:2] == ["desk", "officer"]
    assert "chief" in asked


def test_an_incident_that_nobody_can_take_reaches_the_emergency_contact(
    empty_quarter: Quarter,
) -> None:
    empty_quarter.open()
    empty_quarter.wait_for_push("desk", "nobody_on_duty")
    assert_has_clock(empty_quarter.incident(), next_step="dispatch", responsible="desk")
    asked = empty_quarter.advance_until_called(EMERGENCY_CONTACT, "nobody_on_duty", minutes=1)

    assert asked[0] == "chief"


def test_an_order_that_nobody_accepts_rises_to_the_emergency_contact(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    assert_has_clock(quarter.incident(), next_step="accept", responsible="post")
    asked = quarter.advance_until_called(EMERGENCY_CONTACT, "escalation", minutes=5)

    assert asked.index("head") < asked.index("officer") < asked.index(EMERGENCY_CONTACT)


def test_a_worker_who_accepts_and_does_not_come_is_reminded_and_then_replaced(
    quarter: Quarter,
) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    quarter.work_until("accepted")
    assert_has_clock(quarter.incident(), next_step="arrive", responsible="person")
    quarter.advance(minutes=16)
    quarter.wait_for_push("east-1", "reminder")
    quarter.advance(minutes=16)

    quarter.wait_for_push("head", "dispatch")


def test_work_that_is_never_reported_reaches_the_emergency_contact(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    quarter.work_until("handling")
    assert_has_clock(quarter.incident(), next_step="report", responsible="person")
    asked = quarter.advance_until_called(EMERGENCY_CONTACT, "escalation", hours=15)

    assert asked[0] == "east-1"
    assert {"officer", "chief"} <= {*asked}


def test_work_that_nobody_verifies_reaches_the_emergency_contact(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    quarter.work_until("feedback")
    assert_has_clock(quarter.incident(), next_step="verify", responsible="desk")
    asked = quarter.advance_until_called(EMERGENCY_CONTACT, "escalation", hours=15)

    assert asked[0] == "desk"


def test_an_order_that_everybody_returns_is_asked_about_again(quarter: Quarter) -> None:
    quarter.open()
    for name in ("east-1", "east-2", "head", "west-1", "officer"):
        quarter.wait_for_push(name, "dispatch")
        quarter.act(name, quarter.order(name), "return", reason="I am elsewhere")
    quarter.wait_for_push("desk", "nobody_on_duty")
    incident = quarter.incident()

    assert_has_clock(incident, next_step="dispatch", responsible="desk")
    assert "reject" in incident["actions"]
    quarter.advance_until_called(EMERGENCY_CONTACT, "nobody_on_duty", minutes=1)


def test_a_duty_that_ends_during_the_escalation_leaves_no_silence(empty_quarter: Quarter) -> None:
    empty_quarter.plan_shift("east-1", hours=1 / 15)
    empty_quarter.plan_shift("head", hours=1 / 15)
    empty_quarter.open()
    empty_quarter.wait_for_push("east-1", "dispatch")
    asked = empty_quarter.advance_until_called(EMERGENCY_CONTACT, "escalation", minutes=5)
    assert "chief" in asked
    n_before = len(empty_quarter.pushes())
    empty_quarter.advance(minutes=15)

    wait_until(lambda: len(empty_quarter.pushes()) > n_before)


def test_a_shift_that_begins_takes_what_nobody_could_take(empty_quarter: Quarter) -> None:
    empty_quarter.open()
    empty_quarter.wait_for_push("desk", "nobody_on_duty")
    empty_quarter.advance(hours=3)
    empty_quarter.plan_shift("east-2", hours=8)
    empty_quarter.advance(minutes=1)

    empty_quarter.wait_for_push("east-2", "dispatch")


def test_the_only_operator_who_has_handled_an_incident_is_deputised_by_the_supervisor(
    empty_quarter: Quarter,
) -> None:
    empty_quarter.plan_shift("desk", hours=24)
    episode = empty_quarter.open()
    empty_quarter.wait_for_push("desk", "dispatch")
    empty_quarter.revise(episode, closes=True)
    empty_quarter.work_until("feedback", "desk")
    incident = empty_quarter.incident()
    assert "verify" not in empty_quarter.order_of(incident)["actions"]
    empty_quarter.advance_until_called("chief", hours=24)
    order = empty_quarter.order_of(incident, "chief")
    closed = empty_quarter.act("chief", order, "verify", passed=True)

    assert closed["state"] == "closed"


def assert_has_clock(incident: Json, *, next_step: str, responsible: str) -> None:
    """Check who has to do what, and that there is a deadline."""
    assert incident["next_step"] == next_step
    assert incident["responsible"]["kind"] == responsible
    assert incident["due_at"] is not None
