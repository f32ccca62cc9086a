"""Run a cheaper detector on most frames of a camera, while it finds what the main one finds.

How well a small network does depends on the scene, so none replaces the main one everywhere. Now
and then both run on the same frame, and the cheaper one is used while they agree on this camera.
"""

from collections import deque
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array, iou_matrix, xywh_to_xyxy
from pipeline.label_groups import group_of
from pipeline.ports import Detector

MAIN_INTERVAL = timedelta(seconds=2)
"""Longest time without an inference of the main detector while anything moves."""
RECHECK_INTERVAL = timedelta(seconds=10)
"""Between two comparisons while the detectors agree, or after ``MAX_OBJECTS`` on which they do not;
else ``MAIN_INTERVAL``."""
MIN_SHARE, KEEP_SHARE = 0.95, 0.9
"""Share of the objects of each detector that the other has to find: to be used, and to stay in use.
A network differs from itself by as much as that on frames a tenth of a second apart."""
MIN_OBJECTS, MAX_OBJECTS = 40, 200
"""Confident objects that are needed for a share, and of which at most it is the share."""
MIN_IOU = 0.5
ANY_SCORE = 0.5
"""Share of its threshold from which the main detector agrees that there is something."""


class FastDetector:
    """The cheaper detector of one camera, and whether it is good enough there.

    Equal frames give equal decisions.

    Args:
        detector: The cheaper one; its scores are scaled so that its threshold becomes the main
            detector's.
        main_threshold: Score from which a detection of the main detector counts by itself.
        labels: Labels that some scenario watches; agreement about others is not needed.

    Attributes:
        is_good_enough: Both find nearly the same here; not before they have had the chance.
    """

    def __init__(
        self, detector: Detector, *, main_threshold: float, labels: frozenset[str]
    ) -> None:
        self._detector, self._threshold = detector, main_threshold
        self._labels = frozenset().union(*(group_of(label) for label in labels))
        self._found: deque[bool] = deque(maxlen=MAX_OBJECTS)
        self._confirmed: deque[bool] = deque(maxlen=MAX_OBJECTS)
        self._main_at: datetime | None = None
        self._compared_at: datetime | None = None
        self.is_good_enough = False

    def replaces_main(self, at: datetime) -> bool:
        """Return whether it may be used on a frame instead of the main detector."""
        is_recent = self._main_at is not None and at - self._main_at < MAIN_INTERVAL
        return is_recent and self.is_good_enough

    def detect(self, frame: Frame) -> Detections:
        """Detect all objects, with scores on the scale of the main detector."""
        found = self._detector.detect(frame)
        own, main = self._detector.confidence_threshold, self._threshold
        below = found.scores * (main / own)
        above = 1 - (1 - found.scores) * ((1 - main) / (1 - own))
        scores = np.where(found.scores < own, below, above).astype(np.float32)
        return Detections(found.boxes, scores, found.labels)

    def compare(self, frame: Frame, main: Detections) -> None:
        """Compare it with what the main detector has found in a full frame, if that is due."""
        self._main_at = frame.at
        if self._compared_at is not None and frame.at - self._compared_at < self._interval:
            return
        self._compared_at = frame.at
        fast = self.detect(frame)
        self._found += _is_matched(self._boxes(main), self._boxes(fast))
        self._confirmed += _is_matched(self._boxes(fast), self._boxes(main, ANY_SCORE))
        least = KEEP_SHARE if self.is_good_enough else MIN_SHARE
        self.is_good_enough = all(
            len(objects) >= MIN_OBJECTS and sum(objects) >= least * len(objects)
            for objects in (self._found, self._confirmed)
        )

    @property
    def _interval(self) -> timedelta:
        is_refused = len(self._found) == MAX_OBJECTS
        return RECHECK_INTERVAL if self.is_good_enough or is_refused else MAIN_INTERVAL

    def _boxes(self, detections: Detections, share: float = 1.0) -> Float32Array:
        """Return the corners of watched objects from a share of the threshold on."""
        is_watched = np.array([label in self._labels for label in detections.labels], np.bool_)
        is_sure = detections.scores >= np.float32(share * self._threshold)
        return xywh_to_xyxy(detections.boxes[is_watched & is_sure])


def _is_matched(boxes: Float32Array, others: Float32Array) -> list[bool]:
    """Return for each box whether one of the others shows the same object."""
    overlaps = iou_matrix(boxes, others) >= MIN_IOU
    return [bool(row.any()) for row in overlaps]
