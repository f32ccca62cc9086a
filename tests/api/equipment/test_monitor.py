"""Fleet alarms and the roster call people, on a real database and through HTTP."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import TextClause, text

from api.equipment.decisions import Outcome
from api.equipment.monitor import EquipmentMonitor
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from api.fleet.store import set_maintainer
from tests.api.alerts import ALERT_NODE
from tests.api.incidents.system_incidents.test_actions import accept_order
from tests.api.signed_reports import camera_report, health_report, status_report
from tests.api.town import EAST, PASSWORD, Centre

_ADD_NODES = text("""
    INSERT INTO node (name, key, enrolled_at, state, state_at)
    SELECT 'demo/site-' || n || '/box-1', '', :now, 'online', :now
    FROM generate_series(1, CAST(:n AS int)) AS n
""")
_ADD_CAMERAS = text("""
    INSERT INTO camera (node, name, state, state_at, reported_at, first_at, drill_passed_at,
        area_code)
    SELECT name, 'gate', :state, :now, :now, :now, :now, CAST(:area AS text) FROM node
    WHERE name LIKE 'demo/site-%'
""")
_PLACE_CAMERAS = text("UPDATE camera SET area_code = :area")


@dataclass(slots=True)
class Plant:
    """A centre with its monitors and the nodes that report to it."""

    centre: Centre
    fleet: FleetMonitor
    equipment: EquipmentMonitor

    async def report(self, *, camera: str = "online") -> None:
        """Let the node of the town report itself and its camera."""
        now = self.centre.clock()
        reports = [status_report(), camera_report(camera, since=now), health_report(at=now)]
        handler = ReportHandler(self.centre.engine)
        for report in reports:
            await handler.handle(report, now=now)
        await self.execute(_PLACE_CAMERAS, area=EAST)

    async def execute(self, statement: TextClause, **params: object) -> None:
        async with self.centre.engine.begin() as connection:
            await connection.execute(statement, params)

    async def run(self, minutes: float = 0, *, step: float = 1) -> dict[str, Outcome]:
        """Advance the clock by steps in minutes, and let every part of the centre work at each."""
        outcomes = await self._round()
        for _ in range(round(minutes / step)):
            self.centre.clock.advance(minutes=step)
            outcomes |= await self._round()
        return outcomes

    async def _round(self) -> dict[str, Outcome]:
        await self.fleet.evaluate()
        outcomes = await self.equipment.evaluate()
        await self.centre.clock_engine.process_due()
        return outcomes

    async def incidents(self, **wanted: bool) -> list[dict[str, Any]]:
        """List the incidents about equipment but not about the roster, newest first."""
        desk = await self.centre.client_of("desk")
        items = (await desk.get("/v1/incidents", params=wanted)).json()["items"]
        return [item for item in items if item["scenario"] != "nobody_on_duty"]


@pytest.fixture
async def plant(centre: Centre) -> Plant:
    monitors = (
        FleetMonitor(centre.engine, now=centre.clock, broker_is_up=lambda: True),
        EquipmentMonitor(centre.engine, now=centre.clock, time_zone=ZoneInfo("Asia/Shanghai")),
    )
    plant = Plant(centre, *monitors)
    await plant.report()
    await plant.run()
    return plant


async def test_a_silent_node_calls_those_on_duty_reminds_them_and_escalates(plant: Plant) -> None:
    centre = plant.centre
    await plant.run(minutes=4.5, step=0.5)
    assert await plant.incidents() == []
    await plant.run(minutes=1, step=0.5)
    dispatched = await centre.notified_accounts()
    await plant.run(minutes=2.5, step=0.5)
    reminded = await centre.notified_accounts()
    await plant.run(minutes=2.5, step=0.5)

    [incident] = await plant.incidents()
    assert (incident["scenario"], incident["level"], incident["state"]) == (
        "node_unreachable",
        "major",
        "dispatched",
    )
    assert incident["node"] == str(ALERT_NODE)
    assert dispatched == ["east-1", "east-2"]
    assert reminded == ["east-1", "east-2"] * 2
    assert (await centre.notified_accounts())[4:] == ["east-1", "east-2", "head"]


async def test_the_maintainer_of_a_node_is_called_before_those_on_duty(plant: Plant) -> None:
    centre = plant.centre
    async with centre.engine.begin() as connection:
        assert await set_maintainer(connection, ALERT_NODE, "west-1")
        assert not await set_maintainer(connection, ALERT_NODE, "nobody")
    await plant.run(minutes=5)
    dispatched = await centre.notified_accounts()
    await plant.run(minutes=3)
    reminded = await centre.notified_accounts()
    await plant.run(minutes=3)

    [incident] = await plant.incidents()
    assert (dispatched, reminded) == (["west-1"], ["west-1"] * 2)
    assert (await centre.notified_accounts())[2:] == ["east-1", "east-2"]
    assert incident["responsible"]["kind"] == "post"


async def test_a_maintainer_who_returns_the_order_hands_it_to_those_on_duty(plant: Plant) -> None:
    async with plant.centre.engine.begin() as connection:
        await set_maintainer(connection, ALERT_NODE, "west-1")
    await plant.run(minutes=5)
    order = await accept_order(plant.centre, "west-1")
    page = await plant.centre.client_of("west-1")
    body = {"version": order["version"], "reason": "on leave"}
    assert (await page.post(f"/v1/orders/{order['id']}/return", json=body)).status_code == 200
    await plant.run()

    assert (await plant.centre.notified_accounts())[-2:] == ["east-1", "east-2"]


async def test_what_recovers_before_anybody_accepts_closes_itself(plant: Plant) -> None:
    await plant.run(minutes=6)
    await plant.report()
    outcomes = await plant.run()

    [incident] = await plant.incidents()
    assert (list(outcomes.values()), incident["state"]) == ([Outcome.END], "closed")
    assert incident["happening_over"] is True
    assert await plant.centre.notified_accounts() == []


async def test_a_node_that_is_lost_again_continues_its_incident_without_another_call(
    plant: Plant,
) -> None:
    await plant.run(minutes=6)
    await plant.report()
    await plant.run()
    outcomes = await plant.run(minutes=6)

    [incident] = await plant.incidents()
    assert (list(outcomes.values()), incident["state"]) == ([Outcome.REOPEN], "filed")
    assert await plant.centre.notified_accounts() == []
    await plant.run(minutes=10)
    assert (await plant.centre.notified_accounts())[:2] == ["east-1", "east-2"]


async def test_a_node_that_is_lost_again_and_again_is_more_serious_and_calls(plant: Plant) -> None:
    for _ in range(4):
        await plant.run(minutes=6)
        await plant.report()
        await plant.run()
    await plant.run(minutes=6)

    [incident] = await plant.incidents()
    assert (incident["level"], incident["n_alerts"]) == ("critical", 5)


async def test_many_cameras_of_one_node_make_one_incident(plant: Plant) -> None:
    now = plant.centre.clock()
    for n in range(50):
        await plant.execute(
            text("""
                INSERT INTO camera (node, name, state, state_at, reported_at, first_at,
                    drill_passed_at, area_code)
                VALUES (:node, :name, 'offline', :now, :now, :now, :now, :area)
            """),
            node=str(ALERT_NODE),
            name=f"camera-{n}",
            now=now,
            area=EAST,
        )
    for _ in range(6):
        await plant.report()
        await plant.run(minutes=2, step=2)

    [incident] = await plant.incidents()
    assert (incident["scenario"], incident["camera"]) == ("camera_offline", "")
    assert incident["because"]["en"].startswith("50 cameras went offline at once")


async def test_a_power_cut_makes_one_incident_for_the_area(plant: Plant) -> None:
    await plant.execute(_ADD_NODES, now=plant.centre.clock(), n=50)
    await plant.execute(_ADD_CAMERAS, now=plant.centre.clock(), state="online", area=EAST)
    await plant.run(minutes=6)

    [incident] = await plant.incidents()
    assert (incident["level"], incident["node"], incident["area"]["code"]) == ("critical", "", EAST)
    assert incident["because"]["en"].startswith("51 nodes stopped answering at once")


async def test_a_storm_ends_with_its_last_node(plant: Plant) -> None:
    await plant.execute(_ADD_NODES, now=plant.centre.clock(), n=5)
    await plant.execute(_ADD_CAMERAS, now=plant.centre.clock(), state="online", area=EAST)
    await plant.run(minutes=6)
    back = text("UPDATE node SET state_at = :now WHERE name <> 'demo/site-1/box-1'")
    await plant.execute(back, now=plant.centre.clock())
    await plant.run()
    [while_one_is_silent] = await plant.incidents(open=True)
    await plant.execute(text("UPDATE node SET state_at = :now"), now=plant.centre.clock())
    await plant.report()
    await plant.run()

    assert while_one_is_silent["because"]["en"].startswith("The node does not answer")
    assert await plant.incidents(open=True) == []
    assert len(await plant.incidents()) == 1


async def test_a_rejected_incident_calls_nobody_again_while_the_fault_lasts(plant: Plant) -> None:
    await plant.run(minutes=6)
    [incident] = await plant.incidents()
    desk = await plant.centre.client_of("desk")
    rejection = {"version": incident["version"], "reason": "the node is being moved"}
    answer = await desk.post(f"/v1/incidents/{incident['id']}/reject", json=rejection)
    outcomes = await plant.run(minutes=60, step=10)

    assert answer.status_code == 200, answer.text
    assert outcomes == {}
    assert await plant.incidents(open=True) == []


async def test_evidence_that_does_not_arrive_calls_somebody(plant: Plant) -> None:
    centre = plant.centre
    await centre.raise_alert()
    for _ in range(16):
        await plant.report()
        await plant.run(minutes=2, step=2)

    codes = {item["scenario"] for item in await plant.incidents()}
    assert codes == {"crowd_gathering", "evidence_missing"}


async def test_hours_without_anybody_on_duty_are_an_alarm_before_they_begin(
    plant: Plant,
) -> None:
    centre = plant.centre
    desk = await centre.client_of("desk")

    async def gap() -> dict[str, Any]:
        await desk.post("/v1/login", json={"name": "desk", "password": PASSWORD})
        items = (await desk.get("/v1/incidents")).json()["items"]
        [found] = [item for item in items if item["scenario"] == "nobody_on_duty"]
        assert isinstance(found, dict)
        return found

    far = await gap()
    centre.clock.advance(hours=17)  # three hours before the last shift ends
    await plant.report()
    await plant.run()
    near = await gap()
    rung = await centre.notified_accounts()
    centre.clock.advance(hours=3, minutes=1)
    await plant.report()
    await plant.run()
    running = await gap()

    assert (far["state"], far["level"], far["next_step"]) == ("new", "minor", "review")
    assert far["responsible"]["kind"] == "desk"
    assert far["because"]["en"].startswith("Nobody is on duty from 11-24 16:00 (UTC+08:00)")
    assert (near["id"], near["level"]) == (far["id"], "major")
    assert rung == ["desk"]
    assert (running["level"], running["state"]) == ("critical", "new")
    assert "now" in running["because"]["en"]


async def test_a_gap_that_is_filled_closes_its_incident(plant: Plant) -> None:
    fill = text("""
        INSERT INTO shift (account, area, during, source)
        SELECT c.id, a.id, tstzrange('2026-11-24T08:00Z', '2026-11-26T08:00Z'), 'rule'
        FROM account c, area a WHERE c.name = 'head' AND a.code = :area
    """)
    await plant.execute(fill, area=EAST)
    plant.centre.clock.advance(minutes=1)
    await plant.report()
    outcomes = await plant.run()

    assert list(outcomes.values()) == [Outcome.END]
