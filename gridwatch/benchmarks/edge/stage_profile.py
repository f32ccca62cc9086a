"""Measure the CPU time of one camera behind the motion gate, stage by stage."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from gridwatch.benchmarks.edge.measured_camera import MeasuredCamera
from gridwatch.benchmarks.edge.scenario_bindings import bind_crowd_and_intrusion
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array
from pipeline.ports import Detector, InferenceResult, as_region_detector

Result = TypeVar("Result")


class Stopwatch:
    """Adds up CPU seconds by stage; the time of an inner stage is not counted for the outer one."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._within = 0.0

    def timed(self, stage: str, work: Callable[[], Result]) -> Result:
        """Call ``work`` and add its time to a stage."""
        outer, self._within = self._within, 0.0
        began = time.process_time()
        result = work()
        took = time.process_time() - began
        self.seconds[stage] += took - self._within
        self._within = outer + took
        return result

    def timed_items(self, stage: str, items: Iterable[Result]) -> Iterator[Result]:
        """Yield the items and add the time that producing each takes to a stage."""
        iterator = iter(items)
        while (item := self.timed(stage, lambda: next(iterator, None))) is not None:
            yield item


class _TimedDetector:
    """A detector whose inferences are timed."""

    def __init__(self, detector: Detector, watch: Stopwatch) -> None:
        self.model, self.labels, self.confidence_threshold = (
            detector.model,
            detector.labels,
            detector.confidence_threshold,
        )
        self._detector, self._watch = detector, watch

    def detect(self, frame: Frame) -> Detections:
        """Run the detector on a full frame."""
        return self._watch.timed("looks", lambda: self._detector.detect(frame))

    @property
    def supports_regions(self) -> bool:
        """Whether the detector runs on regions."""
        return as_region_detector(self._detector) is not None

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Run the detector on regions."""
        if (regional := as_region_detector(self._detector)) is None:
            return InferenceResult(self.detect(frame))
        return self._watch.timed(
            "looks", lambda: regional.detect_regions(frame, required, known_boxes)
        )


class _TimedPipeline(CameraPipeline):
    """A pipeline whose stages up to the detections are timed, without the inferences."""

    watch: Stopwatch

    def detect(self, frame: Frame) -> Detections:
        """Run the motion gate, the policy, and the inference or prediction."""
        return self.watch.timed("gate", lambda: super(_TimedPipeline, self).detect(frame))


def profile_stages(camera: MeasuredCamera) -> dict[str, float]:
    """Play the clip once.

    Returns:
        CPU seconds per minute: ``decode``; ``gate`` (motion gate, policy, prediction); ``looks``
        (scaling and network); ``rules`` (tracker, ground, scenarios, debouncer).
    """
    watch = Stopwatch()
    camera.reasons.clear()
    pipeline = _TimedPipeline(
        origin="bench/bench/bench",
        camera="bench",
        detector=_TimedDetector(camera.detector, watch),
        scenarios=camera.scenarios or bind_crowd_and_intrusion(camera.watches),
        gate=GateConfig(),
    )
    pipeline.watch = watch
    for frame in watch.timed_items("decode", camera.frames(demand=True)):
        watch.timed("rules", partial(pipeline.push, frame))
        camera.record_inference(pipeline)
    return {stage: round(took / camera.minutes, 3) for stage, took in watch.seconds.items()}
