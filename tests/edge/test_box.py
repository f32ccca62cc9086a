"""A complete node: recordings in, alerts and snapshots at the centre, every way to end."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from edge.config.loader import load_config
from edge.errors import CameraFailedError, DeliveryTimeoutError, OutboxBusyError, PortInUseError
from edge.outbox.outbox import Outbox
from edge.wiring import open_node
from pipeline.alert import Change, CloseReason
from pipeline.detection import Detections
from pipeline.errors import UnsupportedLabelsError
from pipeline.testing import ScriptedDetector
from pipeline.wire import CameraState, Health
from pipeline.wire import decode_message as read_message
from tests.brokers import RunningBroker, free_port, mosquitto
from tests.edge.evidence_server import EvidenceServer, evidence_server
from tests.edge.nodes import CENTRAL, EDGE_TOML, KEY, LOGINS, NODE, write_clip, write_edge_toml
from tests.edge.small_centre import SmallCentre, small_centre
from tests.messages import NOON, make_message
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CROWD = Detections(
    np.array([[0.2 + i * 0.08, 0.4, 0.05, 0.2] for i in range(6)], np.float32),
    np.full(6, 0.8, np.float32),
    ("person",) * 6,
)


def crowd_from_2_to_15_s(at: datetime) -> Detections:
    second = (at - START).total_seconds()
    return CROWD if 2 <= second < 15 else Detections.empty()


def always_crowd(_: datetime) -> Detections:
    return CROWD


SCRIPTED = ScriptedDetector(crowd_from_2_to_15_s, frozenset({"person"}))
CROWDED = ScriptedDetector(always_crowd, frozenset({"person"}))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("footage") / "clip.avi", frames=400)


@contextmanager
def broker_and_centre(
    tmp_path: Path,
) -> Iterator[tuple[RunningBroker, SmallCentre, EvidenceServer]]:
    folder = tmp_path / "broker"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        mosquitto(folder, LOGINS) as broker,
        small_centre(broker.port, CENTRAL, KEY) as centre,
        evidence_server() as server,
    ):
        yield broker, centre, server


def settings(folder: Path, footage: Path, broker: int, centre: int, **changes: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(footage, folder / "clip.avi")
    text = EDGE_TOML.replace("port = 1883", f"port = {broker}").replace(":8080", f":{centre}")
    text = text.replace("hold = 20", "hold = 5\nclear = 5").replace("metrics_port = 9464\n", "")
    for old, new in changes.items():
        assert re.search(rf"^{old} = .*$", text, re.MULTILINE), old
        text = re.sub(rf"^{old} = .*$", new, text, count=1, flags=re.MULTILINE)
    return write_edge_toml(folder, text)


def test_a_crowd_on_a_recording_arrives_with_its_snapshot(tmp_path: Path, clip: Path) -> None:
    with broker_and_centre(tmp_path) as (broker, centre, server):
        config = load_config(settings(tmp_path / "node", clip, broker.port, server.port))
        with open_node(config, SCRIPTED) as node:
            summary = node.run(deliver_within=timedelta(seconds=20))
            assert node.camera_error() is None
        centre.wait(lambda c: NODE.topic("up", "camera", "north-gate") in c.reports)

    opened, closed = centre.received
    assert (opened.change, closed.change) == (Change.OPENED, Change.CLOSED)
    assert opened.data.measures["people"] == 6
    assert 5 <= (opened.data.opened_at - START).total_seconds() <= 9
    assert closed.data.close_reason is CloseReason.CLEARED
    [picture] = opened.data.evidence
    assert list(server.stored) == [picture.sha256]
    assert closed.data.evidence == opened.data.evidence, "each message contains the whole state"
    assert closed.data.boxes == opened.data.boxes, "the boxes belong to the snapshot"
    assert (summary.frames, summary.alerts, summary.messages) == (200, 1, 2)
    assert (summary.receipted, summary.rejected, summary.evidence_uploaded) == (2, 0, 1)
    state = read_message(centre.reports[NODE.topic("up", "camera", "north-gate")], CameraState)
    assert state.state == "ended"


def test_two_runs_send_the_same_bytes_except_for_the_boot_id(tmp_path: Path, clip: Path) -> None:
    sent = []
    for run in ("one", "two"):
        with broker_and_centre(tmp_path) as (broker, centre, server):
            config = load_config(settings(tmp_path / run, clip, broker.port, server.port))
            with open_node(config, SCRIPTED) as node:
                node.run(deliver_within=timedelta(seconds=20))
            sent.append([p.replace(m.bootid.encode(), b"") for p, m in centre.pairs])

    assert len(sent[0]) == 2
    assert sent[0] == sent[1]


def test_without_a_network_everything_waits_for_the_next_run(tmp_path: Path, clip: Path) -> None:
    file = settings(tmp_path / "node", clip, free_port(), free_port())
    with (
        open_node(load_config(file), SCRIPTED) as node,
        pytest.raises(DeliveryTimeoutError, match="2 messages and 1 files"),
    ):
        node.run(deliver_within=timedelta(seconds=1))

    with broker_and_centre(tmp_path) as (broker, centre, server):
        nobody = ScriptedDetector(lambda _: Detections.empty(), frozenset({"person"}))
        file = settings(tmp_path / "node", clip, broker.port, server.port)
        with open_node(load_config(file), nobody) as node:
            summary = node.run(deliver_within=timedelta(seconds=20))

    assert [m.change for m in centre.received] == [Change.OPENED, Change.CLOSED]
    assert (summary.messages, summary.receipted, summary.evidence_uploaded) == (0, 2, 1)


def test_an_alert_open_at_a_crash_is_closed_by_the_next_run(tmp_path: Path, clip: Path) -> None:
    crashed = Outbox(tmp_path / "node" / "data", "crashed")
    crashed.put([make_message(7)], decided_at=NOON)
    crashed.close()

    with broker_and_centre(tmp_path) as (broker, centre, server):
        file = settings(tmp_path / "node", clip, broker.port, server.port)
        with open_node(load_config(file), SCRIPTED) as node:
            node.run(deliver_within=timedelta(seconds=20))

    mine = [m for m in centre.received if m.data.alert_id == make_message(7).data.alert_id]
    assert [m.change for m in mine] == [Change.OPENED, Change.CLOSED]
    assert mine[1].data.close_reason is CloseReason.NODE_RESTART
    assert mine[1].bootid != mine[0].bootid


def test_stopping_closes_open_alerts_and_reports_it(tmp_path: Path, clip: Path) -> None:
    stop = threading.Event()
    with broker_and_centre(tmp_path) as (broker, centre, server):
        forever = {"start_at": "loop = true", "pace": 'pace = "fast"'}
        file = settings(tmp_path / "node", clip, broker.port, server.port, **forever)
        with open_node(load_config(file), CROWDED, stop=stop) as node:
            runner = threading.Thread(target=node.run)
            runner.start()
            centre.wait(lambda c: len(c.received) >= 1)
            stop.set()
            runner.join(5)
            assert not runner.is_alive(), "the node stops within five seconds"
        centre.wait(lambda c: c.received[-1].change is Change.CLOSED)

    assert centre.received[-1].data.close_reason is CloseReason.NODE_RESTART


def test_a_truncated_recording_is_processed_and_reported(tmp_path: Path, clip: Path) -> None:
    with broker_and_centre(tmp_path) as (broker, centre, server):
        file = settings(tmp_path / "node", clip, broker.port, server.port)
        torn = tmp_path / "node" / "clip.avi"
        torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
        with open_node(load_config(file), SCRIPTED) as node:
            node.run(deliver_within=timedelta(seconds=20))
            camera_error = node.camera_error()

    assert isinstance(camera_error, CameraFailedError)
    assert str(camera_error).startswith("camera north-gate: is truncated")
    assert len(centre.received) == 2


def test_a_camera_that_fails_does_not_stop_the_others(tmp_path: Path, clip: Path) -> None:
    def fail_after_noon(at: datetime) -> Detections:
        if at >= START.replace(hour=12, second=12):
            raise RuntimeError("a fault of ours")
        return crowd_from_2_to_15_s(at.replace(hour=START.hour))

    detector = ScriptedDetector(fail_after_noon, frozenset({"person"}))
    with broker_and_centre(tmp_path) as (broker, centre, server):
        file = settings(tmp_path / "node", clip, broker.port, server.port)
        text = file.read_text()
        other = text[text.index("[[camera]]") :].replace("north-gate", "south-gate")
        file.write_text(text + other.replace("08:00", "12:00"))
        with open_node(load_config(file), detector) as node:
            node.run(deliver_within=timedelta(seconds=20))
            camera_error = node.camera_error()

    assert str(camera_error) == "camera south-gate: fault: RuntimeError"
    ends = {m.data.camera: m.data.close_reason for m in centre.received if m.data.closed_at}
    assert ends == {"north-gate": CloseReason.CLEARED, "south-gate": CloseReason.SOURCE_LOST}
    state = read_message(centre.reports[NODE.topic("up", "camera", "south-gate")], CameraState)
    assert (state.state, state.reason) == ("offline", "fault: RuntimeError")


def test_a_scenario_with_unknown_labels_prevents_the_start(tmp_path: Path, clip: Path) -> None:
    blind = ScriptedDetector(crowd_from_2_to_15_s, frozenset({"car"}))
    config = load_config(settings(tmp_path / "node", clip, free_port(), free_port()))

    with (
        pytest.raises(UnsupportedLabelsError, match="watches for person"),
        open_node(config, blind),
    ):
        pass


def test_a_data_folder_is_used_by_one_node_at_a_time(tmp_path: Path, clip: Path) -> None:
    config = load_config(settings(tmp_path / "node", clip, free_port(), free_port()))
    with (
        open_node(config, SCRIPTED),
        pytest.raises(OutboxBusyError, match="another node process uses it"),
        open_node(config, SCRIPTED),
    ):
        pass


def test_a_metrics_port_in_use_is_reported(tmp_path: Path, clip: Path) -> None:
    with evidence_server() as server:
        file = settings(
            tmp_path / "node", clip, free_port(), free_port(),
            data=f'data = "data"\nmetrics_port = {server.port}',
        )  # fmt: skip
        with (
            pytest.raises(PortInUseError, match="metrics_port"),
            open_node(load_config(file), SCRIPTED),
        ):
            pass


def test_health_contains_the_counters(tmp_path: Path, clip: Path) -> None:
    stop = threading.Event()
    topic = NODE.topic("up", "health")
    with broker_and_centre(tmp_path) as (broker, centre, server):
        config = load_config(settings(tmp_path / "node", clip, broker.port, server.port))
        with open_node(config, SCRIPTED, health_every=0.2, stop=stop) as node:
            runner = threading.Thread(target=node.run)
            runner.start()
            centre.wait(lambda c: b"published" in c.reports.get(topic, b""))
            stop.set()
            runner.join()

    health = read_message(centre.reports[topic], Health)
    assert health.counters["alerts.north-gate"] == 1
    assert health.counters["broker_connections"] == 1
    assert health.config_rev == 0
    assert health.disk_free_mb is not None
    assert health.clock is not None
    camera = health.cameras["north-gate"]
    assert camera.fps_in == camera.fps_inferred, "without a gate every frame is inferred"
    assert (camera.lag_s, camera.reconnects, camera.drill_overdue) == (None, 0, False)


def test_metrics_are_served(tmp_path: Path, clip: Path) -> None:
    port = free_port()
    file = settings(
        tmp_path / "node", clip, free_port(), free_port(),
        data=f'data = "data"\nmetrics_port = {port}',
    )  # fmt: skip
    stop = threading.Event()
    with open_node(load_config(file), SCRIPTED, health_every=0.2, stop=stop) as node:
        runner = threading.Thread(target=node.run)
        runner.start()
        wait_until(lambda: "camera_fps_in" in httpx.get(f"http://127.0.0.1:{port}/metrics").text)
        wait_until(lambda: "outbox_rows 2.0" in httpx.get(f"http://127.0.0.1:{port}/metrics").text)
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        stop.set()
        runner.join()

    assert 'gridwatch_edge_frames_total{camera="north-gate"}' in text
    assert "gridwatch_edge_upload_files 1.0" in text
    for name in (
        "outbox_oldest_seconds",
        "disk_free_megabytes",
        "clock_offset_seconds",
        "config_revision 0.0",
        'camera_last_frame_age_seconds{camera="north-gate"}',
        'camera_drill_overdue{camera="north-gate"} 0.0',
        'camera_unproven{camera="north-gate"} 0.0',
        'camera_moving_objects{camera="north-gate"}',
        'camera_blind{camera="north-gate"} 0.0',
        'camera_learning_zones{camera="north-gate"} 0.0',
    ):
        assert f"gridwatch_edge_{name}" in text
