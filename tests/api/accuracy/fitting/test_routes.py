"""What the accuracy page reads about calibrations, thresholds and drift."""

from datetime import timedelta

from sqlalchemy import text

from api.accuracy.fitting.fit_thresholds import Promise
from api.accuracy.fitting.retrain import retrain_due
from api.fleet.monitor import FleetMonitor
from tests.api.accuracy.fitting.reviewed_incidents import fill
from tests.api.alerts import ALERT_NODE
from tests.api.databases import rows
from tests.api.town import Centre

PROMISE = Promise(precision=0.85, min_recall=0.8)


async def test_the_page_shows_calibrations_thresholds_and_what_each_would_cost(
    centre: Centre,
) -> None:
    centre.clock.advance(days=60)
    await fill(centre.engine, now=centre.clock())
    now, later = centre.clock(), centre.clock() + timedelta(hours=1)
    await retrain_due(centre.engine, PROMISE, before=now, now=now)
    await retrain_due(centre.engine, PROMISE, before=later, now=later)
    chief = await centre.client_of("chief")

    calibrations = (await chief.get("/v1/accuracy/calibrations")).json()["items"]
    thresholds = (await chief.get("/v1/accuracy/thresholds")).json()["items"]
    test = (await chief.get("/v1/accuracy/thresholds/crowd_gathering")).json()

    assert [(item["version"], item["is_in_force"], item["reason"]) for item in calibrations] == [
        (2, False, "not_better"),
        (1, True, "better"),
    ]
    newest = calibrations[0]
    assert newest["title"] == {"zh": "crowd_gathering", "en": "crowd_gathering"}
    assert sum(bin_["n"] for bin_ in newest["reliability"]) == newest["comparison"]["n"] > 0
    [in_force] = thresholds
    assert (in_force["scenario"], in_force["target_precision"]) == ("crowd_gathering", 0.85)
    assert in_force["checked_at"] is not None
    pushes = [option["push"] for option in test["options"]]
    assert pushes == sorted(pushes, reverse=True)
    assert test["options"][-1]["pushed_per_hour"] > 0


async def test_a_camera_with_drift_is_an_alarm_until_a_person_starts_it_anew(
    centre: Centre,
) -> None:
    monitor = FleetMonitor(centre.engine, now=centre.clock, broker_is_up=lambda: True)
    await centre.raise_alert("a")
    async with centre.engine.begin() as connection:
        insert = "INSERT INTO camera (node, name) VALUES (:node, 'north-gate')"
        await connection.execute(text(insert), {"node": str(ALERT_NODE)})
        await connection.execute(
            text("UPDATE camera_scenario SET drifting_since = :now"), {"now": centre.clock()}
        )
    desk = await centre.client_of("desk")

    await monitor.evaluate()
    drift = (await desk.get("/v1/accuracy/drift")).json()["items"]
    alarms = await rows(centre.engine, "SELECT kind, camera, detail FROM fleet_alarm")
    assert alarms == [("scores_drift", "north-gate", {"scenarios": ["crowd_gathering"]})]
    [shown] = (await desk.get("/v1/alarms")).json()["items"]
    assert shown["detail"]["titles"] == [{"zh": "crowd_gathering", "en": "crowd_gathering"}]
    assert [(item["camera"], item["drifting_since"] is not None) for item in drift] == [
        ("north-gate", True)
    ]

    restart = {"node": str(ALERT_NODE), "camera": "north-gate", "reason": "lens cleaned"}
    answer = await desk.post("/v1/accuracy/drift/restart", json=restart)
    await monitor.evaluate()

    assert answer.json() == {"scenarios": ["crowd_gathering"]}
    assert await rows(centre.engine, "SELECT ended_at IS NOT NULL FROM fleet_alarm") == [(True,)]
    assert (await desk.get("/v1/accuracy/drift")).json()["items"] == []
    audited = "SELECT actor, reason FROM audit_log WHERE action = 'restart_camera'"
    assert await rows(centre.engine, audited) == [("desk", "lens cleaned")]


async def test_workers_and_other_areas_start_no_camera_anew(centre: Centre) -> None:
    async with centre.engine.begin() as connection:
        insert = "INSERT INTO camera (node, name, area_code) VALUES (:node, 'north-gate', :area)"
        row = {"node": str(ALERT_NODE), "area": "510107001002003001"}
        await connection.execute(text(insert), row)
    restart = {"node": str(ALERT_NODE), "camera": "north-gate"}

    for name, status in (("east-1", 403), ("desk-elsewhere", 404)):
        client = await centre.client_of(name)
        answer = await client.post("/v1/accuracy/drift/restart", json=restart)
        assert answer.status_code == status
    desk = await centre.client_of("desk")
    unknown = {**restart, "camera": "south-gate"}
    assert (await desk.post("/v1/accuracy/drift/restart", json=unknown)).status_code == 404
