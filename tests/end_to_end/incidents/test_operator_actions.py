"""A desk can do with an incident what the matter needs, and nothing true is stored as false."""

from datetime import timedelta

import pytest

from pipeline.signal import Level
from tests.end_to_end.incidents.centre import Json
from tests.end_to_end.incidents.quarter import Quarter

pytestmark = pytest.mark.slow


def act(quarter: Quarter, action: str, name: str = "desk", **body: object) -> Json:
    """Apply an action to the only incident of a quarter, and return it."""
    return act_on(quarter, quarter.incident(), action, name, **body)


def act_on(
    quarter: Quarter, incident: Json, action: str, name: str = "desk", **body: object
) -> Json:
    """Apply an action to an incident, and return it."""
    path = f"/v1/incidents/{incident['id']}/{action}"
    return quarter.person(name).post(path, version=incident["version"], **body)


def open_dispatched(quarter: Quarter) -> None:
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")


@pytest.mark.parametrize("score", [0.08, 0.4])
def test_a_desk_dispatches_what_nobody_was_called_for(quarter: Quarter, score: float) -> None:
    quarter.open(score=score)
    act(quarter, "dispatch", to={"account": quarter.plan.account("west-1")})

    quarter.wait_for_push("west-1", "dispatch")
    assert quarter.called("dispatch") == ["west-1"]
    assert quarter.accept("west-1")["state"] == "accepted"


def test_a_desk_dispatches_where_nobody_is_on_duty(empty_quarter: Quarter) -> None:
    empty_quarter.open()
    empty_quarter.wait_for_push("desk", "nobody_on_duty")
    act(empty_quarter, "dispatch", to={"account": empty_quarter.plan.account("east-2")})

    empty_quarter.wait_for_push("east-2", "dispatch")


@pytest.mark.parametrize("state", ["dispatched", "accepted", "handling"])
def test_an_order_is_given_to_somebody_else(quarter: Quarter, state: str) -> None:
    open_dispatched(quarter)
    if state != "dispatched":
        quarter.work_until(state)
    to = {"account": quarter.plan.account("west-1")}
    act(quarter, "reassign", to=to, reason="is nearer")

    quarter.wait_for_push("east-1", "recall")
    quarter.wait_for_push("west-1", "dispatch")
    assert quarter.accept("west-1")["state"] == "accepted"


def test_a_recalled_order_is_dispatched_anew_or_left_to_the_desk(quarter: Quarter) -> None:
    open_dispatched(quarter)
    quarter.work_until("accepted")
    act(quarter, "recall", to="desk", reason="wrong place")

    quarter.wait_for_push("east-1", "recall")
    incident = quarter.incident()
    assert incident["responsible"]["kind"] == "desk"
    assert "dispatch" in incident["actions"]


def test_a_colleague_who_is_added_may_act(quarter: Quarter) -> None:
    open_dispatched(quarter)
    quarter.work_until("handling")
    act(quarter, "colleagues", account=quarter.plan.account("west-1"))
    quarter.wait_for_push("west-1")
    photo = quarter.upload("west-1")
    order = quarter.order_of(quarter.incident(), "west-1")

    reported = quarter.act("west-1", order, "report", photos=[photo], found=True)
    assert reported["state"] == "feedback"


def test_a_level_is_changed_with_its_clock(quarter: Quarter) -> None:
    quarter.open(level=Level.MINOR)
    quarter.wait_for_push("east-1", "dispatch")
    before = quarter.incident()["due_at"]
    after = act(quarter, "level", level="critical", reason="a child is among them")

    assert after["level"] == "critical"
    assert after["due_at"] < before


def test_a_note_stays_in_the_history(quarter: Quarter) -> None:
    quarter.open(score=0.4)
    path = f"/v1/incidents/{quarter.incident()['id']}/notes"
    quarter.desk.post(path, text="the shop owner called")

    assert "the shop owner called" in [entry["reason"] for entry in quarter.incident()["history"]]


def test_a_suspended_incident_resumes_by_itself(quarter: Quarter) -> None:
    quarter.open(score=0.4)
    until = (quarter.centre.now() + timedelta(hours=4)).isoformat()
    suspended = act(quarter, "suspend", "chief", until=until, reason="waits for the power company")
    quarter.advance(hours=5)

    assert suspended["next_step"] == "resume"
    assert quarter.incident()["state"] == "new"


