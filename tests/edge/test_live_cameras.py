"""A complete node on live cameras: one is lost during an alert, the other continues."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.config.loader import load_config
from edge.sources.video_file import video_duration
from edge.wiring import open_node
from pipeline.alert import Change, CloseReason
from pipeline.testing import ScriptedDetector
from pipeline.wire import CameraState, Health
from pipeline.wire import decode_message as read_message
from tests.edge.nodes import NODE, write_clip
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.edge.small_centre import SmallCentre
from tests.edge.test_box import always_crowd, broker_and_centre, settings

CROWDED = ScriptedDetector(always_crowd, frozenset({"person"}))
HEALTH = NODE.topic("up", "health")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_footage(tmp_path_factory.mktemp("films") / "h264")


def write_live_settings(folder: Path, *, broker: int, centre: int, cameras: dict[str, str]) -> Path:
    """Write an edge.toml with cameras given as name and address."""
    clip = write_clip(folder.parent / "clip.avi")
    changes = {"source": "source = URL", "start_at": "stall_after = 2", "pace": "", "gate": ""}
    file = settings(folder, clip, broker, centre, hold="hold = 2", **changes)
    text = file.read_text()
    head, camera = text.split("[[camera]]", 1)
    tables = (
        f"[[camera]]{camera}".replace("north-gate", name).replace("URL", f'"{url}"')
        for name, url in cameras.items()
    )
    file.write_text(head + "\n".join(tables))
    return file


def state_of(centre: SmallCentre, camera: str) -> tuple[str, str]:
    payload = centre.reports.get(NODE.topic("up", "camera", camera))
    state = read_message(payload, CameraState) if payload else None
    return (state.state, state.reason) if state else ("", "")


def opened(centre: SmallCentre) -> Counter[str]:
    return Counter(m.data.camera for m in centre.received if m.change is Change.OPENED)


@pytest.mark.slow
def test_a_camera_lost_during_an_alert_reconnects_and_does_not_affect_the_other(
    tmp_path: Path, footage: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()
    with (
        broker_and_centre(tmp_path) as (broker, centre, server),
        rtsp_camera(footage) as north,
        rtsp_camera(footage) as south,
    ):
        addresses = {"north-gate": north.url, "south-gate": south.url}
        file = write_live_settings(
            tmp_path / "node", broker=broker.port, centre=server.port, cameras=addresses
        )
        with open_node(load_config(file), CROWDED, health_every=0.5, stop=stop) as node:
            runner = threading.Thread(target=node.run)
            runner.start()
            centre.wait(lambda c: opened(c) == {"north-gate": 1, "south-gate": 1})
            north.unplug()
            centre.wait(lambda c: state_of(c, "north-gate")[0] == "offline")
            away = datetime.now(UTC)  # noqa: TID251  # live cameras use the real time
            north.plug_in()
            centre.wait(lambda c: state_of(c, "north-gate")[0] == "online")
            before = read_message(centre.reports[HEALTH], Health).counters["frames.north-gate"]
            centre.wait(lambda c: frames(c, "north-gate") > before + 5)
            counters = read_message(centre.reports[HEALTH], Health).counters
            stop.set()
            runner.join(5)
            assert not runner.is_alive(), "the node stops within five seconds"
        centre.wait(lambda c: len(close_reasons(c)) == 2)

    assert opened(centre) == {"north-gate": 1, "south-gate": 1}
    assert close_reasons(centre) == dict.fromkeys(addresses, CloseReason.NODE_RESTART)
    assert all(m.data.clock.basis in {"system", "centre"} for m in centre.received)
    assert all(abs((m.data.opened_at - away).total_seconds()) < 60 for m in centre.received)
    assert (counters["outages.north-gate"], counters["connections.north-gate"]) == (1, 2)
    assert ("outages.south-gate" in counters, counters["connections.south-gate"]) == (False, 1)
    said = "".join([*capfd.readouterr(), *(m.decode() for m in centre.reports.values())])
    assert "s3cret" not in said


def frames(centre: SmallCentre, camera: str) -> float:
    return read_message(centre.reports[HEALTH], Health).counters[f"frames.{camera}"]


def close_reasons(centre: SmallCentre) -> dict[str, CloseReason | None]:
    return {m.data.camera: m.data.close_reason for m in centre.received if m.data.closed_at}


@pytest.mark.slow
def test_an_alert_of_a_live_camera_gets_its_clip(tmp_path: Path, footage: Path) -> None:
    stop = threading.Event()
    with broker_and_centre(tmp_path) as (broker, centre, server), rtsp_camera(footage) as camera:
        file = write_live_settings(
            tmp_path / "node",
            broker=broker.port,
            centre=server.port,
            cameras={"north-gate": camera.url},
        )
        file.write_text(file.read_text().replace("clip = false", "pre_roll = 1\npost_roll = 2"))
        with open_node(load_config(file), CROWDED, stop=stop) as node:
            runner = threading.Thread(target=node.run)
            runner.start()
            try:
                centre.wait(lambda c: "clip" in clip_names(c), 60)
            finally:
                stop.set()
                runner.join(5)

    clip = next(e for m in centre.received for e in m.data.evidence if e.kind == "clip")
    (tmp_path / "clip.mp4").write_bytes(server.stored[clip.sha256])
    assert timedelta(seconds=2) < video_duration(tmp_path / "clip.mp4") < timedelta(seconds=5)


def clip_names(centre: SmallCentre) -> set[str]:
    return {item.kind for message in centre.received for item in message.data.evidence}


@pytest.mark.slow
def test_a_live_camera_is_drilled_once_a_day_and_counts_as_proven(
    tmp_path: Path, footage: Path
) -> None:
    def drills(centre: SmallCentre) -> list[str]:
        return [m.id for m in centre.received if m.data.drill]

    with broker_and_centre(tmp_path) as (broker, centre, server), rtsp_camera(footage) as camera:
        file = write_live_settings(
            tmp_path / "node",
            broker=broker.port,
            centre=server.port,
            cameras={"north-gate": camera.url},
        )
        file.write_text(file.read_text().replace("[drill]\nenabled = false\n", ""))
        for _ in range(2):
            stop = threading.Event()
            centre.reports.clear()
            with open_node(load_config(file), CROWDED, health_every=0.5, stop=stop) as node:
                runner = threading.Thread(target=node.run)
                runner.start()
                try:
                    centre.wait(lambda c: is_proven(c, "north-gate"), 30)
                    centre.wait(lambda c: state_of(c, "north-gate")[0] == "online")
                finally:
                    stop.set()
                    runner.join(5)

    assert len(drills(centre)) == len(set(drills(centre))) == 2, "opened and closed, once"
    assert {m.data.zone for m in centre.received if m.data.drill} == {"exercise"}


def is_proven(centre: SmallCentre, camera: str) -> bool:
    payload = centre.reports.get(HEALTH)
    health = read_message(payload, Health).cameras.get(camera) if payload else None
    return health is not None and health.drill_confirmed_at is not None and not health.drill_overdue
