"""One engine for many cameras: one call at a time, whoever asks first."""

import threading

from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.ports import Detector, ModelId


class SharedDetector:
    """A detector that several threads may call."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._lock = threading.Lock()

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        return self._detector.model

    @property
    def labels(self) -> frozenset[str]:
        """All it can find."""
        return self._detector.labels

    @property
    def confident(self) -> float:
        """From this score on a detection counts by itself."""
        return self._detector.confident

    def detect(self, frame: Frame) -> Detections:
        """Find all objects; waits while another camera's frame is looked at."""
        with self._lock:
            return self._detector.detect(frame)
