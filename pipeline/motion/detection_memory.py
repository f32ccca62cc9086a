"""Predict detections for frames without an inference, from earlier ones.

An object that does not move cannot have left. One that moves is extrapolated for the few tenths
of a second until the next inference. What a single inference has detected is carried over one
frame only: a false detection must not become a track because no second inference ran.
"""

from datetime import datetime

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.boxes import (
    BoolArray,
    Float32Array,
    IndexArray,
    intersects_any,
    iou_matrix,
    xywh_to_xyxy,
)
from pipeline.tracking.assignment import assign

MIN_VISIBLE = 0.25
"""Share of an object that must still be inside the frame, each way."""
MIN_HITS = 2
"""Inferences that must have detected an object before it is carried over more than one frame."""
MAX_MISSES = 3
"""Consecutive inferences that may miss a known object before it is dropped.

Where nothing moved, the inference was wrong, and the object is carried over for as long; where
something moved, over one such inference."""
IOU_THRESHOLD = 0.2
"""IoU of buffered boxes from which two boxes of a label are one object."""
LOW_SCORE_WEIGHT = 0.5
"""Weight of the IoU with a detection below the confidence threshold."""
BUFFER = 0.2
"""How far boxes are widened on each side before they are compared, as a share of their size."""
VELOCITY_WEIGHT = 0.8
"""Weight of the newest measurement in an object's velocity."""
DUPLICATE_IOU = 0.5
"""A new box with this IoU with a known object counts as no new object."""
MOVING_SPEED = 0.1
"""Share of its own size that an edge of an object moves in a second, from which on the object is
inferred again although the gate sees no motion there."""


