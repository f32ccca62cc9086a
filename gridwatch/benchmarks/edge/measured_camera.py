"""The camera that is measured: its frames, its scenarios, and four ways to run it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

from edge.config.settings import DecodePolicy
from edge.sources.file import FileSource
from edge.sources.on_demand_decoder import SHORT_KEY_INTERVAL, OnDemandDecoder
from edge.sources.video_file import open_video, video_duration, video_track
from gridwatch.benchmarks.edge.scenario_bindings import bind_crowd_and_intrusion
from models.detector import ModelDetector
from pipeline.alert import Alert, Change, CloseReason
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array, intersects_any, xywh_to_xyxy
from pipeline.motion.inference_policy import InferenceReason
from pipeline.ports import Coverage, Detector, InferenceResult
from pipeline.rules.scenario import Scenario
from pipeline.second_look.cropped_picture import is_crop

START_AT = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
FPS = 5
SAME_ALERT_WITHIN = timedelta(seconds=0.5)
"""Two alerts of one scenario and zone that open within this time are the same."""


class CachingDetector:
    """A detector that detects each frame once and then returns the cached detections."""

    def __init__(self, finder: Detector) -> None:
        self.model, self.labels, self.confidence_threshold = (
            finder.model,
            finder.labels,
            finder.confidence_threshold,
        )
        self._finder = finder
        self._found: dict[datetime, Detections] = {}

    def detect(self, frame: Frame) -> Detections:
        """Return the detections of a frame, from the cache if it was detected before."""
        if is_crop(frame):
            return self._finder.detect(frame)
        if frame.at not in self._found:
            self._found[frame.at] = self._finder.detect(frame)
        return self._found[frame.at]


class CostOnlyDetector(CachingDetector):
    """Run a network only for its cost, and return the detections of another model.

    Random weights detect nothing, and without detections the gate would behave differently.
    """

    def __init__(self, network: ModelDetector, finder: Detector) -> None:
        super().__init__(finder)
        self._network = network

    def detect(self, frame: Frame) -> Detections:
        """Run the network and return the other model's detections."""
        self._network.detect_picture(frame.picture)
        return super().detect(frame)

    @property
    def supports_regions(self) -> bool:
        """Whether the network runs on regions."""
        return self._network.supports_regions

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Run the network on regions and return the other model's detections inside them."""
        result = self._network.detect_regions(frame, required, known_boxes)
        frame_detections = super().detect(frame)
        within = intersects_any(xywh_to_xyxy(frame_detections.boxes), result.regions)
        return replace(result, detections=frame_detections.select(within))


