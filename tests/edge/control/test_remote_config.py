"""Configurations of the centre over real brokers: applied as a whole, camera by camera."""

import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.camera_supervisor import CameraSupervisor
from edge.config.plan import Plan, read_plan
from edge.control.remote_config import RemoteConfig
from edge.health.counters import Counters
from edge.wiring import open_node
from pipeline.alert import CloseReason
from pipeline.testing import ScriptedDetector
from pipeline.wire import CameraState, DesiredConfig, Health, ReportedConfig, encode_message
from pipeline.wire import decode_message as read_message
from tests.brokers import RunningBroker, free_port
from tests.edge.evidence_server import EvidenceServer, evidence_server
from tests.edge.nodes import CENTRAL, KEY, NODE, write_clip
from tests.edge.small_centre import SmallCentre, small_centre
from tests.edge.test_box import always_crowd, settings
from tests.messages import NOON
from tests.waiting import until

CROWD_DETECTOR = ScriptedDetector(always_crowd, frozenset({"person"}))
REPORT, HEALTH = NODE.topic("up", "config"), NODE.topic("up", "health")
NORTH, SOUTH = {"name": "north-gate"}, {"name": "south-gate"}
HIGH_THRESHOLD = {"scenario": [{"key": "crowd_gathering", "zones": ["steps"], "people": 50}]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("footage") / "clip.avi", frames=100)


def two_cameras(folder: Path, clip: Path, broker: int) -> Path:
    """Write an edge.toml with two recordings played live in a loop."""
    forever = {"start_at": "loop = true", "pace": 'pace = "live"'}
    file = settings(folder, clip, broker, free_port(), hold="hold = 1", **forever)
    text = file.read_text()
    file.write_text(text + text[text.index("[[camera]]") :].replace("north-gate", "south-gate"))
    return file


@contextmanager
def running(file: Path) -> Iterator[EvidenceServer]:
    """Run a node with an evidence server, so that it does not wait for uploads when it stops."""
    stop = threading.Event()
    with evidence_server() as server:
        url = f'url = "http://127.0.0.1:{server.port}"'
        file.write_text(re.sub(r"^url = .*$", url, file.read_text(), flags=re.MULTILINE))
        with run_node(file, stop):
            yield server


