"""A silent node, evidence that does not arrive and hours without anybody on duty call a person."""

import pytest

from pipeline.wire import Evidence, Health, Node, Status, encode_message
from tests.end_to_end.incidents.centre import Json, RunningCentre
from tests.end_to_end.incidents.node import AlertNode
from tests.end_to_end.incidents.quarter import Quarter
from tests.end_to_end.incidents.town import equipped_quarters
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

SILENT, WITHOUT_EVIDENCE, UNSTAFFED = map(Node.parse, equipped_quarters())
MONITORS_S = 40.0
"""The fleet is judged every 10 seconds, and people are called every 10 seconds."""
PICTURE = Evidence(
    sha256="ab" * 32,
    kind="snapshot",
    media_type="image/jpeg",
    bytes=9,
    redacted=True,
    status="pending",
)


@pytest.fixture(scope="module", autouse=True)
def an_hour_later(centre: RunningCentre, node: AlertNode) -> None:
    """Let one node report and fall silent, and another one promise a picture; wait an hour."""
    with centre.connect(SILENT) as silent:
        report_health(centre, silent)
        path = f"/v1/nodes/{str(SILENT).replace('/', '.')}"
        wait_until(lambda: centre.admin.get(path)["health"] is not None)
    with centre.connect(WITHOUT_EVIDENCE) as other:
        quarter = quarter_of(centre, other, WITHOUT_EVIDENCE)
        other.publish(quarter.prepare(camera="gate"), evidence=(PICTURE,))
    quarter_of(centre, node, SILENT).advance(hours=1)


def quarter_of(centre: RunningCentre, node: AlertNode, owner: Node) -> Quarter:
    return Quarter(centre, node, equipped_quarters()[str(owner)])


def report_health(centre: RunningCentre, node: AlertNode) -> None:
    status = Status(state="online", boot_id="boot-1", software="gridwatch 1")
    health = Health(
        boot_id="boot-1", at=centre.now(), outbox_rows=0, outbox_oldest_s=None, counters={}
    )
    topic = node.client.node.topic
    node.client.publish_raw(topic("up", "status"), encode_message(status))
    node.client.publish_raw(topic("up", "health"), encode_message(health))


def incidents_about(quarter: Quarter, code: str) -> list[Json]:
    """Return the open incidents of a quarter about one kind of equipment fault."""
    items = quarter.desk.get("/v1/incidents", open=True)["items"]
    return [item for item in items if item["scenario"] == code]


def called_about(quarter: Quarter, title: str) -> set[str]:
    pushes = [push for push in quarter.centre.pushes if push.title == title]
    ours = quarter.plan.account("")
    return {quarter.short_name(push) for push in pushes if push.account.startswith(ours)}


def test_a_silent_node_calls_who_is_on_duty_at_its_cameras(
    centre: RunningCentre, node: AlertNode
) -> None:
    quarter = quarter_of(centre, node, SILENT)

    def is_called_a_minute_later() -> bool:
        quarter.advance(minutes=1)
        return "east-1" in called_about(quarter, "Node unreachable")

    wait_until(is_called_a_minute_later, MONITORS_S)

    [incident] = incidents_about(quarter, "node_unreachable")
    assert (incident["incident_class"], incident["state"]) == ("equipment", "dispatched")
    assert incident["due_at"] is not None


def test_evidence_that_does_not_arrive_calls_a_person(
    centre: RunningCentre, node: AlertNode
) -> None:
    quarter = quarter_of(centre, node, WITHOUT_EVIDENCE)

    wait_until(lambda: "east-1" in called_about(quarter, "Evidence not arriving"), MONITORS_S)


def test_nobody_on_duty_is_an_incident_before_anything_happens(
    centre: RunningCentre, node: AlertNode
) -> None:
    quarter = quarter_of(centre, node, UNSTAFFED)
    wait_until(lambda: bool(incidents_about(quarter, "nobody_on_duty")), MONITORS_S)

    [incident] = incidents_about(quarter, "nobody_on_duty")
    assert incident["level"] == "critical"
    assert incident["responsible"]["kind"] == "desk"
    areas = {gap["area"] for gap in quarter.desk.get("/v1/coverage", hours=24)["gaps"]}
    assert any(area.startswith(quarter.plan.district) for area in areas)