class DetectionMemory:
    """The objects of one camera that inferences have detected.

    Args:
        confidence_threshold: That of the detector.
        labels: Labels whose new objects are reported by ``update``.

    Attributes:
        outside_regions: Remembered objects outside the regions of the last inference.
    """

    def __init__(self, confidence_threshold: float, labels: frozenset[str]) -> None:
        self._confidence_threshold = confidence_threshold
        self._watched = labels
        self._at: datetime | None = None
        self._labels: tuple[str, ...] = ()
        self._boxes = np.zeros((0, 4), np.float32)
        self._velocities = np.zeros((0, 4), np.float32)
        self._scores = np.zeros(0, np.float32)
        self._hits = np.zeros(0, np.int64)
        self._misses = np.zeros(0, np.int64)
        self._low_score = Detections.empty()
        self._max_misses = 0
        self._is_fresh = False
        self.outside_regions = Detections.empty()

    def update(
        self,
        at: datetime,
        detections: Detections,
        *,
        quiet: bool = False,
        regions: Float32Array | None = None,
    ) -> bool:
        """Record the detections of an inference.

        Args:
            at: Time of the frame, not before the previous one.
            detections: All of them, including those with low scores.
            quiet: Nothing has moved since the last inference: velocities are reset.
            regions: What the inference covered, [n, 4] left, top, right, bottom; objects outside
                are kept. ``None`` for the full frame.

        Returns:
            Whether there is a new object, which a second inference must confirm.
        """
        self._max_misses = MAX_MISSES if quiet else 1
        self._is_fresh = True
        if quiet:
            self._velocities[:] = 0.0
        seconds = self._seconds_since(at)
        self._at = at
        outside = self._split_off_outside(seconds, regions)
        boxes = xywh_to_xyxy(detections.boxes)
        old, new = self._match(boxes, detections, seconds, outside)
        self._move(old, boxes[new], seconds, outside)
        self._scores[old] = detections.scores[new]
        self._hits[old] += 1
        self._misses += ~outside
        self._misses[old] = 0
        self._drop_lost()
        return self._add(detections, boxes, new)

    def split_by_motion(self, at: datetime) -> tuple[Float32Array, Float32Array]:
        """Split the objects into those that need an inference and those at rest.

        Returns:
            Unsettled objects (new, missed by the last inference, or moving) at their predicted
            position, and the others; [n, 4] left, top, right, bottom each.
        """
        unsettled = self._unsettled()
        boxes = np.clip(self._predicted_boxes(self._seconds_since(at)), 0.0, 1.0)
        return boxes[unsettled], boxes[~unsettled]

    def predict(self, at: datetime, *, quiet: bool) -> Detections:
        """Return the detections of a frame without an inference.

        Args:
            at: Not before the last inference.
            quiet: Nothing moves, so objects are where they were.
        """
        min_hits = 1 if self._is_fresh else MIN_HITS
        self._is_fresh = False
        if not len(self._boxes):
            return self._low_score
        known = (self._hits >= min_hits) & (self._misses <= self._max_misses)
        boxes = self._boxes if quiet else self._predicted_boxes(self._seconds_since(at))
        return self._as_detections(boxes, known).merge(self._low_score)

    def _unsettled(self) -> BoolArray:
        sides = np.maximum(self._boxes[:, 2:] - self._boxes[:, :2], 1e-3)
        moves = np.abs(self._velocities) > MOVING_SPEED * np.tile(sides, (1, 2))
        return np.asarray((self._hits < MIN_HITS) | (self._misses > 0) | moves.any(axis=1))

    def _split_off_outside(self, seconds: float, regions: Float32Array | None) -> BoolArray:
        """Return which objects lie outside the regions, and set ``outside_regions``."""
        if regions is None:
            self.outside_regions = Detections.empty()
            return np.zeros(len(self._boxes), np.bool_)
        covered = intersects_any(self._predicted_boxes(seconds), regions)
        outside = ~(self._unsettled() | covered)
        self._velocities[outside] = 0.0
        low_score_covered = intersects_any(xywh_to_xyxy(self._low_score.boxes), regions)
        low_score = self._low_score.select(~low_score_covered)
        self.outside_regions = self._as_detections(self._boxes, outside).merge(low_score)
        return outside

    def _as_detections(self, boxes: Float32Array, mask: BoolArray) -> Detections:
        """Return objects as detections, except those that have nearly left the frame."""
        rows = np.flatnonzero(mask)
        corners = np.clip(boxes[rows], 0.0, 1.0)
        sides, whole = corners[:, 2:] - corners[:, :2], boxes[rows, 2:] - boxes[rows, :2]
        inside = (sides > np.maximum(MIN_VISIBLE * whole, 1e-3)).all(axis=1)
        return Detections(
            np.concatenate([corners[:, :2], sides], axis=1)[inside],
            self._scores[rows][inside],
            tuple(self._labels[i] for i in rows[inside]),
        )

    def _seconds_since(self, at: datetime) -> float:
        return (at - (self._at or at)).total_seconds()

    def _predicted_boxes(self, seconds: float) -> Float32Array:
        return self._boxes + self._velocities * np.float32(seconds)

    def _match(
        self, boxes: Float32Array, detections: Detections, seconds: float, outside: BoolArray
    ) -> tuple[IndexArray, IndexArray]:
        if not (len(boxes) and len(self._boxes)):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        predicted = self._predicted_boxes(seconds).astype(np.float64)
        ious = iou_matrix(predicted, boxes.astype(np.float64), buffer=BUFFER)
        ious[np.array(self._labels)[:, None] != np.array(detections.labels)] = 0.0
        ious[:, detections.scores < self._confidence_threshold] *= LOW_SCORE_WEIGHT
        ious[outside] = 0.0
        return assign(ious, IOU_THRESHOLD)

    def _move(
        self, old: IndexArray, boxes: Float32Array, seconds: float, outside: BoolArray
    ) -> None:
        """Set the new positions, and learn the velocities of the edges."""
        if seconds > 0:
            velocities = (boxes - self._boxes[old]) / np.float32(seconds)
            weight = np.where(self._hits[old, None] > 1, VELOCITY_WEIGHT, 1.0)
            change = velocities - self._velocities[old]
            self._velocities[old] += weight.astype(np.float32) * change
        missed = np.setdiff1d(np.flatnonzero(~outside), old)
        self._boxes[missed] = self._predicted_boxes(seconds)[missed]
        self._boxes[old] = boxes

    def _drop_lost(self) -> None:
        centre = (self._boxes[:, :2] + self._boxes[:, 2:]) / 2
        lost = np.where(self._hits >= MIN_HITS, self._misses > MAX_MISSES, self._misses > 0)
        self._keep(~lost & ((centre > 0) & (centre < 1)).all(axis=1))

    def _keep(self, keep: BoolArray) -> None:
        if keep.all():
            return
        self._labels = tuple(self._labels[i] for i in np.flatnonzero(keep))
        self._boxes, self._velocities = self._boxes[keep], self._velocities[keep]
        self._scores, self._hits = self._scores[keep], self._hits[keep]
        self._misses = self._misses[keep]

    def _add(self, detections: Detections, boxes: Float32Array, known: IndexArray) -> bool:
        """Add new objects and unmatched low-score detections; see ``update``."""
        unmatched = np.ones(len(detections), np.bool_)
        unmatched[known] = False
        confident = detections.scores >= self._confidence_threshold
        fresh = np.flatnonzero(unmatched & confident)
        ious = iou_matrix(boxes[fresh].astype(np.float64), self._boxes.astype(np.float64))
        new = fresh[~(ious > DUPLICATE_IOU).any(axis=1)]
        self._labels += tuple(detections.labels[i] for i in fresh)
        self._boxes = np.concatenate([self._boxes, boxes[fresh]])
        zeros = np.zeros((len(fresh), 4), np.float32)
        self._velocities = np.concatenate([self._velocities, zeros])
        self._scores = np.concatenate([self._scores, detections.scores[fresh]])
        self._hits = np.concatenate([self._hits, np.ones(len(fresh), np.int64)])
        self._misses = np.concatenate([self._misses, np.zeros(len(fresh), np.int64)])
        unsure = self.outside_regions.scores < self._confidence_threshold
        low_score = detections.select(unmatched & ~confident)
        self._low_score = low_score.merge(self.outside_regions.select(unsure))
        return any(detections.labels[i] in self._watched for i in new)
