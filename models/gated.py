"""A detector that looks only when there is something to see."""

from collections import Counter

import cv2
import numpy as np

from pipeline.attention import Attention, Habits, Reason
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.gate import SMALL, Gate
from pipeline.ports import Detector, ModelId


class GatedDetector:
    """Gate, attention and memory of one camera around a detector that many may share.

    To all others it is a detector: frames that the model did not look at get what stands.
    Equal frames give equal detections.

    Args:
        detector: Asked for the frames that are worth it.
        watched: Labels that matter to somebody, who is then looked at twice; default: all.
        habits: Other than the usual.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        watched: frozenset[str] | None = None,
        habits: Habits | None = None,
    ) -> None:
        self._detector = detector
        self._gate = Gate()
        self._attention = Attention(detector.confident, watched or detector.labels, habits)
        self.reasons: Counter[Reason] = Counter()
        """How many frames were looked at or not, and why."""

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
        """Find all objects, or say which still stand."""
        small = cv2.cvtColor(frame.picture.rgb(SMALL), cv2.COLOR_RGB2GRAY)
        moved = self._gate.push(frame.at, np.asarray(small, np.uint8))
        reason = self._attention.ask(frame.at, moved)
        self.reasons[reason] += 1
        if not reason.looks:
            return self._attention.recall(frame.at, moved)
        found = self._detector.detect(frame)
        self._attention.looked(frame.at, moved, found)
        return found
