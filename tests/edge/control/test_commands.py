"""Commands of the centre over real brokers: executed once, answered each time."""

from datetime import timedelta
from pathlib import Path

import pytest

from edge.control.self_test import SelfTest
from edge.frame_tap import FrameTap
from edge.outbox.outbox import Outbox
from pipeline.wire import Command, Health, Reply, decode_message, encode_message, sign
from tests.brokers import RunningBroker, mosquitto
from tests.edge.control.running_node import (
    clip,
    count,
    frames,
    processes_more_frames,
    running_node,
    two_cameras,
)
from tests.edge.nodes import CENTRAL, KEY, LOGINS, NODE
from tests.edge.small_centre import SmallCentre, small_centre
from tests.messages import NOON, make_message
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

__all__ = ["clip"]
TOPICS = NODE.topic("up", "reply", "")


def make_command(
    centre: SmallCentre,
    kind: str,
    number: int = 1,
    *,
    camera: str | None = "north-gate",
    seconds: float = 60,
) -> Command:
    at = centre.now()
    until = at + timedelta(seconds=seconds)
    return Command(id=f"c-{number}", kind=kind, at=at, expires_at=until, camera=camera)


def reply(centre: SmallCentre, number: int = 1) -> Reply:
    centre.wait(lambda c: f"{TOPICS}c-{number}" in c.reports, 30)
    return decode_message(centre.reports.pop(f"{TOPICS}c-{number}"), Reply)


def send_and_wait(
    centre: SmallCentre, kind: str, number: int = 1, camera: str = "north-gate"
) -> Reply:
    centre.wait(lambda c: frames(c, "north-gate") > 0)
    centre.send_command(NODE, make_command(centre, kind, number, camera=camera))
    return reply(centre, number)


def test_a_ping_a_restart_and_refused_commands(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        ping = send_and_wait(centre, "ping", 1)
        restart = send_and_wait(centre, "restart_camera", 2)
        centre.wait(processes_more_frames(centre, "north-gate"))
        unknown = send_and_wait(centre, "format_disk", 3)
        no_camera = send_and_wait(centre, "snapshot", 4, camera="roof")
        incomplete = send_and_wait(centre, "resend", 5)

    assert (ping.state, ping.results["outbox_rows"] >= 0) == ("done", True)
    assert restart.state == "done"
    assert (unknown.state, unknown.reason.partition(";")[0]) == (
        "refused",
        "unknown kind format_disk",
    )
    assert (no_camera.reason_code, no_camera.reason_params) == (
        "camera_not_running",
        {"camera": "roof"},
    )
    assert (no_camera.state, no_camera.reason) == (
        "refused",
        "camera roof is not running on this node",
    )
    assert (incomplete.state, incomplete.reason) == ("refused", "boot_id, first or last is missing")


def test_a_snapshot_is_taken_and_uploaded(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file) as server:
        result = send_and_wait(centre, "snapshot")
        [picture] = result.evidence
        wait_until(lambda: picture.sha256 in server.stored)

    assert result.state == "done"
    assert (picture.redacted, picture.kind) == (True, "snapshot")
    assert server.stored[picture.sha256].startswith(b"\xff\xd8"), "a JPEG"


def test_a_self_test_passes_all_steps(tmp_path: Path, clip: Path, broker: RunningBroker) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        result = send_and_wait(centre, "self_test")
        centre.wait(lambda c: is_drill_confirmed(c, "north-gate"))
        drills = [m for m in centre.received if m.data.drill]

    assert (result.state, result.reason) == ("done", "")
    assert [(s.name, s.passed) for s in result.steps] == [
        ("capture", True),
        ("model", True),
        ("outbox", True),
        ("centre", True),
    ]
    assert all(step.took_ms is not None for step in result.steps)
    assert [m.data.zone for m in drills] == ["exercise", "exercise"]


def is_drill_confirmed(centre: SmallCentre, camera: str) -> bool:
    result = centre.reports.get(NODE.topic("up", "health"))
    health = decode_message(result, Health).cameras.get(camera) if result else None
    return health is not None and health.drill_confirmed_at is not None


def test_a_self_test_names_the_step_that_failed(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "data", "boot")
    test = SelfTest(
        outbox=outbox,
        detect=lambda _: pytest.fail("no frame arrives"),
        now=lambda: NOON,
        monotonic=iter(range(100)).__next__,
        frame_timeout_s=0.01,
    )
    result = test.run(FrameTap(now=None, monotonic=lambda: 0.0), [make_message(1)])
    outbox.close()

    assert str(result.reason) == "capture: no frame within 0.01 s"
    assert [step.passed for step in result.steps] == [False] * 4
    assert [step.reason_code for step in result.steps] == ["no_frame", *["not_reached"] * 3]
    assert result.steps[0].reason_params == {"seconds": "0.01"}
    assert result.steps[3].reason == "was not reached"


def test_a_repeated_command_is_answered_and_not_executed_again(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre:
        with running_node(file):
            centre.wait(lambda c: frames(c, "north-gate") > 0)
            command = make_command(centre, "ping")
            centre.send_command(NODE, command)
            first = reply(centre)
            centre.send_command(NODE, command)
            again = reply(centre)
        centre.reports.clear()
        with running_node(file):
            centre.wait(lambda c: frames(c, "north-gate") > 0)
            centre.send_command(NODE, command)
            after_restart = reply(centre)

    assert first == again == after_restart


def test_an_expired_command_is_answered_and_not_executed(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        at = centre.now() - timedelta(minutes=5)
        late = Command(id="c-1", kind="ping", at=at, expires_at=at + timedelta(seconds=60))
        centre.send_command(NODE, late)
        result = reply(centre)

    assert (result.state, result.reason) == ("expired", "arrived after it expired; not executed")


def test_a_command_with_an_invalid_signature_is_counted(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running_node(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        command = make_command(centre, "ping")
        topic, payload = NODE.topic("down", "command", "c-1"), encode_message(command)
        centre.send(topic, payload, sign(bytes(32), topic, payload))
        centre.wait(lambda c: count(c, "commands_forged") == 1)

    assert not any(topic.startswith(TOPICS) for topic in centre.reports)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_node_whose_clock_is_an_hour_off_executes_commands(
    tmp_path: Path, clip: Path, hours: int
) -> None:
    offset = timedelta(hours=hours)
    with (
        mosquitto(tmp_path, LOGINS) as broker,
        small_centre(broker.port, CENTRAL, KEY, ahead=offset) as centre,
        running_node(two_cameras(tmp_path / "box", clip, broker.port)),
    ):
        centre.wait(lambda c: len(c.received) == 2)
        centre.wait(lambda c: knows_offset(c, hours))
        result = send_and_wait(centre, "self_test")

    assert result.state == "done"
    seqs = [m.seq for m in centre.received]
    assert sorted(set(seqs)) == list(range(1, max(seqs) + 1)), "nothing is lost"
    assert len(centre.revisions) == len({(m.data.alert_id, m.data.rev) for m in centre.received})


def knows_offset(centre: SmallCentre, hours: int) -> bool:
    result = centre.reports.get(NODE.topic("up", "health"))
    clock = decode_message(result, Health).clock if result else None
    return clock is not None and abs(clock.offset_ms - hours * 3_600_000) < 2000
