"""Sixteen cameras that become active at once get equal shares, and health reports it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import structlog
from structlog.testing import capture_logs

from edge.control.clock import CentreClock
from edge.engine import scheduler
from edge.engine.shared_engine import SharedEngine
from edge.evidence.executor import InlineExecutor
from edge.health.counters import Counters
from edge.health.node_health import NodeHealthMonitor
from edge.node_services import NodeServices
from edge.outbox.outbox import Outbox
from models.inference.pictures import ArrayPicture
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.testing import ScriptedDetector
from pipeline.wire import CameraHealth, Health
from tests.edge.nodes import open_evidence_writer

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
CAMERAS = tuple(f"camera-{number:02}" for number in range(16))
FPS, CALL = 5, 0.05
"""Frames per second of a camera and seconds per inference: 16 cameras need four engines."""
CALM, BUSY = 4, 12
"""Seconds."""


class Street:
    """A node whose time advances with its inferences; cars pass all cameras from some time on."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        self.parts = NodeServices(
            engine=SharedEngine(self._model(), clock=lambda: self.seconds),
            outbox=Outbox(folder, "boot", max_bytes=1 << 24),
            evidence_writer=open_evidence_writer(folder / "evidence"),
            clip_executor=InlineExecutor(),
            counters=Counters(),
            clock=CentreClock(now=self._now, monotonic=lambda: self.seconds),
            now=self._now,
            random_for=lambda _: lambda: 0.5,
        )
        self.cameras = {name: self._camera(name) for name in CAMERAS}
        self.vitals = NodeHealthMonitor(
            folder, self.parts, cameras=lambda: CAMERAS, config_rev=lambda: 0, thermal_folder=folder
        )

    def play(self, since: int, seconds: int, *, moving: bool) -> Health:
        """Pass each camera its frames, late ones included; return the health afterwards."""
        for number in range(since * FPS, (since + seconds) * FPS):
            self.seconds = max(self.seconds, number / FPS)
            for place, name in enumerate(CAMERAS):
                self.parts.counters.add("frames", camera=name)
                picture = street(number + 7 * place if moving else 0)
                at = START + timedelta(seconds=number / FPS)
                camera = self.cameras[name]
                camera.detect(Frame(camera=name, at=at, picture=picture))
                reason = camera.inference_reason
                assert reason is not None
                self.parts.counters.add(f"frames_{reason.name.lower()}", camera=name)
        return self.vitals.measure()

    def _camera(self, name: str) -> CameraPipeline:
        engine = self.parts.engine
        return CameraPipeline(
            origin="a/b/c",
            camera=name,
            detector=engine,
            scenarios=(),
            gate=GateConfig(may_infer=partial(engine.scheduler.may_infer, name)),
        )

    def _model(self) -> ScriptedDetector:
        def script(_: datetime) -> Detections:
            self.seconds += CALL
            return Detections.empty()

        return ScriptedDetector(script=script, labels=frozenset({"car"}))

    def _now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


def street(number: int) -> ArrayPicture:
    """Return an image of a moving car."""
    pixels = np.full((90, 160, 3), 90, np.uint8)
    x = 4 * number % 140
    pixels[40:52, x : x + 16] = 220
    return ArrayPicture(pixels)


def inferred(camera: CameraHealth) -> float:
    assert camera.fps_inferred is not None
    return camera.fps_inferred


def test_each_camera_gets_its_share_and_health_reports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logger that another test has used may keep its configuration.
    monkeypatch.setattr(scheduler, "log", structlog.get_logger())
    box = Street(tmp_path)
    with capture_logs() as logs:
        box.play(0, CALM // 2, moving=False)
        calm = box.play(CALM // 2, CALM // 2, moving=False)
        awake = box.play(CALM, BUSY, moving=True)
    shares = [inferred(awake.cameras[name]) for name in CAMERAS]
    box.parts.outbox.close()

    assert all(awake.counters[f"frames_overloaded.{name}"] > 0 for name in CAMERAS)
    assert not any(f"frames_overloaded.{n}" in calm.counters for n in CAMERAS)
    assert max(inferred(camera) for camera in calm.cameras.values()) < 0.2
    assert max(shares) - min(shares) <= 2 / BUSY + 0.01
    assert sum(shares) * CALL == pytest.approx(0.9, abs=0.15)
    assert "engine_behind" in {entry["event"] for entry in logs}
