"""READ FIRST: look again at the objects of a signal, enlarged, before its alert opens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.boxes import Float32Array, iou_matrix, xywh_to_xyxy
from pipeline.geometry.shapes import FULL_FRAME, Box
from pipeline.label_groups import group_of
from pipeline.ports import Detector
from pipeline.second_look.cropped_picture import crop_frame
from pipeline.second_look.look_result import LookResult
from pipeline.signal import CountedObject, Signal

INFERENCES_PER_MINUTE = 12
"""Most inferences on crops per camera: 4 % of the samples of a camera at five a second."""
CONTEXT = 3.0
"""Side of a crop, in sides of what it shows: networks need the surroundings to tell what a thing
is."""
MIN_ZOOM = 1.5
"""With less, the network would see the same as before."""
MAX_ZOOM = 4.0
"""With more, an object of the size that a detector finds has no more detail to show."""
MAX_CROPS = 3
"""Objects that are too far apart for one crop get one each, up to so many."""
MIN_IOU = 0.3
"""A box in the crop shows the object from this IoU on; small boxes are drawn with some error."""
ABSENT_SHARE = 0.5
"""Below this share of the threshold that starts a track, a detection is noise."""


class SecondLook:
    """Run a detector on enlarged crops of the objects behind a signal, at bounded cost.

    Deterministic: the cost is bounded by the time of the frames.

    Args:
        detector: The same as for whole frames, or another one.
        is_other_model: It is another one. Then objects that are too large to be enlarged are looked
            at in the whole frame: a network repeats its mistakes there, another makes its own.
        isolates_failures: Whether looks end when the detector fails on a crop; else its error is
            raised.

    Attributes:
        failure: Why there are no more looks; empty while the detector works.
    """

    failure = ""

    def __init__(
        self, detector: Detector, *, is_other_model: bool = False, isolates_failures: bool = False
    ) -> None:
        self._detector, self._isolates_failures = detector, isolates_failures
        self._is_other_model = is_other_model
        self._budget = float(INFERENCES_PER_MINUTE)
        self._last: datetime | None = None

    def look(self, frame: Frame, signal: Signal, min_objects: int = 1) -> LookResult | None:
        """Look at the objects of a signal.

        Args:
            frame: The frame of the signal.
            signal: Of a rule on this frame.
            min_objects: How many of its objects the rule needs.

        Returns:
            What the crops show; ``None`` if the objects are no detected ones, if the detector is
            the same and they are too large to be enlarged or too many, if the budget is spent, or
            if the detector has failed.
        """
        if self.failure:
            return None
        objects = [each for each in signal.objects if each.label in self._detector.labels]
        crops = plan_crops(objects)
        if objects and not crops and self._is_other_model:
            crops = [(FULL_FRAME, tuple(objects))]
        if not crops or len(objects) < len(signal.objects) or not self._spend(frame.at, len(crops)):
            return None
        try:
            scores = [score for part, seen in crops for score in self._scores(frame, part, seen)]
        except Exception as error:  # alerts open without it, and no rule is at fault
            if not self._isolates_failures:
                raise
            self.failure = f"second look stopped: {type(error).__name__}: {error}"
            return None
        score = sorted(scores, reverse=True)[min(min_objects, len(scores)) - 1]
        threshold = self._detector.confidence_threshold
        return LookResult(
            score=score,
            zoom=min(1 / part.w for part, _ in crops),
            confirms=score >= threshold,
            contradicts=score < ABSENT_SHARE * threshold,
        )

    def _spend(self, at: datetime, inferences: int) -> bool:
        """Take inferences from the budget, which fills up again in a minute."""
        passed = at - (self._last or at)
        refill = INFERENCES_PER_MINUTE * (passed / timedelta(minutes=1))
        self._budget = min(self._budget + refill, float(INFERENCES_PER_MINUTE))
        self._last = at
        if self._budget < inferences:
            return False
        self._budget -= inferences
        return True

    def _scores(self, frame: Frame, part: Box, objects: Sequence[CountedObject]) -> list[float]:
        """Return the best score of each object in a crop; 0 where nothing shows it."""
        detections = self._detector.detect(crop_frame(frame, part))
        boxes = _to_frame(detections.boxes, part)
        return [_best_score(each, detections, boxes) for each in objects]


def plan_crops(
    objects: Sequence[CountedObject],
) -> list[tuple[Box, tuple[CountedObject, ...]]]:
    """Choose the crops that show all objects enlarged: one around all, or one for each.

    Returns:
        Each crop, which has the shape of the frame, and its objects; empty if an object is too
        large or there are too many.
    """
    if not objects:
        return []
    groups = [tuple(objects)]
    if _crop_side(groups[0]) > 1 / MIN_ZOOM:
        groups = [(each,) for each in objects]
    sides = [_crop_side(group) for group in groups]
    if len(groups) > MAX_CROPS or max(sides) > 1 / MIN_ZOOM:
        return []
    return [
        (_crop_around(group, max(side, 1 / MAX_ZOOM)), group)
        for group, side in zip(groups, sides, strict=True)
    ]


def _bounds(objects: Sequence[CountedObject]) -> tuple[float, float, float, float]:
    boxes = [each.box for each in objects]
    return (
        min(box.x for box in boxes),
        min(box.y for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _crop_side(objects: Sequence[CountedObject]) -> float:
    """Return the side of a crop around objects, the same fraction of both sides of the frame."""
    left, top, right, bottom = _bounds(objects)
    largest = max(max(each.box.w, each.box.h) for each in objects)
    return max(right - left, bottom - top) + (CONTEXT - 1) * largest


def _crop_around(objects: Sequence[CountedObject], side: float) -> Box:
    left, top, right, bottom = _bounds(objects)
    x = min(max((left + right - side) / 2, 0.0), 1 - side)
    y = min(max((top + bottom - side) / 2, 0.0), 1 - side)
    return Box(x, y, side, side)


def _to_frame(boxes: Float32Array, part: Box) -> Float32Array:
    """Convert [n, 4] left, top, width, height from fractions of a crop to those of the frame."""
    scale = np.array([part.w, part.h, part.w, part.h], np.float32)
    return boxes * scale + np.array([part.x, part.y, 0, 0], np.float32)


def _best_score(wanted: CountedObject, detections: Detections, boxes: Float32Array) -> float:
    group = group_of(wanted.label)
    rows = [i for i, label in enumerate(detections.labels) if label in group]
    box = wanted.box
    corners = np.array([[box.x, box.y, box.right, box.bottom]], np.float32)
    near = iou_matrix(corners, xywh_to_xyxy(boxes[rows]))[0] >= MIN_IOU
    return float(detections.scores[rows][near].max(initial=0.0))