@dataclass
class MeasuredCamera:
    """A clip played at five samples a second.

    Args:
        finder: The model that provides the detections.
        network: The model that is measured; may be the same.
        watches: Labels that its scenarios watch.
        scenarios: Replaces crowd_gathering and intrusion in four zones.
        decode: Which frames are decoded behind the gate; as for a live camera.
    """

    clip: Path
    finder: ModelDetector
    network: ModelDetector
    watches: frozenset[str] = frozenset({"person"})
    scenarios: Sequence[Scenario] = ()
    decode: DecodePolicy = DecodePolicy.ALL
    motion_seen: threading.Event = field(default_factory=threading.Event)
    reasons: Counter[InferenceReason] = field(default_factory=Counter)
    coverages: Counter[Coverage] = field(default_factory=Counter)

    @cached_property
    def minutes(self) -> float:
        """Length of the clip in minutes."""
        return video_duration(self.clip) / timedelta(minutes=1)

    @cached_property
    def source_fps(self) -> float:
        """Frame rate of the file."""
        with closing(open_video(self.clip)) as container:
            return float(video_track(container).average_rate or FPS)

    @cached_property
    def detector(self) -> Detector:
        """The network under measurement, with the detections of ``finder``."""
        if self.network is self.finder:
            return self.finder
        borrowed = CostOnlyDetector(self.network, self.finder)
        for demand in {False, self.decode is not DecodePolicy.ALL}:
            for frame in self.frames(demand=demand):
                borrowed.detect(frame)
        return borrowed

    @cached_property
    def samples(self) -> int:
        """The number of frames that are chosen."""
        return sum(1 for _ in self.frames())

    def frames(self, *, demand: bool = False, fps: float = FPS) -> Iterator[Frame]:
        """Choose ``fps`` frames a second.

        Args:
            demand: Decode as ``decode`` says; else all frames.
        """
        source = FileSource(
            "bench",
            self.clip,
            start_at=lambda: START_AT,
            detect_fps=fps,
            decoder=self._on_demand_decoder() if demand else None,
        )
        events = source.events(threading.Event())
        return (event for event in events if isinstance(event, Frame))

    def measure_decode(self) -> float:
        """Return the CPU seconds per minute of decoding alone."""
        return self._a_minute(lambda: sum(1 for _ in self.frames()))

    def measure_bare_calls(self) -> float:
        """Return the CPU seconds per minute of one bare model call per chosen frame."""
        shape = self.network.input_for(next(self.frames()).picture.size)
        run = self.network.runtime.infer
        tensor = np.zeros((1, 3, shape.height, shape.width), np.float32)
        return self._a_minute(lambda: [run(tensor) for _ in range(self.samples)])

    def measure_gate_off(self) -> float:
        """Return the CPU seconds per minute with inference on every chosen frame."""
        return self._a_minute(lambda: self.alerts(self.detector))

    def measure_gate_on(self) -> float:
        """Return the CPU seconds per minute behind the motion gate."""
        return self._a_minute(lambda: self.alerts(self.detector, gate=GateConfig(), demand=True))

    def pipeline(self, detector: Detector, *, gate: GateConfig | None = None) -> CameraPipeline:
        """Build the pipeline with a detector."""
        return CameraPipeline(
            origin="bench/bench/bench",
            camera="bench",
            detector=detector,
            scenarios=self.scenarios or bind_crowd_and_intrusion(self.watches),
            gate=gate,
        )

    def alerts(
        self, detector: Detector, *, gate: GateConfig | None = None, demand: bool = False
    ) -> list[Alert]:
        """Play the clip through the whole pipeline.

        With a gate, the reasons and coverages of the run stay in ``reasons`` and ``coverages``.
        """
        pipeline, alerts = self.pipeline(detector, gate=gate), []
        if gate is not None:
            self.reasons, self.coverages = Counter(), Counter()
        for frame in self.frames(demand=demand):
            alerts += pipeline.push(frame)
            if gate is not None:
                self.record_inference(pipeline)
        return alerts + pipeline.close_alerts(
            START_AT + timedelta(hours=1), CloseReason.SOURCE_ENDED
        )

    def record_inference(self, pipeline: CameraPipeline) -> None:
        """Count the reason and coverage of the last frame, and wake an on-demand decoder."""
        reason, coverage = pipeline.inference_reason, pipeline.coverage
        if reason is not None:
            self.reasons[reason] += 1
        if coverage is not None:
            self.coverages[coverage] += 1
        if pipeline.episodes or (reason is not None and not reason.is_idle):
            self.motion_seen.set()

    def same_alerts(self) -> bool:
        """Return whether the gate changes no alert."""
        recorded = CachingDetector(self.finder)
        without = self.alerts(recorded)
        finder = self.finder if self.finder.runtime.supports_regions else recorded
        behind = self.alerts(finder, gate=GateConfig(), demand=True)
        return are_same_alerts(without, behind)

    def _on_demand_decoder(self) -> OnDemandDecoder | None:
        if self.decode is DecodePolicy.ALL:
            return None
        return OnDemandDecoder(
            self.motion_seen,
            max_key_interval=SHORT_KEY_INTERVAL if self.decode is DecodePolicy.AUTO else None,
            count_skipped=lambda _: None,
        )

    def _a_minute(self, work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return (time.process_time() - began) / self.minutes


def opening_times(alerts: list[Alert]) -> list[tuple[tuple[str, str], datetime]]:
    """Return scenario, zone and time of each opening, in order."""
    first = [a for a in alerts if a.change is Change.OPENED]
    return sorted(((a.scenario, a.zone), a.opened_at) for a in first)


def are_same_alerts(some: list[Alert], others: list[Alert]) -> bool:
    """Return whether both open the same alerts, within ``SAME_ALERT_WITHIN``."""
    a, b = opening_times(some), opening_times(others)
    pairs = zip(a, b, strict=False)
    return len(a) == len(b) and all(
        x[0] == y[0] and abs(x[1] - y[1]) <= SAME_ALERT_WITHIN for x, y in pairs
    )
