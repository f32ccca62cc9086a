"""One engine for many cameras: one call at a time, and a fair share for each."""

import threading
from collections.abc import Callable
from typing import TypeVar

import structlog

from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array
from pipeline.ports import Detector, InferenceResult, ModelId, as_region_detector

log = structlog.get_logger()
Given = TypeVar("Given")

LOAD = 0.9
"""Part of its time for which the engine is given away; the rest is for bursts."""
WANTED_WITHIN = 2.0
"""Seconds for which a camera that wanted to look is taken to want more."""
LATEST = 0.1
"""Weight of the newest call in what a call is taken to cost."""
BEHIND = 0.5
"""Seconds between a camera's looks from which on the box is said to be behind."""


class SharedEngine:
    """A detector that several threads may call, and that says whose turn it is.

    When more is wanted than it can give, each camera that wants gets equally many looks: fewer
    a second, never none. Who is refused asks again with his next frame, which is fresher.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, detector: Detector, *, clock: Callable[[], float]) -> None:
        self._detector, self._clock = detector, clock
        self._calling, self._counting = threading.Lock(), threading.Lock()
        self._wanted: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._cost = 0.0
        self._behind = False

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        return self._detector.model

    @property
    def labels(self) -> frozenset[str]:
        """All it can find."""
        return self._detector.labels

    @property
    def confidence_threshold(self) -> float:
        """From this score on a detection counts by itself."""
        return self._detector.confidence_threshold

    def detect(self, frame: Frame) -> Detections:
        """Find all objects; waits while another camera's frame is looked at."""
        return self._timed(lambda: self._detector.detect(frame))

    @property
    def supports_regions(self) -> bool:
        """Whether what it asks looks at parts of a frame."""
        return as_region_detector(self._detector) is not None

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Find all objects in parts of a frame, if the detector can; otherwise in the whole."""
        if (narrow := as_region_detector(self._detector)) is None:
            return InferenceResult(self.detect(frame))
        return self._timed(lambda: narrow.detect_regions(frame, required, known_boxes))

    def try_acquire(self, camera: str) -> bool:
        """Say whether a camera that wants to look may do so now."""
        with self._counting:
            now = self._clock()
            self._wanted[camera] = now
            period = self._period(now)
            due = self._due.get(camera, now)
            if now < due:
                return False
            self._due[camera] = max(due, now - period) + period
            return True

    @property
    def min_interval_s(self) -> float:
        """How long each camera that wants to look must wait between two looks, at the least."""
        with self._counting:
            return self._period(self._clock())

    def _timed(self, look: Callable[[], Given]) -> Given:
        with self._calling:
            began = self._clock()
            found = look()
            took = self._clock() - began
        with self._counting:
            self._cost += LATEST * (took - self._cost) if self._cost else took
        return found

    def _period(self, now: float) -> float:
        wanting = sum(now - at < WANTED_WITHIN for at in self._wanted.values())
        period = wanting * self._cost / LOAD
        if self._behind != (period > BEHIND):
            self._behind = period > BEHIND
            event = "engine_behind" if self._behind else "engine_keeps_up"
            log.warning(event, cameras=wanting, seconds_between_looks=round(period, 2))
        return period
