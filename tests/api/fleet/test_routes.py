"""The HTTP routes of the fleet, as an operator and a supervisor use them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.fleet.health_rules import UNREACHABLE_AFTER
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport
from api.ingest.batch import Ingest
from pipeline.wire import Evidence, Reply, sign
from pipeline.wire.command import TestStep
from tests.api.alerts import ALERT_NODE, KEY, alert_message, noon_plus, signed_message
from tests.api.signed_reports import (
    camera_report,
    config_report,
    health_report,
    signed_report,
    status_report,
)
from tests.api.town import EAST, SNAPSHOT, Centre, sha256

NODE = ALERT_NODE.client_id
CONFIG = f"/v1/nodes/{NODE}/config"
COMMANDS = f"/v1/nodes/{NODE}/commands"
UPDATE = {"rev": 0, "config": {"model": {"detect_fps": 4}}, "note": "reduce the load"}


async def handle_reports(centre: Centre, *reports: RawReport) -> None:
    for item in reports:
        await ReportHandler(centre.engine).handle(item, now=centre.clock())


async def assign_camera_to_area(centre: Centre, area: str) -> None:
    async with centre.engine.begin() as connection:
        put = "UPDATE camera SET area_code = :area WHERE name = 'north-gate'"
        await connection.execute(text(put), {"area": area})


async def get_node(centre: Centre, account: str = "desk") -> dict[str, Any]:
    shown: dict[str, Any] = (
        await (await centre.client_of(account)).get(f"/v1/nodes/{NODE}")
    ).json()
    return shown


async def test_a_node_has_its_statistics_and_the_actions_of_the_role(centre: Centre) -> None:
    await handle_reports(
        centre, status_report(), camera_report(), health_report(at=noon_plus(400), rows=3)
    )

    listed = (await (await centre.client_of("desk")).get("/v1/nodes")).json()["items"]
    cameras = (await (await centre.client_of("desk")).get("/v1/cameras")).json()["items"]

    [node] = listed
    assert (node["id"], node["name"], node["state"]) == (NODE, str(ALERT_NODE), "online")
    assert (node["health"]["outbox_rows"], node["skew_s"]) == (3, 400.0)
    assert node["config"]["status"] == "local"
    assert node["actions"] == ["ping", "self_test", "snapshot"]
    assert "restart_camera" in (await get_node(centre, "chief"))["actions"]
    [camera] = cameras
    assert (camera["health"]["fps_in"], camera["drill_passed_at"]) == (5.0, None)


async def test_fields_are_also_sent_under_their_former_names(centre: Centre) -> None:
    chief = await centre.client_of("chief")
    await handle_reports(centre, status_report(), camera_report(), health_report())
    await chief.put(CONFIG, json=UPDATE)

    [camera] = (await chief.get("/v1/cameras")).json()["items"]
    health = (await get_node(centre))["health"]
    config = (await chief.get(CONFIG)).json()

    assert (camera["told_at"], camera["proven_at"]) == (
        camera["reported_at"],
        camera["drill_passed_at"],
    )
    assert health["told_at"] == health["measured_at"]
    assert config["wanted"] == config["desired"]
    state = config["state"]
    assert (state["standing"], state["wanted_rev"], state["wanted_at"]) == (
        state["status"],
        state["desired_rev"],
        state["desired_at"],
    )


async def test_an_alarm_is_listed_and_shown_with_its_node(centre: Centre) -> None:
    await handle_reports(centre, status_report())
    monitor = FleetMonitor(centre.engine, now=centre.clock, broker_is_up=lambda: True)
    await monitor.evaluate()
    centre.clock.at += UNREACHABLE_AFTER["online"] * 2
    await monitor.evaluate()

    desk = await centre.client_of("desk")
    [alarm] = (await desk.get("/v1/alarms")).json()["items"]
    assert (alarm["kind"], alarm["node"], alarm["camera"]) == ("unreachable", str(ALERT_NODE), "")
    assert (await get_node(centre))["alarms"] == [alarm]


async def test_a_refused_configuration_is_corrected(centre: Centre) -> None:
    chief = await centre.client_of("chief")

    first = await chief.put(CONFIG, json=UPDATE)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert first.json()["state"]["status"] == "pending"

    await handle_reports(centre, config_report(0, seen_rev=1, outcome="failure"))
    assert (await chief.get(CONFIG)).json()["state"]["status"] == "refused"

    again = {**UPDATE, "rev": 1, "config": {"model": {"detect_fps": 5}}}
    second = (await chief.put(CONFIG, json=again)).json()
    await handle_reports(centre, config_report(2))
    shown = (await chief.get(CONFIG)).json()
    assert (second["desired"]["rev"], shown["state"]["status"]) == (2, "applied")
    assert [item["rev"] for item in shown["history"]] == [2, 1]
    async with centre.engine.connect() as connection:
        query = "SELECT actor, reason, detail -> 'rev' FROM audit_log WHERE action = 'configure'"
        audited = [tuple(row) for row in await connection.execute(text(query))]
    assert audited == [("chief", "reduce the load", 1), ("chief", "reduce the load", 2)]


async def test_a_change_of_an_outdated_revision_is_refused(centre: Centre) -> None:
    chief = await centre.client_of("chief")
    await chief.put(CONFIG, json=UPDATE)

    late = await chief.put(CONFIG, json={**UPDATE, "config": {}})

    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "stale", 1)
    assert late.headers["content-type"] == "application/problem+json"


async def test_equal_content_adds_no_revision(centre: Centre) -> None:
    chief = await centre.client_of("chief")
    await chief.put(CONFIG, json=UPDATE)
    again = await chief.put(CONFIG, json={**UPDATE, "rev": 1})

    assert again.json()["desired"]["rev"] == 1


async def test_a_node_with_a_newer_revision_than_ours_still_gets_a_higher_one(
    centre: Centre,
) -> None:
    await handle_reports(centre, config_report(7))
    chief = await centre.client_of("chief")
    assert (await chief.get(CONFIG)).json()["state"]["status"] == "unmanaged"

    assert (await chief.put(CONFIG, json=UPDATE)).json()["desired"]["rev"] == 8


@pytest.mark.parametrize(
    ("account", "area", "status", "code"),
    [
        ("desk", EAST, 403, "not_for_your_role"),
        ("east-1", EAST, 403, "not_for_your_role"),
        ("chief", "510108001002003001", 404, "no_such_node"),
        ("chief", EAST, 200, None),
    ],
)
async def test_only_a_supervisor_of_its_areas_configures_a_node(
    centre: Centre, account: str, area: str, *, status: int, code: str | None
) -> None:
    await handle_reports(centre, camera_report())
    await assign_camera_to_area(centre, area)

    answer = await (await centre.client_of(account)).put(CONFIG, json=UPDATE)

    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_a_requested_snapshot_arrives_and_can_be_viewed(centre: Centre) -> None:
    await handle_reports(centre, status_report(), camera_report())
    desk = await centre.client_of("desk")
    created = await desk.post(COMMANDS, json={"kind": "snapshot", "camera": "north-gate"})
    assert (created.status_code, created.json()["state"]) == (201, "waiting")

    picture = Evidence(
        sha256=sha256(SNAPSHOT),
        kind="snapshot",
        media_type="image/jpeg",
        bytes=len(SNAPSHOT),
        redacted=True,
        status="pending",
    )
    await send_reply(centre, created.json()["id"], evidence=(picture,))
    path = f"/v1/evidence/{sha256(SNAPSHOT)}"
    headers = {
        "X-Gridwatch-Node": str(ALERT_NODE),
        "X-Gridwatch-Signature": sign(KEY, path, SNAPSHOT),
    }
    uploaded = {**headers, "Content-Type": "image/jpeg"}
    await centre.anonymous_client().put(path, content=SNAPSHOT, headers=uploaded)

    [shown] = (await desk.get(COMMANDS)).json()["items"]
    assert (shown["state"], shown["snapshot"]) == ("done", sha256(SNAPSHOT))
    assert shown["snapshot_available"]
    assert (await desk.get(path)).content == SNAPSHOT
    assert (await (await centre.client_of("east-1")).get(path)).status_code == 404


async def test_a_self_test_returns_each_step(centre: Centre) -> None:
    await handle_reports(centre, camera_report())
    desk = await centre.client_of("desk")
    test = {"kind": "self_test", "camera": "north-gate"}
    created = (await desk.post(COMMANDS, json=test)).json()
    steps = (
        TestStep(name="capture", passed=True, took_ms=38.0),
        TestStep(name="centre", passed=False, took_ms=None, reason="no receipt"),
    )
    await send_reply(centre, created["id"], state="failed", steps=steps)

    shown = (await desk.get(f"{COMMANDS}/{created['id']}")).json()
    assert (shown["state"], [step["passed"] for step in shown["steps"]]) == (
        "failed",
        [True, False],
    )


async def test_a_reason_is_passed_on_with_its_code_and_parameters(centre: Centre) -> None:
    await handle_reports(centre, camera_report())
    desk = await centre.client_of("desk")
    with_code = (await desk.post(COMMANDS, json={"kind": "ping"})).json()
    params = {"seconds": "5"}
    await send_reply(
        centre,
        with_code["id"],
        reason="no frame within 5 s",
        reason_code="no_frame",
        reason_params=params,
    )
    without_code = (await desk.post(COMMANDS, json={"kind": "ping"})).json()
    await send_reply(centre, without_code["id"], reason="from an older node")

    older, newer = (await desk.get(COMMANDS)).json()["items"]
    assert (newer["reason_code"], newer["reason_params"]) == ("no_frame", params)
    assert (older["reason"], older["reason_code"]) == ("from an older node", None)


async def test_a_command_without_a_reply_is_unanswered_after_its_expiry(
    centre: Centre,
) -> None:
    desk = await centre.client_of("desk")
    await desk.post(COMMANDS, json={"kind": "ping"})
    centre.clock.advance(minutes=2)

    assert [item["state"] for item in (await desk.get(COMMANDS)).json()["items"]] == ["unanswered"]


async def test_a_command_repeated_with_one_key_is_issued_once(centre: Centre) -> None:
    await handle_reports(centre, camera_report())
    desk, key = await centre.client_of("desk"), {"Idempotency-Key": "once-1234"}
    first = await desk.post(COMMANDS, json={"kind": "ping"}, headers=key)
    again = await desk.post(COMMANDS, json={"kind": "ping"}, headers=key)
    test = {"kind": "self_test", "camera": "north-gate"}
    other = await desk.post(COMMANDS, json=test, headers=key)

    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"kind": "snapshot"}, 422, "unreadable"),
        ({"kind": "snapshot", "camera": "nowhere"}, 404, "no_such_camera"),
        ({"kind": "restart_camera", "camera": "north-gate"}, 403, "not_for_your_role"),
    ],
)
async def test_an_invalid_or_forbidden_command_is_refused(
    centre: Centre, query: dict[str, str], status: int, code: str
) -> None:
    await handle_reports(centre, camera_report())

    answer = await (await centre.client_of("desk")).post(COMMANDS, json=query)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_supervisor_marks_a_gap_as_lost_in_the_audit_log(centre: Centre) -> None:
    for seq in (1, 5):
        arrival = signed_message(alert_message(f"{seq}", seq=seq))
        await Ingest(centre.engine).store_batch([arrival], now=centre.clock())
    [gap] = (await get_node(centre))["gaps"]
    assert (gap["boot_id"], gap["missing"]) == ("boot-1", 3)

    path, why = f"/v1/nodes/{NODE}/gaps/boot-1/give-up", {"reason": "the disk was changed"}
    assert (await (await centre.client_of("desk")).post(path, json=why)).status_code == 403
    chief = await centre.client_of("chief")
    assert (await chief.post(path, json=why)).json()["gaps"] == []
    assert (await chief.post(path, json=why)).status_code == 404


async def test_cameras_and_nodes_are_listed(centre: Centre) -> None:
    desk = await centre.client_of("desk")

    assert [node["name"] for node in (await desk.get("/v1/nodes")).json()["items"]] == [
        "demo/market/box-1"
    ]
    assert (await desk.get("/v1/cameras")).json() == {"items": [], "next": None}
    assert (await desk.get("/v1/quarantine")).json() == {"items": [], "next": None}


async def send_reply(
    centre: Centre, command: str, *, state: str = "done", **fields: object
) -> None:
    answer = Reply(id=str(UUID(command)), kind="any", state=state, at=centre.clock(), **fields)  # type: ignore[arg-type]
    await handle_reports(centre, signed_report("reply", command, message=answer))
