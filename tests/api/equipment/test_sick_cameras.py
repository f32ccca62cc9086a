"""An incident about a camera that was often wrong closes itself once the camera is right."""

import pytest
from sqlalchemy import text

from api.equipment.monitor import EquipmentMonitor
from tests.api.databases import rows
from tests.api.ingest.test_grouping import judge_false
from tests.api.town import Centre

SICK = "SELECT state FROM incident WHERE scenario = 'camera_sick'"


@pytest.fixture
async def sick_camera(centre: Centre) -> EquipmentMonitor:
    """Return the monitor of a centre with one camera whose alarms were all false."""
    await judge_false(centre, 10)
    await centre.raise_alert("again", at=centre.clock(), score=0.95)
    monitor = EquipmentMonitor(centre.engine, now=centre.clock)
    await monitor.evaluate()
    assert await rows(centre.engine, SICK) == [("filed",)]
    return monitor


async def test_it_closes_when_newer_alarms_are_true(
    centre: Centre, sick_camera: EquipmentMonitor
) -> None:
    desk = await centre.client_of("desk")
    for n in range(3):
        centre.clock.advance(minutes=30)
        incident = await centre.raise_alert(f"true-{n}", at=centre.clock(), score=0.9, zone=f"z{n}")
        shown = (await desk.get(f"/v1/incidents/{incident}")).json()
        path = f"/v1/incidents/{incident}/confirm"
        assert (await desk.post(path, json={"version": shown["version"]})).status_code == 200

    await sick_camera.evaluate()

    assert await rows(centre.engine, SICK) == [("closed",)]


async def test_it_closes_when_no_alarm_was_false_for_a_week(
    centre: Centre, sick_camera: EquipmentMonitor
) -> None:
    centre.clock.advance(days=6)
    await sick_camera.evaluate()
    assert await rows(centre.engine, SICK) == [("filed",)]

    centre.clock.advance(days=2)
    await sick_camera.evaluate()

    assert await rows(centre.engine, SICK) == [("closed",)]
    ended = text("SELECT reason FROM audit_log WHERE action = 'recover'")
    assert await rows(centre.engine, str(ended)) == [("recovered",)]
