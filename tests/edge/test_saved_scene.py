"""A node that restarts continues with the scene it knew; real footage, real node, real model."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.config.loader import load_config
from edge.errors import DeliveryTimeoutError
from edge.scene_file import SCENES
from edge.wiring import open_node
from gridwatch.workbench.footage_composer import compose_footage, write_video
from models.detector import load_detector
from pipeline.alert import Change
from pipeline.geometry.shapes import Box, Point
from pipeline.wire import AlertMessage, decode_alert
from scenarios.testing.image_edits import CameraShift, Edit, PlacedObject
from tests.brokers import free_port
from tests.edge.nodes import EDGE_TOML, footage_path, installed_model, write_edge_toml
from tests.faults.programs import run_program

MORNING, FIVE_MINUTES_LATER = "2026-03-01T08:00:00Z", "2026-03-01T08:05:00Z"
BAG = PlacedObject(box=Box(0.7, 0.6, 0.06, 0.05), cut_from=Box(0.09, 0.867, 0.116, 0.044))
SCENARIO = """\
[[camera.scenario]]
key = "object_left"
hold = 15
"""

pytestmark = pytest.mark.slow


def run_node(
    folder: Path, edits: Sequence[Edit], *, seconds: float, start_at: str
) -> tuple[list[AlertMessage], list[str]]:
    """Run a node on a part of vtest.avi with edits.

    Returns:
        The alerts that it opened, and the events that it logged about its saved scene.
    """
    frames = compose_footage(footage_path(), edits, duration=timedelta(seconds=seconds))
    write_video(frames, folder / "clip.avi")
    config = load_config(write_node_config(folder, start_at))
    with (
        capture_logs() as logs,
        open_node(config, load_detector(installed_model())) as node,
        suppress(DeliveryTimeoutError),
    ):
        boot = node.outbox.boot_id
        node.run(deliver_within=timedelta())
    events = [
        f"{line['event']} {line.get('outcome', '')}".strip()
        for line in logs
        if "saved_scene" in str(line["event"])
    ]
    with open_node(config, load_detector(installed_model())) as node:
        rows = node.outbox.next_rows(limit=100)
        messages = [decode_alert(row.payload) for row in rows if row.boot_id == boot]
    return [message for message in messages if message.change is Change.OPENED], events


def write_node_config(folder: Path, start_at: str) -> Path:
    text = EDGE_TOML.partition("[[camera.zone]]")[0] + SCENARIO
    for key, value in {
        "start_at": start_at,
        "gate": "true",
        "port": str(free_port()),
        "metrics_port": str(free_port()),
    }.items():
        text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    text = text.replace('name = "deimv2-femto"', f'name = "{installed_model()}"')
    return write_edge_toml(folder, text)


def test_a_bag_that_lies_there_after_a_restart_is_told_once(tmp_path: Path) -> None:
    before, _ = run_node(tmp_path, [], seconds=10, start_at=MORNING)
    after, events = run_node(tmp_path, [BAG], seconds=30, start_at=FIVE_MINUTES_LATER)

    assert before == []
    assert events == ["saved_scene restored"]
    [alert] = after
    [box] = alert.data.boxes
    assert (box.x + box.w / 2, box.y + box.h / 2) == pytest.approx(BAG.box.centre, abs=0.02)


def test_a_bag_that_lies_there_after_a_kill_is_told_once(tmp_path: Path) -> None:
    shutil.copy(footage_path(), tmp_path / "clip.avi")
    config = write_node_config(tmp_path, MORNING)
    with run_program(["-m", "gridwatch", "edge", "run", str(config)], tmp_path / "log") as node:
        saved = tmp_path / "data" / SCENES / "north-gate.scene"
        while not saved.exists():
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"ended with {node.wait(0.1)} before it saved a scene: {node.output}")
        node.kill()

    after, events = run_node(tmp_path, [BAG], seconds=30, start_at=FIVE_MINUTES_LATER)

    assert events == ["saved_scene restored"]
    assert [alert.data.scenario for alert in after] == ["object_left"]


def test_without_a_saved_scene_the_bag_belongs_to_it(tmp_path: Path) -> None:
    assert run_node(tmp_path, [BAG], seconds=30, start_at=MORNING) == ([], [])


def test_a_damaged_scene_is_ignored_and_logged(tmp_path: Path) -> None:
    run_node(tmp_path, [], seconds=10, start_at=MORNING)
    [file] = (tmp_path / "data" / SCENES).iterdir()
    file.write_bytes(file.read_bytes()[:-100])

    alerts, events = run_node(tmp_path, [], seconds=10, start_at=FIVE_MINUTES_LATER)

    assert (alerts, events) == ([], ["saved_scene_ignored"])


def test_the_scene_of_another_view_is_not_used(tmp_path: Path) -> None:
    run_node(tmp_path, [], seconds=10, start_at=MORNING)
    turned = CameraShift(by=Point(0.2, 0.1))

    alerts, events = run_node(tmp_path, [turned], seconds=20, start_at=FIVE_MINUTES_LATER)

    assert (alerts, events) == ([], ["saved_scene other_view"])


def test_a_recording_that_is_played_again_does_not_know_its_own_end(tmp_path: Path) -> None:
    run_node(tmp_path, [], seconds=10, start_at=MORNING)

    assert run_node(tmp_path, [], seconds=10, start_at=MORNING) == ([], ["saved_scene replayed"])
