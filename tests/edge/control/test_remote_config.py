"""A box obeys the centre: camera by camera, whole or not at all, over real brokers."""

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

CROWDED = ScriptedDetector(always_crowd, frozenset({"person"}))
REPORT, HEALTH = NODE.topic("up", "config"), NODE.topic("up", "health")
NORTH, SOUTH = {"name": "north-gate"}, {"name": "south-gate"}
DULL = {"scenario": [{"key": "crowd_gathering", "zones": ["steps"], "people": 50}]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("footage") / "clip.avi", frames=100)


def two_cameras(folder: Path, clip: Path, broker: int) -> Path:
    """Write an edge.toml with two recordings that are played live, over and over."""
    forever = {"start_at": "loop = true", "pace": 'pace = "live"'}
    file = settings(folder, clip, broker, free_port(), hold="hold = 1", **forever)
    text = file.read_text()
    file.write_text(text + text[text.index("[[camera]]") :].replace("north-gate", "south-gate"))
    return file


@contextmanager
def running(file: Path) -> Iterator[EvidenceServer]:
    """Run a box beside a shelf for its pictures, so that it need not wait for them at its end."""
    stop = threading.Event()
    with evidence_server() as shelf:
        url = f'url = "http://127.0.0.1:{shelf.port}"'
        file.write_text(re.sub(r"^url = .*$", url, file.read_text(), flags=re.MULTILINE))
        with ran(file, stop):
            yield shelf


@contextmanager
def ran(file: Path, stop: threading.Event) -> Iterator[None]:
    with open_node(read_plan(file), CROWDED, health_every=0.2, stop=stop) as node:
        thread = threading.Thread(target=node.run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()


def report(centre: SmallCentre) -> ReportedConfig | None:
    told = centre.reports.get(REPORT)
    return read_message(told, ReportedConfig) if told else None


def answered(rev: int) -> Callable[[SmallCentre], bool]:
    def is_answered(centre: SmallCentre) -> bool:
        told = report(centre)
        return told is not None and told.seen_rev == rev

    return is_answered


def state_of(centre: SmallCentre, camera: str) -> CameraState | None:
    told = centre.reports.get(NODE.topic("up", "camera", camera))
    return read_message(told, CameraState) if told else None


def count(centre: SmallCentre, name: str) -> float:
    told = centre.reports.get(HEALTH)
    return read_message(told, Health).counters.get(name, 0) if told else 0


def frames(centre: SmallCentre, camera: str) -> float:
    return count(centre, f"frames.{camera}")


def goes_on(centre: SmallCentre, camera: str) -> Callable[[SmallCentre], bool]:
    """Tell whether more of a camera's pictures are looked at than until now."""
    seen = frames(centre, camera)
    return lambda c: frames(c, camera) > seen + 3


def wanted(rev: int, *cameras: Mapping[str, Any]) -> DesiredConfig:
    return DesiredConfig.of(rev, {"camera": cameras})


def tables(centre: SmallCentre) -> dict[str, Any]:
    told = report(centre)
    assert told is not None
    return {each["name"]: each for each in msgspec.json.decode(told.config)["camera"]}


def test_a_change_of_one_camera_leaves_the_other_alone(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: {m.data.camera for m in c.received} == {"north-gate", "south-gate"})
        centre.wait(lambda c: state_of(c, "south-gate") is not None)
        before = state_of(centre, "south-gate")
        centre.send_config(NODE, wanted(1, {**NORTH, **DULL}, SOUTH))
        centre.wait(answered(1))
        centre.wait(goes_on(centre, "south-gate"))
        told, after = report(centre), state_of(centre, "south-gate")
        ends = {m.data.camera: m.data.close_reason for m in centre.received if m.data.closed_at}

    assert told is not None
    assert (told.rev, told.outcome, told.refused) == (1, "success", ())
    assert tables(centre)["north-gate"]["scenario"][0]["people"] == 50
    assert ends == {"north-gate": CloseReason.RECONFIGURED}
    assert after == before, "it was not begun anew"


def test_a_bad_revision_leaves_all_as_it_was_and_says_why(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        centre.send_config(NODE, wanted(3, {**NORTH, "zoen": []}, {**SOUTH, "stall_after": 0}))
        centre.wait(answered(3))
        told = report(centre)
        for camera in ("north-gate", "south-gate"):
            centre.wait(goes_on(centre, camera))
        ends = [m for m in centre.received if m.data.closed_at]

    assert told is not None
    assert (told.rev, told.outcome) == (0, "failure")
    assert [each.key for each in told.refused] == ["camera[north-gate].zoen"]
    assert ends == []


def test_a_camera_is_taken_off_and_one_disabled(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: {m.data.camera for m in c.received} == {"north-gate", "south-gate"})
        centre.send_config(NODE, wanted(1, SOUTH))
        centre.wait(answered(1))
        gone = state_of(centre, "north-gate")
        centre.send_config(NODE, wanted(2, NORTH, {**SOUTH, "enabled": False}))
        centre.wait(answered(2))
        rests = state_of(centre, "south-gate")
        centre.wait(goes_on(centre, "north-gate"))

    assert gone is not None
    assert (gone.state, gone.reason) == ("disabled", "removed by the centre")
    assert rests is not None
    assert (rests.state, rests.reason) == ("disabled", "disabled by the centre")


def test_what_is_not_the_centres_is_refused_and_counted(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        centre.key = bytes(32)
        centre.send_config(NODE, wanted(1, SOUTH))
        centre.wait(lambda c: count(c, "configs_forged") == 1)
        told = report(centre)

    assert told is not None
    assert (told.rev, told.seen_rev) == (0, 0)


def test_what_was_obeyed_is_kept_without_a_broker_and_an_older_one_left_aside(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.send_config(NODE, wanted(5, SOUTH))
        centre.wait(answered(5))
    broker.kill()
    with running(file):
        broker.start_again()
        with small_centre(broker.port, CENTRAL, KEY) as centre:
            centre.wait(answered(5))
            kept = tables(centre)
            centre.send_config(NODE, wanted(4, NORTH, SOUTH))
            centre.wait(answered(4))
            told = report(centre)

    assert list(kept) == ["south-gate"]
    assert told is not None
    assert (told.rev, told.outcome) == (5, "failure")
    assert [each.reason for each in told.refused] == [
        "4 is older than revision 5, which is applied"
    ]


def test_a_revision_that_no_longer_fits_the_file_gives_way_to_it(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.send_config(NODE, wanted(1, SOUTH))
        centre.wait(answered(1))
    file.write_text(file.read_text().replace("south-gate", "west-gate"))
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: (r := report(c)) is not None and r.outcome == "failure")
        centre.wait(lambda c: frames(c, "west-gate") > 0)
        told = report(centre)

    assert told is not None
    assert told.rev == 0
    assert "camera[south-gate].source" in {each.key for each in told.refused}


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
    inbox.put(encode_message(wanted(1, SOUTH)))
    inbox.put(b"nonsense")
    inbox.put(encode_message(wanted(2, SOUTH)))
    until(lambda: len(reports) == 3)
    stop.set()
    remote_config.wake()
    thread.join(5)

    assert [told.outcome for told in reports] == ["success", "failure", "failure"]
    assert [each.reason for each in reports[2].refused] == ["internal error: ZeroDivisionError"]
