"""Measure the memory of one live camera and of each further one, in a separate process.

Usage: python -m gridwatch.benchmarks.edge.memory_usage CLIP CAMERAS

Prints the resident megabytes with one camera and with all.
"""

import json
import sys
import threading
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from edge.engine.shared_engine import SharedEngine
from edge.evidence.packet_ring import PacketRing
from edge.health.memory_trim import trim_memory
from edge.sources.file import FileSource
from edge.sources.packets import PacketTap
from gridwatch.benchmarks.edge.measured_camera import FPS, START_AT, MeasuredCamera
from gridwatch.benchmarks.edge.process_metrics import resident_mb
from models import detector
from models.detector import ModelDetector
from pipeline.camera import GateConfig
from pipeline.frame import Frame

SETTLED_AFTER_FRAMES = 60
"""Frames after which memory no longer grows: twelve seconds, more than the packet ring holds."""
RING_DURATION = timedelta(seconds=10)
"""Packets kept for the pre-roll of a clip."""
RING_BYTES = 64_000_000
TIMEOUT_S = 300.0


class LiveCameraThread(threading.Thread):
    """Play a clip as a live camera in one thread: frames, packets, gate and rules.

    Attributes:
        settled: Set after ``SETTLED_AFTER_FRAMES`` frames; the thread runs on until ``stop``.
    """

    def __init__(
        self, name: str, clip: Path, *, model: ModelDetector, engine: SharedEngine
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.settled = threading.Event()
        self._stop_it = threading.Event()
        self._ring = PacketRing(RING_BYTES)
        camera = MeasuredCamera(clip, model, model)
        gate = GateConfig(may_infer=partial(engine.scheduler.may_infer, name))
        self._pipeline = camera.pipeline(engine, gate=gate)
        self._source = FileSource(
            name,
            clip,
            start_at=lambda: START_AT,
            detect_fps=FPS,
            live=True,
            loop=True,
            tap=PacketTap(self._ring.push),
        )

    def run(self) -> None:
        """Play until stopped."""
        taken = 0
        for event in self._source.events(self._stop_it):
            if isinstance(event, Frame):
                self._pipeline.push(event)
                self._ring.trim(event.at - RING_DURATION)
                taken += 1
            if taken >= SETTLED_AFTER_FRAMES:
                self.settled.set()

    def stop(self) -> None:
        """Stop the thread and wait for its end."""
        self._stop_it.set()
        self.join(TIMEOUT_S)


def main(clip: str, cameras: str) -> None:
    """Measure one camera, then all of them on one shared engine."""
    model = detector.load_detector(allow_fetch=False)
    engine = SharedEngine(model, clock=time.monotonic)
    make = partial(LiveCameraThread, clip=Path(clip), model=model, engine=engine)
    playing: list[LiveCameraThread] = []
    taken = []
    for count in (1, int(cameras)):
        fresh = [make(f"camera-{number}") for number in range(len(playing), count)]
        for camera in fresh:
            camera.start()
        if not all(camera.settled.wait(TIMEOUT_S) for camera in fresh):
            raise TimeoutError(
                f"of {count} live cameras one took no {SETTLED_AFTER_FRAMES} samples"
            )
        playing += fresh
        trim_memory()  # as a node does every half minute
        taken.append(resident_mb())
    for camera in playing:
        camera.stop()
    print(json.dumps({"first": taken[0], "all": taken[-1]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