@contextmanager
def run_node(file: Path, stop: threading.Event) -> Iterator[None]:
    with open_node(read_plan(file), CROWD_DETECTOR, health_every=0.2, stop=stop) as node:
        thread = threading.Thread(target=node.run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()


def report(centre: SmallCentre) -> ReportedConfig | None:
    payload = centre.reports.get(REPORT)
    return read_message(payload, ReportedConfig) if payload else None


def has_answered(rev: int) -> Callable[[SmallCentre], bool]:
    def is_answered(centre: SmallCentre) -> bool:
        reported = report(centre)
        return reported is not None and reported.seen_rev == rev

    return is_answered


def state_of(centre: SmallCentre, camera: str) -> CameraState | None:
    payload = centre.reports.get(NODE.topic("up", "camera", camera))
    return read_message(payload, CameraState) if payload else None


def count(centre: SmallCentre, name: str) -> float:
    payload = centre.reports.get(HEALTH)
    return read_message(payload, Health).counters.get(name, 0) if payload else 0


def frames(centre: SmallCentre, camera: str) -> float:
    return count(centre, f"frames.{camera}")


def processes_more_frames(centre: SmallCentre, camera: str) -> Callable[[SmallCentre], bool]:
    """Return a check whether more frames of a camera are processed than now."""
    seen = frames(centre, camera)
    return lambda c: frames(c, camera) > seen + 3


def desired(rev: int, *cameras: Mapping[str, Any]) -> DesiredConfig:
    return DesiredConfig.of(rev, {"camera": cameras})


def tables(centre: SmallCentre) -> dict[str, Any]:
    reported = report(centre)
    assert reported is not None
    return {camera["name"]: camera for camera in msgspec.json.decode(reported.config)["camera"]}


def test_changing_one_camera_does_not_restart_the_other(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: {m.data.camera for m in c.received} == {"north-gate", "south-gate"})
        centre.wait(lambda c: state_of(c, "south-gate") is not None)
        before = state_of(centre, "south-gate")
        centre.send_config(NODE, desired(1, {**NORTH, **HIGH_THRESHOLD}, SOUTH))
        centre.wait(has_answered(1))
        centre.wait(processes_more_frames(centre, "south-gate"))
        reported, after = report(centre), state_of(centre, "south-gate")
        closed = {m.data.camera: m.data.close_reason for m in centre.received if m.data.closed_at}

    assert reported is not None
    assert (reported.rev, reported.outcome, reported.refused) == (1, "success", ())
    assert tables(centre)["north-gate"]["scenario"][0]["people"] == 50
    assert closed == {"north-gate": CloseReason.RECONFIGURED}
    assert after == before, "it was not restarted"


def test_an_invalid_revision_changes_nothing_and_reports_why(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        centre.send_config(NODE, desired(3, {**NORTH, "zoen": []}, {**SOUTH, "stall_after": 0}))
        centre.wait(has_answered(3))
        reported = report(centre)
        for camera in ("north-gate", "south-gate"):
            centre.wait(processes_more_frames(centre, camera))
        closed = [m for m in centre.received if m.data.closed_at]

    assert reported is not None
    assert (reported.rev, reported.outcome) == (0, "failure")
    assert [refusal.key for refusal in reported.refused] == ["camera[north-gate].zoen"]
    assert closed == []


def test_a_camera_is_removed_and_one_disabled(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: {m.data.camera for m in c.received} == {"north-gate", "south-gate"})
        centre.send_config(NODE, desired(1, SOUTH))
        centre.wait(has_answered(1))
        removed = state_of(centre, "north-gate")
        centre.send_config(NODE, desired(2, NORTH, {**SOUTH, "enabled": False}))
        centre.wait(has_answered(2))
        disabled = state_of(centre, "south-gate")
        centre.wait(processes_more_frames(centre, "north-gate"))

    assert removed is not None
    assert (removed.state, removed.reason) == ("disabled", "removed by the centre")
    assert disabled is not None
    assert (disabled.state, disabled.reason) == ("disabled", "disabled by the centre")


def test_a_configuration_with_an_invalid_signature_is_counted(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        centre.key = bytes(32)
        centre.send_config(NODE, desired(1, SOUTH))
        centre.wait(lambda c: count(c, "configs_forged") == 1)
        reported = report(centre)

    assert reported is not None
    assert (reported.rev, reported.seen_rev) == (0, 0)


def test_an_applied_revision_survives_a_restart_and_an_older_one_is_refused(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.send_config(NODE, desired(5, SOUTH))
        centre.wait(has_answered(5))
    broker.kill()
    with running(file):
        broker.start_again()
        with small_centre(broker.port, CENTRAL, KEY) as centre:
            centre.wait(has_answered(5))
            stored = tables(centre)
            centre.send_config(NODE, desired(4, NORTH, SOUTH))
            centre.wait(has_answered(4))
            reported = report(centre)

    assert list(stored) == ["south-gate"]
    assert reported is not None
    assert (reported.rev, reported.outcome) == (5, "failure")
    assert [refusal.reason for refusal in reported.refused] == [
        "4 is older than revision 5, which is applied"
    ]


def test_a_stored_revision_that_no_longer_fits_the_file_is_refused(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.send_config(NODE, desired(1, SOUTH))
        centre.wait(has_answered(1))
    file.write_text(file.read_text().replace("south-gate", "west-gate"))
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: (r := report(c)) is not None and r.outcome == "failure")
        centre.wait(lambda c: frames(c, "west-gate") > 0)
        reported = report(centre)

    assert reported is not None
    assert reported.rev == 0
    assert "camera[south-gate].source" in {refusal.key for refusal in reported.refused}


def test_an_internal_error_refuses_the_revision_and_the_thread_goes_on(
    tmp_path: Path, clip: Path
) -> None:
    plan = read_plan(two_cameras(tmp_path / "box", clip, free_port()))
    plan.data_folder.mkdir()
    reports: list[ReportedConfig] = []

    def fail(_: Plan) -> None:
        raise ZeroDivisionError

    inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    remote_config = RemoteConfig(
        plan,
        inbox=inbox,
        cameras=CameraSupervisor(
            report_state=lambda *_: None, now=lambda: NOON, stop_node=threading.Event()
        ),
        counters=Counters(),
        check=fail,
        make=lambda *_: pytest.fail("nothing changes"),
        send_report=lambda payload: reports.append(read_message(payload, ReportedConfig)),
    )
    stop = threading.Event()
    thread = threading.Thread(target=remote_config.run, args=(stop,))
    thread.start()
    inbox.put(encode_message(desired(1, SOUTH)))
    inbox.put(b"nonsense")
    inbox.put(encode_message(desired(2, SOUTH)))
    until(lambda: len(reports) == 3)
    stop.set()
    remote_config.wake()
    thread.join(5)

    assert [reported.outcome for reported in reports] == ["success", "failure", "failure"]
    assert [refusal.reason for refusal in reports[2].refused] == [
        "internal error: ZeroDivisionError"
    ]
