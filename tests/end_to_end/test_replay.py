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
from gridwatch.workbench.loaded_models import LoadedModels
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


def find_assets() -> DemoAssets:
    try:
        return DemoAssets(
            ModelStore().best_available(allow_fetch=False), footage.find_clip("vtest")
        )
    except ModelError as error:
        require(condition=False, what=str(error))
        raise


def test_a_replay_gives_the_alerts_that_the_centre_receives(tmp_path: Path) -> None:
    assets = find_assets()
    with run_demo(tmp_path, assets, port=free_port(), once=True, on_push=lambda _: None) as demo:
        demo.edge.wait(400)
        received = sorted(alerts_at_centre(demo.url))
    caching = CachingDetector(detector.load_detector(assets.model, allow_fetch=False))
    edge_toml = tomllib.loads((tmp_path / "edge" / "edge.toml").read_text("utf-8"))
    replayed = sorted(
        comparable(alert, scenario["key"], camera)
        for camera in edge_toml["camera"]
        for scenario in camera["scenario"]
        for alert in replay_scenario(assets, caching, camera, scenario)
    )

    assert replayed == received
    assert replayed


def alerts_at_centre(url: str) -> Iterator[tuple[str, ...]]:
    """Yield the alerts of all incidents: times, level and message."""
    with httpx.Client(base_url=url, timeout=20) as http:
        http.post("/v1/login", json={"name": "OP-01", "password": PASSWORD}).raise_for_status()
        for row in http.get("/v1/incidents").raise_for_status().json()["items"]:
            incident = http.get(f"/v1/incidents/{row['id']}").raise_for_status().json()
            for alert in incident["alerts"]:
                yield (
                    rounded_time(alert["opened_at"]),
                    rounded_time(alert["closed_at"]),
                    alert["level"],
                    alert["because"]["en"],
                )


def replay_scenario(
    assets: DemoAssets, caching: Detector, camera: dict[str, Any], scenario: dict[str, Any]
) -> list[AlertSummary]:
    """Replay one scenario of a camera in the workbench."""
    scenario_settings = {
        key: value for key, value in scenario.items() if key not in {"key", "zones"}
    }
    zones = tuple(
        make_zone_or_line(zone["name"], [Point(*point) for point in zone["points"]])
        for zone in camera["zone"]
        if zone["name"] in scenario["zones"]
    )
    kind = catalogue.find(scenario["key"], catalogue.load())
    task = ReplayTask(
        scenario_type=kind, video=assets.clip, zones=zones, settings=scenario_settings
    )
    return summarise_alerts(replay(task, LoadedModels(main=caching)).alerts)


def comparable(alert: AlertSummary, key: str, camera: dict[str, Any]) -> tuple[str, ...]:
    start_at: datetime = camera["start_at"]
    assert alert.scenario == key
    opened, closed = (
        datetime.fromtimestamp(start_at.timestamp() + seconds, start_at.tzinfo)
        for seconds in (alert.opened_s, alert.closed_s)
    )
    return (
        rounded_time(opened.isoformat()),
        rounded_time(closed.isoformat()),
        alert.level,
        alert.because.en,
    )


def rounded_time(text: str) -> str:
    """Round to a tenth of a second, the interval of the frames."""
    at = datetime.fromisoformat(text).timestamp()
    return f"{at:.1f}"
