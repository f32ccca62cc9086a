"""What the pages need not decide themselves: workflow, deadline, explanation and home page."""

from typing import Any
from uuid import UUID

import httpx

from api.incidents.presenters import present_step
from pipeline.geometry.shapes import Box
from pipeline.signal import ExplainStep
from pipeline.text import Text
from pipeline.wire import SnapshotContent, SnapshotObject, SnapshotZone
from tests.api.alerts import noon_plus
from tests.api.town import Centre


async def read_incident(page: httpx.AsyncClient, incident: UUID) -> dict[str, Any]:
    detail: dict[str, Any] = (await page.get(f"/v1/incidents/{incident}")).json()
    return detail


async def test_an_incident_has_its_workflow_and_its_deadline(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    operator = await centre.client_of("desk")
    new = await read_incident(operator, incident)
    confirmed = {"version": new["version"]}
    await operator.post(f"/v1/incidents/{incident}/confirm", json=confirmed)
    await centre.clock_engine.process_due()
    dispatched = await read_incident(operator, incident)

    assert (new["due_kind"], new["due_at"]) == ("review", new["review_due_at"])
    assert [step["status"] for step in new["workflow"]] == ["done", "current"] + ["pending"] * 4
    assert (dispatched["due_kind"], dispatched["due_at"]) == (
        "work_order",
        dispatched["order"]["due_at"],
    )
    assigned = dispatched["workflow"][1]
    assert (assigned["step"], assigned["completed_by"]) == ("assigned", "system")
    assert assigned["completed_at"] is not None


async def test_an_incident_says_what_its_picture_shows_all_of_one_frame(centre: Centre) -> None:
    operator = await centre.client_of("desk")
    content = SnapshotContent(
        taken_at=noon_plus(-3),
        message=Text(zh="2 人聚集", en="2 people"),
        measures={"people": 2.0},
        explain=(ExplainStep(name="rule", value_in=2, value_out=2, reason="people=2"),),
        zones=(SnapshotZone(name="steps", points=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))),),
        objects=(
            SnapshotObject(box=Box(0.2, 0.2, 0.1, 0.4), role="counted", label="person"),
            SnapshotObject(
                box=Box(0.4, 0.2, 0.1, 0.4), role="counted", label="person", is_visible=False
            ),
        ),
    )
    incident = await centre.raise_alert(snapshot=content)
    shown = await read_incident(operator, incident)

    picture = shown["snapshot"]["content"]
    assert picture["taken_at"] == noon_plus(-3).isoformat().replace("+00:00", "Z")
    assert (picture["because"]["zh"], picture["measures"]) == ("2 人聚集", {"people": 2.0})
    assert picture["explain"][0]["measures"] == {"people": 2.0}
    assert [zone["title"] for zone in picture["zones"]] == ["steps"]
    assert [each["visible"] for each in picture["objects"]] == [True, False]
    assert shown["because"]["zh"] == "2 人聚集", "the words agree with the picture"
    assert shown["latest"]["zh"] == "九人聚集", "the newest revision"
    assert shown["lead_alert"] == shown["alerts"][0]["alert_id"]


async def test_nothing_is_claimed_of_the_picture_of_a_node_that_does_not_say(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert()
    shown = await read_incident(await centre.client_of("desk"), incident)

    assert shown["snapshot"]["content"] is None
    assert shown["boxes"] == [[0.1, 0.2, 0.1, 0.3]]


async def test_a_rejected_incident_has_no_deadline_and_its_workflow_has_ended(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.4)
    operator = await centre.client_of("desk")
    version = (await read_incident(operator, incident))["version"]
    rejection = {"version": version, "reason": "a shadow"}
    await operator.post(f"/v1/incidents/{incident}/reject", json=rejection)
    rejected = await read_incident(operator, incident)

    assert (rejected["due_kind"], rejected["due_at"]) == (None, None)
    assert [step["status"] for step in rejected["workflow"]][:3] == ["done", "ended", "pending"]
    assert rejected["workflow"][1]["completed_by"] == "desk"


async def test_the_history_has_the_probability_as_a_parameter(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.9)
    detail = await read_incident(await centre.client_of("desk"), incident)

    filed = next(entry for entry in detail["history"] if entry["to_state"] == "filed")
    assert filed["detail"]["probability"] == round(detail["probability"], 4)


def test_an_explanation_step_has_parameters_beside_its_text() -> None:
    step = ExplainStep(name="hold", value_in=30, value_out=0.82, reason="30 s, ≥ 0.6")

    presented = present_step(step).model_dump()
    assert presented["hold"] == {"duration_s": 30, "min_share": 0.6}
    assert presented["reason"] == "30 s, ≥ 0.6"


async def test_an_account_has_a_home_page(centre: Centre) -> None:
    homes = {
        name: (await (await centre.client_of(name)).get("/v1/me")).json()["home"]
        for name in ("desk", "chief", "east-1")
    }

    assert homes == {"desk": "console", "chief": "console", "east-1": "phone"}


async def test_incidents_that_await_an_operator_are_listed_and_counted(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    await centre.raise_alert("b", score=0.9, camera="south-gate")
    operator = await centre.client_of("desk")
    listed = (await operator.get("/v1/incidents", params={"awaiting": "review"})).json()["items"]
    stats = (await operator.get("/v1/stats")).json()

    assert [item["id"] for item in listed] == [str(incident)]
    assert stats["awaiting"] == {"review": 1, "verification": 0}
