"""Multi-object tracking after ByteTrack, with buffered IoU.

Confident detections are matched with the tracks first; detections with low scores then keep the
remaining ones alive (Zhang et al., "ByteTrack", ECCV 2022). Boxes are buffered before they are
compared, because at five frames a second a running person leaves the previous box, and tracks
with a single detection once more with a larger buffer, because their velocity is unknown (Yang et
al., "Hard to Track Objects with Irregular Motions and Similar Appearances? Make It Easier by
Buffering the Matching Space" (C-BIoU), WACV 2023). All state is one matrix, a column for each
track: an update costs a few operations on whole rows, whatever the number of tracks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.detection import Detections
from pipeline.geometry.boxes import FloatArray, IndexArray
from pipeline.tracking import kalman
from pipeline.tracking.assignment import Classes, Matches, find_matches
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
LOST_S, LOW_SCORE_S, SCORE, HITS, CLASS, ID = range(kalman.STATE_ROWS, kalman.STATE_ROWS + 6)
"""Rows below those of the filter: seconds since the last detection, and since the last confident
one; score of the last detection; number of detections; number of the label; id."""


class Tracker:
    """Track the objects of one camera from frame to frame.

    Equal frames give equal ids, whatever the order of the detections.
    """

    def __init__(self, config: TrackerConfig = DEFAULT_CONFIG) -> None:
        self._config = config
        self._last: datetime | None = None
        self._next_id = 1
        self._classes: dict[str, int] = {}
        self._table = np.zeros((ID + 1, 0))

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
        if not (len(detections) or self._table.shape[1]):
            return NO_OBJECTS
        kalman.predict(self._table, seconds)
        corners, scores, classes = self._sorted_arrays(detections)
        tracks, matched = self._associate(corners, scores, classes)
        self._table[LOST_S : LOW_SCORE_S + 1] += seconds
        self._update(tracks, corners.take(matched, 1), scores.take(matched))
        self._drop_lost()
        fresh = scores >= self._config.confidence_threshold
        fresh[matched] = False
        if fresh.any():
            self._start(corners[:, fresh], scores[fresh], classes[fresh])
        return self._confirmed()

    def _sorted_arrays(self, detections: Detections) -> tuple[FloatArray, FloatArray, Classes]:
        """Return corners, scores and class numbers in an order that depends on nothing else."""
        corners = np.empty((4, len(detections)))
        corners[:] = detections.boxes.T
        corners[2:] += corners[:2]
        np.maximum(np.minimum(corners, 1.0, out=corners), 0.0, out=corners)
        scores = detections.scores.astype(np.float64)
        for label in sorted(set(detections.labels) - self._classes.keys()):
            self._classes[label] = len(self._classes)
        classes = np.array([self._classes[label] for label in detections.labels], np.float64)
        left, top, right, bottom = corners
        order = np.lexsort((left, top, right, bottom, classes, -scores))
        has_area = (right > left) & (bottom > top)
        if not has_area.all():
            order = order[has_area[order]]
        return corners.take(order, 1), scores.take(order), classes.take(order)

    def _associate(
        self, corners: FloatArray, scores: FloatArray, classes: Classes
    ) -> tuple[IndexArray, IndexArray]:
        """Match tracks with detections: confident ones, low scores, then the larger buffer."""
        config, table = self._config, self._table
        predicted = kalman.corners_of(table)
        near = find_matches(
            predicted, corners, classes=(table[CLASS], classes), buffer=config.buffer
        )
        is_confident = scores.take(near.columns) >= config.confidence_threshold
        first = near.select(is_confident & (near.ious >= config.iou_threshold)).max_weight()
        rows, columns = first.rows, first.columns
        if not is_confident.all():
            free = table[LOST_S] <= 0
            free[rows] = False
            candidates = ~is_confident & (near.ious >= config.low_score_iou_threshold)
            second = near.select(candidates & free[near.rows]).max_weight()
            rows = np.concatenate([rows, second.rows])
            columns = np.concatenate([columns, second.columns])
        if len(rows) == table.shape[1] or len(columns) == len(scores):
            return rows, columns
        young, fresh = table[HITS] == 1, scores >= config.confidence_threshold
        young[rows] = fresh[columns] = False
        if young.any() and fresh.any():
            third = self._match_young(
                predicted, corners, classes, young=young.nonzero()[0], fresh=fresh.nonzero()[0]
            )
            rows = np.concatenate([rows, third.rows])
            columns = np.concatenate([columns, third.columns])
        return rows, columns

    def _match_young(
        self,
        predicted: FloatArray,
        corners: FloatArray,
        classes: Classes,
        *,
        young: IndexArray,
        fresh: IndexArray,
    ) -> Matches:
        """Match tracks with a single detection, whose velocity is unknown, in a larger buffer."""
        near = find_matches(
            predicted[:, young],
            corners[:, fresh],
            classes=(self._table[CLASS, young], classes[fresh]),
            buffer=self._config.second_buffer,
        )
        best = near.select(near.ious >= self._config.iou_threshold).max_weight()
        return Matches(young[best.rows], fresh[best.columns], best.ious)

    def _update(self, tracks: IndexArray, corners: FloatArray, scores: FloatArray) -> None:
        part = self._table.take(tracks, 1)
        kalman.update(part, corners)
        part[LOST_S], part[SCORE] = 0.0, scores
        part[LOW_SCORE_S] *= scores < self._config.confidence_threshold
        part[HITS] += 1
        self._table[:, tracks] = part

    def _drop_lost(self) -> None:
        """Drop tracks lost for too long, and unconfirmed ones at the first miss."""
        config, table = self._config, self._table
        is_confirmed = table[HITS] >= config.min_hits
        limit_s = is_confirmed * config.max_lost.total_seconds()
        keep = (table[LOST_S] <= limit_s) & (
            table[LOW_SCORE_S] <= config.max_low_score.total_seconds()
        )
        centre = table[:2]
        keep &= ((centre >= 0) & (centre <= 1)).all(axis=0)
        if not keep.all():
            self._table = table[:, keep]

    def _start(self, corners: FloatArray, scores: FloatArray, classes: Classes) -> None:
        count = len(scores)
        started = np.zeros((ID + 1, count))
        started[: kalman.STATE_ROWS] = kalman.initial_state(corners)
        started[SCORE], started[HITS], started[CLASS] = scores, 1, classes
        started[ID] = np.arange(self._next_id, self._next_id + count)
        self._next_id += count
        self._table = np.concatenate([self._table, started], axis=1)

    def _confirmed(self) -> TrackerOutput:
        config, table = self._config, self._table
        is_visible = table[LOST_S] <= config.max_coast.total_seconds()
        is_shown = is_visible & (table[HITS] >= config.min_hits)
        if not is_shown.all():
            table = table[:, is_shown]
        labels = list(self._classes)
        boxes = kalman.corners_of(table)
        np.maximum(np.minimum(boxes, 1.0, out=boxes), 0.0, out=boxes)
        boxes[2:] -= boxes[:2]
        return TrackerOutput(
            ids=table[ID].astype(np.int64),
            labels=[labels[int(number)] for number in table[CLASS].tolist()],
            boxes=boxes.T,
            scores=table[SCORE].copy(),
            velocities=table[kalman.VELOCITY].T.copy(),
            is_coasting=table[LOST_S] > 0,
        )
