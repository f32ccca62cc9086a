"""One inference engine for all cameras of a node: one call at a time."""

import threading
from collections.abc import Callable
from typing import Self, TypeVar

from edge.engine.scheduler import InferenceScheduler
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array
from pipeline.ports import Detector, InferenceResult, ModelId, as_region_detector

Result = TypeVar("Result")


class SharedEngine:
    """A detector that several threads may call; a call waits for those of other cameras.

    Args:
        clock: Returns monotonic seconds.
        lock: That of another engine, to make one call at a time with it.
        scheduler: That of another engine.

    Attributes:
        detector: The model that runs.
        scheduler: Decides which camera may run an inference; the engine does not ask it.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        clock: Callable[[], float],
        lock: "threading.Lock | None" = None,  # not a type at run time
        scheduler: InferenceScheduler | None = None,
    ) -> None:
        self.detector, self._clock = detector, clock
        self._lock = lock or threading.Lock()
        self.scheduler = scheduler or InferenceScheduler(clock)

    def with_detector(self, detector: Detector) -> Self:
        """Return the engine with another detector: still one call at a time, and one scheduler."""
        return type(self)(detector, clock=self._clock, lock=self._lock, scheduler=self.scheduler)

    def use(self, detector: Detector) -> None:
        """Run another model from the next call on."""
        with self._lock:
            self.detector = detector

    @property
    def model(self) -> ModelId:
        """The model that is loaded."""
        return self.detector.model

    @property
    def labels(self) -> frozenset[str]:
        """The labels that the model can detect."""
        return self.detector.labels

    @property
    def confidence_threshold(self) -> float:
        """The score from which a detection counts by itself."""
        return self.detector.confidence_threshold

    def detect(self, frame: Frame) -> Detections:
        """Detect all objects in a frame."""
        return self._timed(lambda: self.detector.detect(frame))

    @property
    def supports_regions(self) -> bool:
        """Whether the detector can run on regions of a frame."""
        return as_region_detector(self.detector) is not None

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Detect all objects in regions of a frame, or in the full frame if unsupported."""
        if (detector := as_region_detector(self.detector)) is None:
            return InferenceResult(self.detect(frame))
        return self._timed(lambda: detector.detect_regions(frame, required, known_boxes))

    def _timed(self, infer: Callable[[], Result]) -> Result:
        with self._lock:
            started_at = self._clock()
            result = infer()
            duration = self._clock() - started_at
        self.scheduler.record_duration(duration)
        return result
