"""Grids cut anew: cameras and open incidents lie where the map shows them, and so do the calls."""

import asyncio
import json
from pathlib import Path

import pytest

from api.imports.importer import import_file
from api.incidents import store as incidents_store
from api.incidents.clocks import post, start_clock
from api.incidents.lifecycle import IncidentState
from api.incidents.store import StateChange
from api.incidents.work_orders.store import NewOrder, insert_orders
from pipeline.signal import Level
from tests.api.alerts import ALERT_NODE
from tests.api.databases import rows, scalar
from tests.api.town import EAST, GRID, IN_EAST, WEST, Centre, grids, square_outline

WEST_IS_ON_DUTY = f"""account,area,during_from,during_to
west-1,{WEST},2026-11-23T08:00Z,2026-11-23T20:00Z
"""


@pytest.fixture(autouse=True)
async def west_is_on_duty(centre: Centre, tmp_path: Path) -> None:
    await import_into(centre, tmp_path / "west.csv", WEST_IS_ON_DUTY)


def written(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


async def import_into(centre: Centre, file: Path, content: str | bytes) -> None:
    written(file, content)
    async with centre.engine.begin() as connection:
        await import_file(connection, file, now=centre.clock())


async def import_camera(
    centre: Centre, folder: Path, *, lon: float = 104.005, area: str = ""
) -> None:
    row = f"{ALERT_NODE},north-gate,{lon},30.605,{area}\n"
    await import_into(centre, folder / "cameras.csv", f"node,camera,lon,lat,area\n{row}")


async def swap_micro_grids(centre: Centre, folder: Path) -> None:
    """Let the two micro-grids change places."""
    document = json.loads(grids())
    outlines = {EAST: square_outline(103.99, 30.6), WEST: square_outline(104.0, 30.6)}
    for feature in document["features"]:
        if outline := outlines.get(feature["properties"]["code"]):
            feature["geometry"]["coordinates"] = outline
    await import_into(centre, folder / "anew.geojson", json.dumps(document))


async def areas_of(centre: Centre) -> tuple[object, object, object]:
    """Return the areas of the camera, of the incident and of its open order."""
    return (
        await scalar(centre.engine, "SELECT area_code FROM camera"),
        await scalar(centre.engine, "SELECT area_code FROM incident"),
        await scalar(centre.engine, "SELECT area_code FROM work_order WHERE is_open"),
    )


async def test_page_and_notifications_agree_after_the_grids_are_cut_anew(
    centre: Centre, tmp_path: Path
) -> None:
    await import_camera(centre, tmp_path)
    await swap_micro_grids(centre, tmp_path)
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    desk = await centre.client_of("desk")
    point = {"lon": IN_EAST.lon, "lat": IN_EAST.lat}
    duty = (await desk.get("/v1/duty", params=point)).json()

    assert await areas_of(centre) == (WEST, WEST, WEST)
    assert await centre.notified_accounts() == ["west-1"]
    assert [worker["account"] for worker in duty["on_duty"] if worker["step"] == 1] == ["west-1"]


async def test_an_order_without_an_answer_goes_to_those_on_duty_in_the_new_area(
    centre: Centre, tmp_path: Path
) -> None:
    await import_camera(centre, tmp_path)
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    centre.clock.advance(seconds=10)
    await swap_micro_grids(centre, tmp_path)
    await centre.clock_engine.process_due()

    assert await areas_of(centre) == (WEST, WEST, WEST)
    assert await centre.notified_accounts() == ["west-1"]
    order = "SELECT step, responsible_kind, responsible_area FROM work_order"
    assert await rows(centre.engine, order) == [(1, "post", WEST)]
    desk = await centre.client_of("desk")
    history = (await desk.get(f"/v1/incidents/{incident}")).json()["history"]
    assert [entry["action"] for entry in history][-2:] == ["area_changed", "escalate"]


async def test_a_worker_who_has_accepted_keeps_the_order(centre: Centre, tmp_path: Path) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    worker = await centre.client_of("east-1")
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    accepted = await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})
    assert accepted.status_code == 200
    await swap_micro_grids(centre, tmp_path)

    assert await centre.clock_engine.process_due() == 0
    query = """
        SELECT w.state, w.area_code, w.responsible_kind, c.name
        FROM work_order w JOIN account c ON c.id = w.responsible_account
    """
    assert await rows(centre.engine, query) == [("accepted", WEST, "person", "east-1")]


