"""Detections in, numbered sightings out: own association in the way of ByteTrack.

Confident detections are paired with the tracks first, doubtful ones then keep alive what
is left over (Zhang et al., "ByteTrack", ECCV 2022). Boxes are widened a little before they
are compared, since at five frames a second a runner leaves his own box. What was seen only
once may have gone further still: nobody knows yet where to. Everything is kept in columns:
an update costs a few array operations however many tracks there are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections
from pipeline.tracking.assignment import Matches, find_matches
from pipeline.tracking.kalman import KalmanState
from pipeline.tracking.tracker_output import NO_OBJECTS, TrackerOutput

Numbers = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """How much the tracker asks for, and how long it waits."""

    confidence_threshold: float = 0.5
    """From this score on a detection may begin a track, 0 to 1."""
    min_hits: int = 3
    """Frames that must show an object before it is told."""
    max_coast: timedelta = timedelta(seconds=1)
    """How long an object that is not detected is told where it should be."""
    max_lost: timedelta = timedelta(seconds=4)
    """How long an object that is not detected can still be found again."""
    max_low_score: timedelta = timedelta(seconds=5)
    """How long doubtful detections alone keep an object: a signpost looks a little like one."""
    iou_threshold: float = 0.15
    """Least overlap (IoU, of widened boxes) of a track with what continues it."""
    low_score_iou_threshold: float = 0.4
    """The same, for a doubtful detection."""
    buffer: float = 0.3
    """How far boxes are widened on each side, in parts of their size."""
    second_buffer: float = 0.6
    """The same for what was seen only once, where nothing else continues it."""


DEFAULT_CONFIG = TrackerConfig()


class Tracker:
    """Follow objects of one camera from frame to frame.

    Equal frames give equal numbers, in whatever order a frame's detections come.
    """

    def __init__(self, config: TrackerConfig = DEFAULT_CONFIG) -> None:
        self._patience = config
        self._last: datetime | None = None
        self._next_id = 1
        self._labels: dict[str, int] = {}
        self._motion = KalmanState.empty()
        self._ids = np.zeros(0, np.int64)
        self._label_of = np.zeros(0, np.int64)
        self._hits = np.zeros(0, np.int64)
        self._missed = np.zeros(0, np.float64)
        self._unsure = np.zeros(0, np.float64)
        self._scores = np.zeros(0, np.float64)

    def push(self, at: datetime, detections: Detections) -> TrackerOutput:
        """Take the detections of a frame.

        Args:
            at: Its capture time, not before the last.
            detections: In any order; boxes with no area are left aside.

        Returns:
            All confirmed objects, in order of their numbers.
        """
        seconds = (at - (self._last or at)).total_seconds()
        self._last = at
        if not (len(detections) or len(self._ids)):
            return NO_OBJECTS
        self._motion.predict(seconds)
        boxes, scores, labels = self._columns(detections)
        tracks, found = self._associate(boxes, scores, labels)
        self._missed += seconds
        self._unsure += seconds
        self._correct(tracks, boxes[found], scores[found])
        self._drop()
        fresh = scores >= self._patience.confidence_threshold
        fresh[found] = False
        self._begin(boxes[fresh], scores[fresh], labels[fresh])
        return self._told()

    def _columns(self, detections: Detections) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
        """Edges, scores and label numbers in an order that depends on nothing but them."""
        edges = detections.boxes.astype(np.float64)
        edges[:, 2:] += edges[:, :2]
        edges = np.minimum(np.maximum(edges, 0.0), 1.0)
        scores = detections.scores.astype(np.float64)
        for label in sorted(set(detections.labels) - self._labels.keys()):
            self._labels[label] = len(self._labels)
        labels = np.array([self._labels[label] for label in detections.labels], np.int64)
        left, top, right, bottom = edges.T
        order = np.lexsort((left, top, right, bottom, labels, -scores))
        order = order[((right > left) & (bottom > top))[order]]
        return edges[order], scores[order], labels[order]

    def _associate(
        self, boxes: Numbers, scores: Numbers, labels: NDArray[np.int64]
    ) -> tuple[Index, Index]:
        """Pair tracks with detections: the confident, the doubtful, then who went on by much."""
        patience, known = self._patience, self._motion.xyxy()
        near = find_matches(known, boxes, classes=(self._label_of, labels), buffer=patience.buffer)
        is_sure = scores[near.columns] >= patience.confidence_threshold
        first = near.select(is_sure & (near.ious >= patience.iou_threshold)).max_weight()
        rows, columns = first.rows, first.columns
        if not is_sure.all():
            left = self._missed <= 0
            left[rows] = False
            doubtful = ~is_sure & (near.ious >= patience.low_score_iou_threshold) & left[near.rows]
            second = near.select(doubtful).max_weight()
            rows = np.concatenate([rows, second.rows])
            columns = np.concatenate([columns, second.columns])
        young, fresh = self._hits == 1, scores >= patience.confidence_threshold
        young[rows] = fresh[columns] = False
        if young.any() and fresh.any():
            third = self._strides(boxes, labels, young=young.nonzero()[0], fresh=fresh.nonzero()[0])
            rows = np.concatenate([rows, third.rows])
            columns = np.concatenate([columns, third.columns])
        return rows, columns

    def _strides(
        self, boxes: Numbers, labels: NDArray[np.int64], *, young: Index, fresh: Index
    ) -> Matches:
        """Pair those that were seen only once with what may be them, further on."""
        kinds = self._label_of[young], labels[fresh]
        known = self._motion.xyxy()[young]
        near = find_matches(known, boxes[fresh], classes=kinds, buffer=self._patience.second_buffer)
        best = near.select(near.ious >= self._patience.iou_threshold).max_weight()
        return Matches(young[best.rows], fresh[best.columns], best.ious)

    def _correct(self, tracks: Index, boxes: Numbers, scores: Numbers) -> None:
        self._motion.update(tracks, boxes)
        self._hits[tracks] += 1
        self._missed[tracks] = 0.0
        self._unsure[tracks[scores >= self._patience.confidence_threshold]] = 0.0
        self._scores[tracks] = scores

    def _drop(self) -> None:
        """Forget what was away too long, and at once what was never confirmed."""
        patience = self._patience
        confirmed = self._hits >= patience.min_hits
        limit = np.where(confirmed, patience.max_lost.total_seconds(), 0.0)
        sure = self._unsure <= patience.max_low_score.total_seconds()
        self._keep((self._missed <= limit) & sure & self._motion.in_frame())

    def _keep(self, mask: NDArray[np.bool_]) -> None:
        if mask.all():
            return
        self._motion = self._motion.select(mask)
        self._ids, self._label_of = self._ids[mask], self._label_of[mask]
        self._hits, self._missed = self._hits[mask], self._missed[mask]
        self._unsure, self._scores = self._unsure[mask], self._scores[mask]

    def _begin(self, boxes: Numbers, scores: Numbers, labels: NDArray[np.int64]) -> None:
        n = len(boxes)
        if not n:
            return
        self._motion = self._motion.append(boxes)
        self._ids = np.append(self._ids, np.arange(self._next_id, self._next_id + n))
        self._next_id += n
        self._label_of = np.append(self._label_of, labels)
        self._hits = np.append(self._hits, np.ones(n, np.int64))
        self._missed = np.append(self._missed, np.zeros(n))
        self._unsure = np.append(self._unsure, np.zeros(n))
        self._scores = np.append(self._scores, scores)

    def _told(self) -> TrackerOutput:
        coast = self._patience.max_coast.total_seconds()
        told = np.flatnonzero((self._hits >= self._patience.min_hits) & (self._missed <= coast))
        words = list(self._labels)
        boxes = np.minimum(np.maximum(self._motion.xyxy()[told], 0.0), 1.0)
        boxes[:, 2:] -= boxes[:, :2]
        return TrackerOutput(
            ids=self._ids[told],
            labels=[words[label] for label in self._label_of[told].tolist()],
            boxes=boxes,
            scores=self._scores[told],
            velocities=self._motion.velocity[told],
            is_coasting=self._missed[told] > 0,
        )
