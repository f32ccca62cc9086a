"""The same recording in the workbench, and through node, broker and centre."""

import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gridwatch.benchmarks.edge.measured_camera import CachingDetector
from gridwatch.demo.town import PASSWORD
from gridwatch.demo.wiring import DemoAssets, run_demo
from gridwatch.workbench.replay.alert_summary import AlertSummary, summarise_alerts
from gridwatch.workbench.replay.replay import ReplayTask, replay
from models import detector
from models.catalogue import footage
from models.catalogue.store import ModelStore
from models.errors import ModelError
from pipeline.geometry.shapes import Point, make_zone_or_line
from pipeline.ports import Detector
from scenarios import catalogue
from tests.brokers import free_port
from tests.requirements import require

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def the_material() -> DemoAssets:
    try:
        return DemoAssets(
            ModelStore().best_available(allow_fetch=False), footage.find_clip("vtest")
        )
    except ModelError as error:
        require(condition=False, what=str(error))
        raise


def test_a_replay_gives_the_alerts_that_the_centre_receives(tmp_path: Path) -> None:
    material = the_material()
    with run_demo(tmp_path, material, port=free_port(), once=True, on_push=lambda _: None) as demo:
        demo.edge.wait(400)
        heard = sorted(at_the_centre(demo.url))
    looking = CachingDetector(detector.load_detector(material.model, allow_fetch=False))
    box = tomllib.loads((tmp_path / "edge" / "edge.toml").read_text("utf-8"))
    said = sorted(
        gist(one, scenario["key"], camera)
        for camera in box["camera"]
        for scenario in camera["scenario"]
        for one in replayed(material, looking, camera, scenario)
    )

    assert said == heard
    assert said


def at_the_centre(url: str) -> Iterator[tuple[str, ...]]:
    """All alerts of all incidents: when, how bad, and why."""
    with httpx.Client(base_url=url, timeout=20) as http:
        http.post("/v1/login", json={"name": "OP-01", "password": PASSWORD}).raise_for_status()
        for row in http.get("/v1/incidents").raise_for_status().json()["items"]:
            incident = http.get(f"/v1/incidents/{row['id']}").raise_for_status().json()
            for alert in incident["alerts"]:
                yield (
                    moment(alert["opened_at"]),
                    moment(alert["closed_at"]),
                    alert["level"],
                    alert["because"]["en"],
                )


def replayed(
    material: DemoAssets, looking: Detector, camera: dict[str, Any], scenario: dict[str, Any]
) -> list[AlertSummary]:
    """One scenario of a camera, in the workbench."""
    own = {key: value for key, value in scenario.items() if key not in {"key", "zones"}}
    zones = tuple(
        make_zone_or_line(zone["name"], [Point(*point) for point in zone["points"]])
        for zone in camera["zone"]
        if zone["name"] in scenario["zones"]
    )
    kind = catalogue.find(scenario["key"], catalogue.load())
    task = ReplayTask(scenario_type=kind, video=material.clip, zones=zones, settings=own)
    return summarise_alerts(replay(task, looking).alerts)


def gist(one: AlertSummary, key: str, camera: dict[str, Any]) -> tuple[str, ...]:
    begin: datetime = camera["start_at"]
    assert one.scenario == key
    opened, closed = (
        datetime.fromtimestamp(begin.timestamp() + seconds, begin.tzinfo)
        for seconds in (one.opened_s, one.closed_s)
    )
    return (moment(opened.isoformat()), moment(closed.isoformat()), one.level, one.because.en)


def moment(text: str) -> str:
    """To a tenth of a second, which is how pictures lie apart."""
    at = datetime.fromisoformat(text).timestamp()
    return f"{at:.1f}"