async def test_an_incident_that_waits_for_somebody_is_tried_at_once_in_its_new_area(
    centre: Centre, tmp_path: Path
) -> None:
    await import_into(
        centre,
        tmp_path / "away.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"code": code, "name": code},
                        "geometry": {"type": "Polygon", "coordinates": square_outline(lon, 30.6)},
                    }
                    for code, lon in ((EAST, 105.0), ("510108", 104.0))
                ],
            }
        ),
    )
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    desk = await centre.client_of("desk-elsewhere")
    [waiting] = (await desk.get("/v1/incidents")).json()["items"]
    assert (waiting["state"], waiting["nobody_on_duty"]) == ("filed", True)

    await import_into(centre, tmp_path / "back.geojson", grids())
    await centre.clock_engine.process_due()

    desk = await centre.client_of("desk")
    [dispatched] = (await desk.get("/v1/incidents")).json()["items"]
    assert (dispatched["state"], dispatched["nobody_on_duty"]) == ("dispatched", False)
    assert (await centre.notified_accounts())[-2:] == ["east-1", "east-2"]


async def test_an_order_that_is_created_during_the_import_moves_with_its_incident(
    centre: Centre, tmp_path: Path
) -> None:
    await import_camera(centre, tmp_path)
    incident = await centre.raise_alert()
    async with centre.engine.begin() as dispatching:
        await incidents_store.lock_incident(dispatching, incident)
        importing = asyncio.create_task(swap_micro_grids(centre, tmp_path))
        await until_somebody_waits(centre)
        clock = start_clock(IncidentState.DISPATCHED, Level.MAJOR, post(EAST), now=centre.clock())
        order = NewOrder(incident=incident, area=EAST, escalation_level=1, clock=clock)
        await insert_orders(dispatching, [order], now=centre.clock())
        change = StateChange(incident=incident, state=IncidentState.DISPATCHED, clock=clock)
        await incidents_store.set_states(dispatching, [change], at=centre.clock())
    await importing
    await centre.clock_engine.process_due()

    assert await areas_of(centre) == (WEST, WEST, WEST)
    assert await centre.notified_accounts() == ["west-1"]


async def until_somebody_waits(centre: Centre) -> None:
    """Return once a transaction waits for a lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(10):
        while True:
            if await scalar(centre.engine, waiting):
                return


async def test_a_closed_incident_keeps_its_area(centre: Centre, tmp_path: Path) -> None:
    incident = await centre.raise_alert()
    desk = await centre.client_of("desk")
    version = (await desk.get(f"/v1/incidents/{incident}")).json()["version"]
    reason = {"version": version, "reason": "a film is shot there"}
    assert (await desk.post(f"/v1/incidents/{incident}/reject", json=reason)).status_code == 200
    await swap_micro_grids(centre, tmp_path)

    assert await scalar(centre.engine, "SELECT area_code FROM incident") == EAST


async def test_a_stated_area_stays_when_the_grids_are_cut_anew(
    centre: Centre, tmp_path: Path
) -> None:
    await import_camera(centre, tmp_path, area=GRID)
    await centre.raise_alert()
    await swap_micro_grids(centre, tmp_path)
    assert (await areas_of(centre))[:2] == (GRID, GRID)

    await import_camera(centre, tmp_path)
    assert (await areas_of(centre))[:2] == (WEST, WEST)


async def test_a_camera_that_is_placed_elsewhere_takes_its_open_incident_along(
    centre: Centre, tmp_path: Path
) -> None:
    await import_camera(centre, tmp_path)
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    await import_camera(centre, tmp_path, lon=103.995)
    await centre.clock_engine.process_due()

    assert await areas_of(centre) == (WEST, WEST, WEST)
    assert await centre.notified_accounts() == ["west-1"]


async def test_both_areas_are_shown_the_move(centre: Centre, tmp_path: Path) -> None:
    await import_camera(centre, tmp_path)
    await centre.raise_alert()
    events = "SELECT topic, area_code FROM event_log ORDER BY seq"
    before = len(await rows(centre.engine, events))
    await swap_micro_grids(centre, tmp_path)

    assert sorted((await rows(centre.engine, events))[before:]) == [
        ("camera", WEST),
        ("incident", EAST),
        ("incident", WEST),
    ]


async def test_importing_the_same_areas_again_moves_nothing(centre: Centre, tmp_path: Path) -> None:
    await import_camera(centre, tmp_path)
    await centre.raise_alert()
    await import_into(centre, tmp_path / "grids.geojson", grids())

    changed = "SELECT count(*) FROM audit_log WHERE action = 'area_changed'"
    assert await scalar(centre.engine, changed) == 0
