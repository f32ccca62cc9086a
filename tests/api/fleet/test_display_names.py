"""Nodes, cameras and zones have display names; their keys stay what programs use."""

from pathlib import Path
from typing import Any

import pytest

from api.errors import InvalidImportFileError
from api.fleet.report_handler import ReportHandler
from api.imports.importer import import_file
from pipeline.wire import CameraNames, DesiredConfig, NodeNames, ReportedConfig
from tests.api.alerts import ALERT_NODE
from tests.api.signed_reports import camera_report, config_report, signed_report, status_report
from tests.api.town import Centre

GATE = CameraNames(title="北门", address="人民路 1 号", zones={"steps": "台阶"})
NAMES = NodeNames(title="派出所机房", address="中心街 12 号", cameras={"north-gate": GATE})


async def report_names(centre: Centre, names: NodeNames) -> None:
    config = DesiredConfig.of(1, {"camera": []}).config
    message = ReportedConfig(
        rev=0, sha256=None, seen_rev=0, outcome="success", config=config, names=names
    )
    await ReportHandler(centre.engine).handle(
        signed_report("config", message=message), now=centre.clock()
    )


async def import_cameras(centre: Centre, folder: Path, table: str) -> None:
    file = folder / "cameras.csv"
    file.write_text(table, "utf-8")
    async with centre.engine.begin() as connection:
        await import_file(connection, file, now=centre.clock())


async def get(centre: Centre, path: str) -> dict[str, Any]:
    payload: dict[str, Any] = (await (await centre.client_of("desk")).get(path)).json()
    return payload


async def camera_names(centre: Centre) -> tuple[str, str]:
    [camera] = (await get(centre, "/v1/cameras"))["items"]
    return camera["title"], camera["address"]


async def test_an_incident_shows_the_names_that_its_node_has_reported(centre: Centre) -> None:
    incident = await centre.raise_alert()
    before = await get(centre, f"/v1/incidents/{incident}")
    await report_names(centre, NAMES)
    after = await get(centre, f"/v1/incidents/{incident}")
    [listed] = (await get(centre, "/v1/incidents"))["items"]

    keys = {"node": str(ALERT_NODE), "camera": "north-gate", "zone": "steps", "address": ""}
    names = {"node": "派出所机房", "camera": "北门", "zone": "台阶", "address": "人民路 1 号"}
    assert (before["names"], after["names"], listed["names"]) == (keys, names, names)
    assert (after["camera"], after["zone"]) == ("north-gate", "steps")


async def test_the_fleet_shows_them_too(centre: Centre) -> None:
    for report in (status_report(), camera_report()):
        await ReportHandler(centre.engine).handle(report, now=centre.clock())
    unnamed = await camera_names(centre)
    await report_names(centre, NAMES)

    [node] = (await get(centre, "/v1/nodes"))["items"]
    assert (node["title"], node["address"]) == ("派出所机房", "中心街 12 号")
    assert (unnamed, await camera_names(centre)) == (("north-gate", ""), ("北门", "人民路 1 号"))


async def test_the_names_of_an_import_take_precedence_until_it_takes_them_back(
    centre: Centre, tmp_path: Path
) -> None:
    header, row = "node,camera,lon,lat,title,address\n", f"{ALERT_NODE},north-gate,104.005,30.605,"
    await import_cameras(centre, tmp_path, f"{header}{row}东门,新华路 3 号\n")
    await report_names(centre, NAMES)
    imported = await camera_names(centre)
    await import_cameras(centre, tmp_path, f"node,camera,lon,lat\n{row[:-1]}\n")
    kept = await camera_names(centre)
    await import_cameras(centre, tmp_path, f"{header}{row},\n")

    assert imported == kept == ("东门", "新华路 3 号")
    assert await camera_names(centre) == ("北门", "人民路 1 号")


async def test_a_node_of_the_version_before_takes_no_name_back(centre: Centre) -> None:
    await report_names(centre, NAMES)
    await ReportHandler(centre.engine).handle(config_report(1), now=centre.clock())

    assert await camera_names(centre) == ("北门", "人民路 1 号")


async def test_a_name_that_is_too_long_is_refused_with_its_line(
    centre: Centre, tmp_path: Path
) -> None:
    table = f"node,camera,lon,lat,title\n{ALERT_NODE},north-gate,,,{'门' * 101}\n"

    with pytest.raises(InvalidImportFileError, match="line 2, title"):
        await import_cameras(centre, tmp_path, table)
