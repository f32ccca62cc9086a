"""A running node with two cameras for tests of remote control, and what it reports."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.config.loader import load_config
from edge.wiring import open_node
from pipeline.testing import ScriptedDetector
from pipeline.wire import CameraState, Health, ReportedConfig
from pipeline.wire import decode_message as read_message
from tests.brokers import free_port
from tests.edge.evidence_server import EvidenceServer, evidence_server
from tests.edge.nodes import NODE, write_clip
from tests.edge.small_centre import SmallCentre
from tests.edge.test_box import always_crowd, settings

CROWD_DETECTOR = ScriptedDetector(always_crowd, frozenset({"person"}))
REPORT, HEALTH = NODE.topic("up", "config"), NODE.topic("up", "health")


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
def running_node(file: Path) -> Iterator[EvidenceServer]:
    """Run a node with an evidence server, so that it does not wait for uploads when it stops."""
    stop = threading.Event()
    with evidence_server() as server:
        url = f'url = "http://127.0.0.1:{server.port}"'
        file.write_text(re.sub(r"^url = .*$", url, file.read_text(), flags=re.MULTILINE))
        with run_node(file, stop):
            yield server


@contextmanager
def run_node(file: Path, stop: threading.Event) -> Iterator[None]:
    with open_node(load_config(file), CROWD_DETECTOR, health_every=0.2, stop=stop) as node:
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
    frames_before = frames(centre, camera)
    return lambda c: frames(c, camera) > frames_before + 3
