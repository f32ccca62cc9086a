"""Multi-object tracking after ByteTrack, with buffered IoU.

Confident detections are matched with the tracks first; detections with low scores then keep the
remaining ones alive (Zhang et al., "ByteTrack", ECCV 2022). Boxes are buffered before they are
compared, because at five frames a second a running person leaves the previous box, and tracks
with a single detection once more with a larger buffer, because their velocity is unknown (Yang et
al., "Hard to Track Objects with Irregular Motions and Similar Appearances? Make It Easier by
Buffering the Matching Space" (C-BIoU), WACV 2023). All state is kept in arrays: an update costs a
few array operations, whatever the number of tracks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections
from pipeline.geometry.boxes import BoolArray, FloatArray, IndexArray
from pipeline.tracking.assignment import Classes, Matches, find_matches
from pipeline.tracking.kalman import KalmanState
from pipeline.tracking.tracker_output import NO_OBJECTS, TrackerOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """Thresholds of the tracker."""

    confidence_threshold: float = 0.5
    """Score from which a detection may start a track, 0 to 1."""
    min_hits: int = 3
    """Detections after which a track is confirmed."""
    max_coast: timedelta = timedelta(seconds=1)
    """How long the predicted position of an undetected object is reported."""
    max_lost: timedelta = timedelta(seconds=4)
    """How long an undetected object can be matched again."""
    max_low_score: timedelta = timedelta(seconds=5)
    """How long detections with low scores alone keep a track: a signpost looks a little like a
    person."""
    iou_threshold: float = 0.15
    """Least IoU of buffered boxes for a match."""
    low_score_iou_threshold: float = 0.4
    """The same for a detection with a low score."""
    buffer: float = 0.3
    """How far boxes are widened on each side, as a share of their size."""
    second_buffer: float = 0.6
    """The same for tracks with a single detection that nothing else matches."""


DEFAULT_CONFIG = TrackerConfig()


class Tracker:
    """Track the objects of one camera from frame to frame.

    Equal frames give equal ids, whatever the order of the detections.
    """

    def __init__(self, config: TrackerConfig = DEFAULT_CONFIG) -> None:
        self._config = config
        self._last: datetime | None = None
        self._next_id = 1
        self._classes: dict[str, int] = {}
        self._state = KalmanState.empty()
        self._ids = np.zeros(0, np.int64)
        self._class_of = np.zeros(0, np.int64)
        self._hits = np.zeros(0, np.int64)
        self._lost_s = np.zeros(0, np.float64)
        self._low_score_s = np.zeros(0, np.float64)
        self._scores = np.zeros(0, np.float64)

    def push(self, at: datetime, detections: Detections) -> TrackerOutput:
        """Process the detections of a frame.

        Args:
            at: Capture time, not before the previous frame.
            detections: In any order; boxes without area are ignored.

        Returns:
            All confirmed objects, in order of their ids.
        """
        seconds = (at - (self._last or at)).total_seconds()
        self._last = at
        if not (len(detections) or len(self._ids)):
            return NO_OBJECTS
        self._state.predict(seconds)
        boxes, scores, classes = self._sorted_arrays(detections)
        tracks, matched = self._associate(boxes, scores, classes)
        self._lost_s += seconds
        self._low_score_s += seconds
        self._update(tracks, boxes[matched], scores[matched])
        self._drop_lost()
        fresh = scores >= self._config.confidence_threshold
        fresh[matched] = False
        self._start(boxes[fresh], scores[fresh], classes[fresh])
        return self._confirmed()

    def _sorted_arrays(self, detections: Detections) -> tuple[FloatArray, FloatArray, Classes]:
        """Return boxes, scores and class numbers in an order that depends on nothing else."""
        boxes = detections.boxes.astype(np.float64)
        boxes[:, 2:] += boxes[:, :2]
        boxes = np.minimum(np.maximum(boxes, 0.0), 1.0)
        scores = detections.scores.astype(np.float64)
        for label in sorted(set(detections.labels) - self._classes.keys()):
            self._classes[label] = len(self._classes)
        classes = np.array([self._classes[label] for label in detections.labels], np.int64)
        left, top, right, bottom = boxes.T
        order = np.lexsort((left, top, right, bottom, classes, -scores))
        order = order[((right > left) & (bottom > top))[order]]
        return boxes[order], scores[order], classes[order]

    def _associate(
        self, boxes: FloatArray, scores: FloatArray, classes: Classes
    ) -> tuple[IndexArray, IndexArray]:
        """Match tracks with detections: confident ones, low scores, then the larger buffer."""
        config = self._config
        near = find_matches(
            self._state.xyxy(), boxes, classes=(self._class_of, classes), buffer=config.buffer
        )
        is_confident = scores[near.columns] >= config.confidence_threshold
        first = near.select(is_confident & (near.ious >= config.iou_threshold)).max_weight()
        rows, columns = first.rows, first.columns
        if not is_confident.all():
            free = self._lost_s <= 0
            free[rows] = False
            candidates = ~is_confident & (near.ious >= config.low_score_iou_threshold)
            second = near.select(candidates & free[near.rows]).max_weight()
            rows = np.concatenate([rows, second.rows])
            columns = np.concatenate([columns, second.columns])
        young, fresh = self._hits == 1, scores >= config.confidence_threshold
        young[rows] = fresh[columns] = False
        if young.any() and fresh.any():
            third = self._match_young(
                boxes, classes, young=young.nonzero()[0], fresh=fresh.nonzero()[0]
            )
            rows = np.concatenate([rows, third.rows])
            columns = np.concatenate([columns, third.columns])
        return rows, columns

    def _match_young(
        self, boxes: FloatArray, classes: Classes, *, young: IndexArray, fresh: IndexArray
    ) -> Matches:
        """Match tracks with a single detection, whose velocity is unknown, in a larger buffer."""
        near = find_matches(
            self._state.xyxy()[young],
            boxes[fresh],
            classes=(self._class_of[young], classes[fresh]),
            buffer=self._config.second_buffer,
        )
        best = near.select(near.ious >= self._config.iou_threshold).max_weight()
        return Matches(young[best.rows], fresh[best.columns], best.ious)

    def _update(self, tracks: IndexArray, boxes: FloatArray, scores: FloatArray) -> None:
        self._state.update(tracks, boxes)
        self._hits[tracks] += 1
        self._lost_s[tracks] = 0.0
        self._low_score_s[tracks[scores >= self._config.confidence_threshold]] = 0.0
        self._scores[tracks] = scores

    def _drop_lost(self) -> None:
        """Drop tracks lost for too long, and unconfirmed ones at the first miss."""
        config = self._config
        is_confirmed = self._hits >= config.min_hits
        limit_s = np.where(is_confirmed, config.max_lost.total_seconds(), 0.0)
        is_sure = self._low_score_s <= config.max_low_score.total_seconds()
        self._keep((self._lost_s <= limit_s) & is_sure & self._state.in_frame())

    def _keep(self, mask: BoolArray) -> None:
        if mask.all():
            return
        self._state = self._state.select(mask)
        self._ids, self._class_of = self._ids[mask], self._class_of[mask]
        self._hits, self._lost_s = self._hits[mask], self._lost_s[mask]
        self._low_score_s, self._scores = self._low_score_s[mask], self._scores[mask]

    def _start(self, boxes: FloatArray, scores: FloatArray, classes: NDArray[np.int64]) -> None:
        n = len(boxes)
        if not n:
            return
        self._state = self._state.append(boxes)
        self._ids = np.append(self._ids, np.arange(self._next_id, self._next_id + n))
        self._next_id += n
        self._class_of = np.append(self._class_of, classes)
        self._hits = np.append(self._hits, np.ones(n, np.int64))
        self._lost_s = np.append(self._lost_s, np.zeros(n))
        self._low_score_s = np.append(self._low_score_s, np.zeros(n))
        self._scores = np.append(self._scores, scores)

    def _confirmed(self) -> TrackerOutput:
        config = self._config
        is_visible = self._lost_s <= config.max_coast.total_seconds()
        rows = np.flatnonzero((self._hits >= config.min_hits) & is_visible)
        labels = list(self._classes)
        boxes = np.minimum(np.maximum(self._state.xyxy()[rows], 0.0), 1.0)
        boxes[:, 2:] -= boxes[:, :2]
        return TrackerOutput(
            ids=self._ids[rows],
            labels=[labels[number] for number in self._class_of[rows].tolist()],
            boxes=boxes,
            scores=self._scores[rows],
            velocities=self._state.velocity[rows],
            is_coasting=self._lost_s[rows] > 0,
        )