def test_two_persons_cancel_an_incident(quarter: Quarter) -> None:
    open_dispatched(quarter)
    proposed = act(quarter, "propose-cancel", reason="outside of the city")
    alone = quarter.desk.request(
        "POST",
        f"/v1/incidents/{proposed['id']}/cancel",
        json={"version": proposed["version"]},
    )

    assert alone.status_code == 409
    assert act(quarter, "cancel", "chief")["state"] == "cancelled"


def test_a_closed_incident_is_reopened(quarter: Quarter) -> None:
    episode = quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    order = quarter.work_until("feedback")
    quarter.revise(episode, closes=True)
    quarter.act("desk", order, "verify", passed=True)
    quarter.advance(hours=20)
    reopened = act(quarter, "reopen", "chief", reason="they are back")

    assert reopened["next_step"] is not None
    assert reopened["due_at"] is not None


def test_a_rejection_is_taken_back(quarter: Quarter) -> None:
    quarter.open(score=0.4)
    act(quarter, "reject", reason="a shadow")
    undone = act(quarter, "undo")

    assert undone["state"] == "new"
    assert undone["due_at"] is not None


def test_a_confirmation_is_taken_back_and_whoever_was_called_is_recalled(quarter: Quarter) -> None:
    quarter.open(score=0.4)
    act(quarter, "confirm")
    quarter.wait_for_push("east-1", "dispatch")
    undone = act(quarter, "undo")

    assert (undone["state"], undone["next_step"]) == ("new", "review")
    quarter.wait_for_push("east-1", "recall")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("nothing_there", "false"),
        ("permitted", "benign"),
        ("already_known", "duplicate"),
        ("cannot_tell", "unsure"),
    ],
)
def test_a_rejection_stores_the_verdict_of_its_reason(
    quarter: Quarter, code: str, verdict: str
) -> None:
    quarter.open(score=0.4)
    rejected = act(quarter, "reject", reason_code=code)

    assert [item["value"] for item in rejected["verdicts"]] == [verdict]


def test_incidents_are_merged_and_split_without_losing_an_alert(quarter: Quarter) -> None:
    first = quarter.open(scenario="fall", score=0.4)
    second = quarter.open(scenario="illegal_parking", score=0.4)
    parking, fall = quarter.incidents()
    act_on(quarter, parking, "merge", into=fall["id"], reason="one accident")
    merged = quarter.detail(fall["id"])
    act_on(quarter, quarter.detail(parking["id"]), "split", reason="it was not")

    assert {item["alert_id"] for item in merged["alerts"]} == {str(first.id), str(second.id)}
    assert alerts_of(quarter, fall) == [str(first.id)]
    assert alerts_of(quarter, parking) == [str(second.id)]
    assert quarter.detail(parking["id"])["due_at"] is not None


def alerts_of(quarter: Quarter, incident: Json) -> list[str]:
    """Return the ids of the alerts of an incident."""
    return [item["alert_id"] for item in quarter.detail(incident["id"])["alerts"]]


def test_of_two_operators_who_act_at_once_one_succeeds(quarter: Quarter) -> None:
    quarter.open(score=0.4)
    incident = quarter.incident()
    act_on(quarter, incident, "confirm", "chief")
    late = quarter.desk.request(
        "POST",
        f"/v1/incidents/{incident['id']}/reject",
        json={"version": incident["version"], "reason": "a shadow"},
    )

    assert late.status_code == 409


def test_a_photo_serves_one_order_only(quarter: Quarter) -> None:
    open_dispatched(quarter)
    order = quarter.work_until("handling")
    photo = quarter.upload()
    quarter.act("east-1", order, "report", photos=[photo], found=True)
    quarter.advance(hours=3)
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch", n=2)
    second = next(
        item
        for item in quarter.person("east-1").get("/v1/orders", mine=True, open=True)["items"]
        if item["state"] == "dispatched"
    )
    second = quarter.act("east-1", second, "accept")
    second = quarter.act("east-1", second, "start")
    answer = quarter.person("east-1").request(
        "POST",
        f"/v1/orders/{second['id']}/report",
        json={"version": second["version"], "photos": [photo], "found": True},
    )

    assert answer.status_code in {409, 422}, answer.text


def test_another_department_is_asked_for_help(quarter: Quarter) -> None:
    open_dispatched(quarter)
    order = quarter.work_until("handling")
    helper = quarter.plan.account("west-1")
    quarter.act(
        "east-1", order, "request-help", to={"account": helper}, reason="the gate is locked"
    )

    quarter.wait_for_push("west-1", "help")
