"""The right people are called, and nobody else."""

import json
from datetime import timedelta

import pytest

from pipeline.signal import Level
from tests.end_to_end.incidents.quarter import Quarter
from tests.end_to_end.incidents.town import write_areas

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("source", ["override", "swap"])
def test_a_replacement_hides_only_the_colleague_whom_it_names(
    quarter: Quarter, source: str
) -> None:
    shift = quarter.shift_of("east-1")
    body = {"account": quarter.plan.account("west-1"), "source": source}
    path = f"/v1/shifts/{shift['id']}/replacements"
    quarter.person("chief").post(path, version=shift["version"], **body)
    quarter.open()
    quarter.wait_for_push("west-1", "dispatch")

    assert quarter.called("dispatch") == quarter.on_duty() == ["east-2", "west-1"]


def test_a_call_up_adds_a_person_and_hides_nobody(quarter: Quarter) -> None:
    quarter.plan_shift("head", hours=8, path="call-ups", approved_by=quarter.plan.account("chief"))
    quarter.open()
    quarter.wait_for_push("east-2", "dispatch")

    assert {"east-1", "east-2"} <= {*quarter.called("dispatch")}


def test_a_person_can_be_called_up_during_their_own_shift(quarter: Quarter) -> None:
    approver = quarter.plan.account("chief")
    call_up = quarter.plan_shift("east-1", hours=8, path="call-ups", approved_by=approver)
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")

    assert call_up["source"] == "callup"
    assert quarter.called("dispatch") == quarter.on_duty() == ["east-1", "east-2"]


def test_page_and_calls_agree_after_the_grids_are_cut_anew(quarter: Quarter) -> None:
    plan = quarter.plan
    moved = {plan.east: plan.west, plan.west: plan.east}
    file = write_areas(quarter.centre.folder / "anew.geojson", [plan], moved)
    quarter.centre.run("central", "import", str(file))
    quarter.open()
    quarter.wait_for_push("west-1", "dispatch")

    assert quarter.called("dispatch") == quarter.on_duty() == ["west-1"]
    assert quarter.incident()["area"]["code"] == plan.west


def test_one_crowd_that_three_scenarios_report_is_one_order(quarter: Quarter) -> None:
    quarter.open(scenario="crowd_gathering")
    quarter.open(scenario="crowd_density")
    quarter.open(scenario="queue_too_long")
    quarter.wait_for_push("east-1", "dispatch")
    quarter.advance(seconds=5)

    assert quarter.incident()["n_alerts"] == 3
    orders = quarter.person("east-1").get("/v1/orders", mine=True, open=True)["items"]
    assert len(orders) == 1
    assert [push.account for push in quarter.pushes("dispatch")].count(plan_name(quarter)) == 1


def test_a_camera_that_was_just_wrong_calls_no_worker_two_seconds_later(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    rejected = quarter.incident()
    quarter.desk.post(
        f"/v1/incidents/{rejected['id']}/reject", version=rejected["version"], reason="a shadow"
    )
    quarter.advance(seconds=2)
    quarter.open()
    quarter.advance(seconds=2)
    later = quarter.incidents()[0]

    assert later["id"] != rejected["id"]
    assert later["state"] == "new", "an operator sees it first"
    assert quarter.called("dispatch", incident=later["id"]) == []
    quarter.advance_until_called("desk", "reminder", minutes=2)


def test_a_camera_and_scenario_can_be_silenced_for_an_hour_on_rejecting(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    rejected = quarter.incident()
    quarter.desk.post(
        f"/v1/incidents/{rejected['id']}/reject",
        version=rejected["version"],
        reason="builders at work",
        suppress_for_s=3600,
    )
    n_before = len(quarter.pushes("dispatch"))
    quarter.advance(minutes=30)
    quarter.open()
    quarter.advance(minutes=1)
    [silenced, *_] = quarter.incidents()
    n_silenced = len(quarter.pushes("dispatch"))
    quarter.advance(hours=3)
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch", n=2)

    assert silenced["decision"] == "suppressed"
    assert quarter.pushes(incident=silenced["id"]) == []
    assert n_silenced == n_before, "only the first one was called"


def test_an_experimental_scenario_rings_no_phone_before_an_operator_has_looked(
    quarter: Quarter,
) -> None:
    quarter.open(scenario="street_vending", score=0.5)
    quarter.open(scenario="smoke_fire", score=0.9, zone="yard")
    quarter.advance(seconds=5)

    assert [incident["state"] for incident in quarter.incidents()] == ["new", "new"]
    assert quarter.called("dispatch") == []


def test_a_critical_incident_of_low_probability_is_seen_by_an_operator(quarter: Quarter) -> None:
    quarter.open(score=0.08, level=Level.CRITICAL)
    incident = quarter.incident()

    assert (incident["state"], incident["next_step"]) == ("new", "review")
    quarter.advance_until_called("desk", "reminder", minutes=1)


def test_danger_to_life_of_low_probability_is_seen_by_an_operator(quarter: Quarter) -> None:
    quarter.open(scenario="fall", score=0.08, level=Level.MINOR)

    assert quarter.incident()["state"] == "new"


def test_rework_rings_the_worker_who_sees_the_reason(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    order = quarter.work_until("feedback")
    verdict = {"version": order["version"], "passed": False, "reason": "the gate is still blocked"}
    quarter.desk.post(f"/v1/orders/{order['id']}/verify", **verdict)

    quarter.wait_for_push("east-1", "rework")
    again = quarter.order()
    assert again["state"] == "handling"
    assert "the gate is still blocked" in json.dumps(again)


def test_an_order_that_nobody_accepts_is_sent_again(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    quarter.advance_until_called("east-1", "reminder", minutes=3)

    quarter.wait_for_push("east-2", "reminder")
    assert quarter.called("reminder") == ["east-1", "east-2"]


def test_whoever_has_not_accepted_is_no_longer_called(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-2", "dispatch")
    quarter.accept("east-1")
    n_before = len(quarter.pushes())
    quarter.advance(minutes=16)

    later = quarter.pushes()[n_before:]
    assert {quarter.short_name(push) for push in later} == {"east-1"}


def test_a_late_alert_waits_for_an_operator_and_rings_no_phone(quarter: Quarter) -> None:
    quarter.open(ago=timedelta(hours=1))
    quarter.advance(seconds=5)

    assert quarter.incident()["late"]
    assert quarter.called("dispatch") == []


def plan_name(quarter: Quarter) -> str:
    return quarter.plan.account("east-1")
