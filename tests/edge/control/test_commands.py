"""Commands of the centre, over real brokers: done once, answered each time."""

from datetime import timedelta
from pathlib import Path

import pytest

from edge.control.self_test import SelfTest
from edge.frame_tap import FrameTap
from edge.outbox.outbox import Outbox
from pipeline.wire import Command, Health, Reply, decode_message, encode_message, sign
from tests.brokers import RunningBroker, mosquitto
from tests.edge.control.test_remote_config import clip, count, frames, goes_on, running, two_cameras
from tests.edge.nodes import CENTRAL, KEY, LOGINS, NODE
from tests.edge.small_centre import SmallCentre, small_centre
from tests.messages import NOON, a_message
from tests.waiting import until

__all__ = ["clip"]
TOPICS = NODE.topic("up", "reply", "")


def a_command(
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


def asked(centre: SmallCentre, kind: str, number: int = 1, camera: str = "north-gate") -> Reply:
    centre.wait(lambda c: frames(c, "north-gate") > 0)
    centre.send_command(NODE, a_command(centre, kind, number, camera=camera))
    return reply(centre, number)


def test_a_ping_a_restart_and_what_makes_no_sense(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        ping = asked(centre, "ping", 1)
        restart = asked(centre, "restart_camera", 2)
        centre.wait(goes_on(centre, "north-gate"))
        strange = asked(centre, "format_disk", 3)
        nowhere = asked(centre, "snapshot", 4, camera="roof")
        half = asked(centre, "resend", 5)

    assert (ping.state, ping.results["outbox_rows"] >= 0) == ("done", True)
    assert restart.state == "done"
    assert (strange.state, strange.reason.partition(";")[0]) == (
        "refused",
        "unknown kind format_disk",
    )
    assert (nowhere.state, nowhere.reason) == ("refused", "camera roof is not running on this node")
    assert (half.state, half.reason) == ("refused", "boot_id, first or last is missing")


def test_a_snapshot_is_taken_and_uploaded(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file) as shelf:
        told = asked(centre, "snapshot")
        [picture] = told.evidence
        until(lambda: picture.sha256 in shelf.stored)

    assert told.state == "done"
    assert (picture.redacted, picture.kind) == (True, "snapshot")
    assert shelf.stored[picture.sha256].startswith(b"\xff\xd8"), "a JPEG"


def test_a_self_test_walks_the_whole_way(tmp_path: Path, clip: Path, broker: RunningBroker) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        told = asked(centre, "self_test")
        centre.wait(lambda c: proven(c, "north-gate"))
        drills = [m for m in centre.received if m.data.drill]

    assert (told.state, told.reason) == ("done", "")
    assert [(s.name, s.passed) for s in told.steps] == [
        ("capture", True),
        ("model", True),
        ("outbox", True),
        ("centre", True),
    ]
    assert all(step.took_ms is not None for step in told.steps)
    assert [m.data.zone for m in drills] == ["exercise", "exercise"]


def proven(centre: SmallCentre, camera: str) -> bool:
    told = centre.reports.get(NODE.topic("up", "health"))
    health = decode_message(told, Health).cameras.get(camera) if told else None
    return health is not None and health.drill_confirmed_at is not None


def test_a_self_test_says_where_the_way_is_broken(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "data", "boot")
    test = SelfTest(
        outbox=outbox,
        detect=lambda _: pytest.fail("nobody shows a picture"),
        now=lambda: NOON,
        monotonic=iter(range(100)).__next__,
        frame_timeout_s=0.01,
    )
    told = test.run(FrameTap(now=None, steady=lambda: 0.0), [a_message(1)])
    outbox.close()

    assert told.reason == "capture: no frame within 0.01 s"
    assert [step.passed for step in told.steps] == [False] * 4
    assert told.steps[3].reason == "was not reached"


def test_a_command_that_comes_again_is_answered_and_not_done_again(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre:
        with running(file):
            centre.wait(lambda c: frames(c, "north-gate") > 0)
            command = a_command(centre, "ping")
            centre.send_command(NODE, command)
            first = reply(centre)
            centre.send_command(NODE, command)
            again = reply(centre)
        centre.reports.clear()
        with running(file):
            centre.wait(lambda c: frames(c, "north-gate") > 0)
            centre.send_command(NODE, command)
            after_restart = reply(centre)

    assert first == again == after_restart


def test_what_has_expired_is_answered_and_not_done(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        at = centre.now() - timedelta(minutes=5)
        late = Command(id="c-1", kind="ping", at=at, expires_at=at + timedelta(seconds=60))
        centre.send_command(NODE, late)
        told = reply(centre)

    assert (told.state, told.reason) == ("expired", "arrived after it expired; not executed")


def test_a_command_that_is_not_the_centres_is_counted(
    tmp_path: Path, clip: Path, broker: RunningBroker
) -> None:
    file = two_cameras(tmp_path / "box", clip, broker.port)
    with small_centre(broker.port, CENTRAL, KEY) as centre, running(file):
        centre.wait(lambda c: frames(c, "north-gate") > 0)
        command = a_command(centre, "ping")
        topic, payload = NODE.topic("down", "command", "c-1"), encode_message(command)
        centre.send(topic, payload, sign(bytes(32), topic, payload))
        centre.wait(lambda c: count(c, "commands_forged") == 1)

    assert not any(topic.startswith(TOPICS) for topic in centre.reports)


@pytest.mark.slow
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_box_whose_clock_is_an_hour_off_learns_it_and_obeys(
    tmp_path: Path, clip: Path, hours: int
) -> None:
    off = timedelta(hours=hours)
    with (
        mosquitto(tmp_path, LOGINS) as broker,
        small_centre(broker.port, CENTRAL, KEY, ahead=off) as centre,
        running(two_cameras(tmp_path / "box", clip, broker.port)),
    ):
        centre.wait(lambda c: len(c.received) == 2)
        centre.wait(lambda c: knows_offset(c, hours))
        told = asked(centre, "self_test")

    assert told.state == "done"
    seqs = [m.seq for m in centre.received]
    assert sorted(set(seqs)) == list(range(1, max(seqs) + 1)), "nothing is lost"
    assert len(centre.revisions) == len({(m.data.alert_id, m.data.rev) for m in centre.received})


def knows_offset(centre: SmallCentre, hours: int) -> bool:
    told = centre.reports.get(NODE.topic("up", "health"))
    clock = decode_message(told, Health).clock if told else None
    return clock is not None and abs(clock.offset_ms - hours * 3_600_000) < 2000
