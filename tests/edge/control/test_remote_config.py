"""Configurations of the centre over real brokers: applied as a whole, camera by camera."""

import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.camera_supervisor import CameraSupervisor
from edge.config.loader import ResolvedConfig, load_config
from edge.control.remote_config import RemoteConfig
from edge.engine.model_switch import ModelSwitch
from edge.engine.shared_engine import SharedEngine
from edge.health.counters import Counters
from models import detector as detectors
from models.errors import ModelError
from pipeline.alert import CloseReason
from pipeline.ports import Detector
from pipeline.wire import DesiredConfig, ReportedConfig, encode_message
from pipeline.wire import decode_message as read_message
from tests.brokers import RunningBroker, free_port
from tests.edge.control.running_node import (
    CROWD_DETECTOR,
    clip,
    count,
    frames,
    has_answered,
    processes_more_frames,
    report,
    running_node,
    state_of,
    two_cameras,
)
from tests.edge.nodes import CENTRAL, KEY, NODE
from tests.edge.small_centre import SmallCentre, small_centre
from tests.messages import NOON
from tests.requirements import require
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

__all__ = ["clip"]
NORTH, SOUTH = {"name": "north-gate"}, {"name": "south-gate"}
HIGH_THRESHOLD = {"scenario": [{"key": "crowd_gathering", "zones": ["steps"], "people": 50}]}


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
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
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
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
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
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
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
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
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
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        centre.send_config(NODE, desired(5, SOUTH))
        centre.wait(has_answered(5))
    broker.kill()
    with running_node(file):
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
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        centre.send_config(NODE, desired(1, SOUTH))
        centre.wait(has_answered(1))
    file.write_text(file.read_text().replace("south-gate", "west-gate"))
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        centre.wait(lambda c: (r := report(c)) is not None and r.outcome == "failure")
        centre.wait(lambda c: frames(c, "west-gate") > 0)
        reported = report(centre)

    assert reported is not None
    assert reported.rev == 0
    assert "camera[south-gate].source" in {refusal.key for refusal in reported.refused}


def test_the_centre_changes_the_model_and_takes_it_back(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    try:
        detectors.load_detector("deimv2-atto", allow_fetch=False)
    except ModelError as error:
        require(condition=False, what=str(error))
    file = two_cameras(tmp_path / "box", clip, broker.port)

    def with_model(rev: int, **model: str) -> DesiredConfig:
        return DesiredConfig.of(rev, {"model": model, "camera": [NORTH, SOUTH]})

    def models_of_alerts(centre: SmallCentre) -> set[str]:
        return {m.data.model.name for m in centre.received if m.data.model}

    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        centre.wait(lambda c: {m.data.camera for m in c.received} == {"north-gate", "south-gate"})
        first = models_of_alerts(centre)
        centre.send_config(NODE, with_model(1, name="deimv2-attto"))
        centre.wait(has_answered(1))
        unknown = report(centre)
        centre.send_config(NODE, with_model(2, name="deimv2-atto"))
        centre.wait(has_answered(2))
        changed = report(centre)
        centre.wait(processes_more_frames(centre, "north-gate"))
        centre.send_config(NODE, with_model(3))
        centre.wait(has_answered(3))
        taken_back = report(centre)
        centre.wait(processes_more_frames(centre, "north-gate"))

    assert unknown is not None
    assert changed is not None
    assert taken_back is not None
    assert (unknown.rev, [refusal.key for refusal in unknown.refused]) == (0, ["model"])
    assert (changed.rev, changed.outcome, changed.refused) == (2, "success", ())
    assert msgspec.json.decode(changed.config)["model"]["name"] == "deimv2-atto"
    assert msgspec.json.decode(taken_back.config)["model"]["name"] == "deimv2-femto"
    assert models_of_alerts(centre) == first, "the real models see nobody in this clip"


def test_an_internal_error_refuses_the_revision_and_the_thread_goes_on(
    tmp_path: Path, clip: Path
) -> None:
    config = load_config(two_cameras(tmp_path / "box", clip, free_port()))
    config.data_folder.mkdir()
    reports: list[ReportedConfig] = []

    def fail(_: ResolvedConfig) -> Detector:
        raise ZeroDivisionError

    def broken(rev: int) -> DesiredConfig:
        return DesiredConfig.of(rev, {"model": {"name": "yolox-nano"}, "camera": [SOUTH]})

    engine = SharedEngine(CROWD_DETECTOR, clock=lambda: 0.0)

    inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    remote_config = RemoteConfig(
        config,
        inbox=inbox,
        cameras=CameraSupervisor(
            report_state=lambda *_: None, now=lambda: NOON, stop_node=threading.Event()
        ),
        counters=Counters(),
        model=ModelSwitch(engine, config, fail),
        make=lambda *_: pytest.fail("nothing changes"),
        send_report=lambda payload: reports.append(read_message(payload, ReportedConfig)),
    )
    stop = threading.Event()
    thread = threading.Thread(target=remote_config.run, args=(stop,))
    thread.start()
    inbox.put(encode_message(broken(1)))
    inbox.put(b"nonsense")
    inbox.put(encode_message(broken(2)))
    wait_until(lambda: len(reports) == 3)
    stop.set()
    remote_config.wake()
    thread.join(5)

    assert [reported.outcome for reported in reports] == ["success", "failure", "failure"]
    assert [refusal.reason for refusal in reports[2].refused] == [
        "internal error: ZeroDivisionError"
    ]
