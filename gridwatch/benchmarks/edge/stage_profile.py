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

Given = TypeVar("Given")


class Stopwatch:
    """Adds up processor seconds by stage; a stage within another is taken off it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._within = 0.0

    def timed(self, stage: str, work: Callable[[], Given]) -> Given:
        """Do ``work``, and book what it took and no inner stage did."""
        outer, self._within = self._within, 0.0
        began = time.process_time()
        given = work()
        took = time.process_time() - began
        self.seconds[stage] += took - self._within
        self._within = outer + took
        return given

    def each(self, stage: str, things: Iterable[Given]) -> Iterator[Given]:
        """Time how each of ``things`` is come by."""
        coming = iter(things)
        while (thing := self.timed(stage, lambda: next(coming, None))) is not None:
            yield thing


class _Looks:
    """The model, timed."""

    def __init__(self, detector: Detector, watch: Stopwatch) -> None:
        self.model, self.labels, self.confidence_threshold = (
            detector.model,
            detector.labels,
            detector.confidence_threshold,
        )
        self._detector, self._watch = detector, watch

    def detect(self, frame: Frame) -> Detections:
        """Scale and run the network."""
        return self._watch.timed("looks", lambda: self._detector.detect(frame))

    @property
    def supports_regions(self) -> bool:
        """Whether what it asks looks at parts of a frame."""
        return as_region_detector(self._detector) is not None

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """The same of parts, where it can."""
        if (narrow := as_region_detector(self._detector)) is None:
            return InferenceResult(self.detect(frame))
        return self._watch.timed(
            "looks", lambda: narrow.detect_regions(frame, required, known_boxes)
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
        Processor seconds a minute: ``decode``; ``gate`` (small picture, motion, memory); ``looks``
        (scaling and network); ``rules`` (tracker, subjects, metres, scenarios, debouncing).
    """
    watch = Stopwatch()
    camera.reasons.clear()
    pipeline = _TimedPipeline(
        origin="bench/bench/bench",
        camera="bench",
        detector=_Looks(camera.detector, watch),
        scenarios=camera.scenarios or bind_crowd_and_intrusion(camera.watches),
        gate=GateConfig(),
    )
    pipeline.watch = watch
    for frame in watch.each("decode", camera.frames(demand=camera.on_demand)):
        watch.timed("rules", partial(pipeline.push, frame))
        camera.record_inference(pipeline)
    return {stage: round(took / camera.minutes, 3) for stage, took in watch.seconds.items()}
