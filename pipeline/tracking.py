"""Detections in, numbered sightings out: own association in the way of ByteTrack.

Confident detections are paired with the tracks first, doubtful ones then keep alive what
is left over (Zhang et al., "ByteTrack", ECCV 2022). Boxes are widened a little before they
are compared, since at five frames a second a runner leaves his own box. Everything is kept
in columns: an update costs a few array operations however many tracks there are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import lap
import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections
from pipeline.geometry import Box, Point
from pipeline.motion import Motion
from pipeline.track import Sighting

Numbers = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much the tracker asks for, and how long it waits."""

    confident: float = 0.5
    """From this score on a detection may begin a track, 0 to 1."""
    confirm: int = 3
    """Frames that must show an object before it is told."""
    coast: timedelta = timedelta(seconds=1)
    """How long an object that is not detected is told where it should be."""
    forget: timedelta = timedelta(seconds=4)
    """How long an object that is not detected can still be found again."""
    doubt: timedelta = timedelta(seconds=5)
    """How long doubtful detections alone keep an object: a signpost looks a little like one."""
    overlap: float = 0.15
    """Least overlap (IoU, of widened boxes) of a track with what continues it."""
    doubtful_overlap: float = 0.4
    """The same, for a doubtful detection."""
    margin: float = 0.3
    """How far boxes are widened on each side, in parts of their size."""


PATIENCE = Patience()


class Tracker:
    """Follow objects of one camera from frame to frame.

    Equal frames give equal numbers, in whatever order a frame's detections come.
    """

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self._patience = patience
        self._last: datetime | None = None
        self._next_id = 1
        self._labels: dict[str, int] = {}
        self._motion = Motion.none()
        self._ids = np.zeros(0, np.int64)
        self._label_of = np.zeros(0, np.int64)
        self._hits = np.zeros(0, np.int64)
        self._missed = np.zeros(0, np.float64)
        self._unsure = np.zeros(0, np.float64)
        self._scores = np.zeros(0, np.float64)

    def push(self, at: datetime, detections: Detections) -> tuple[Sighting, ...]:
        """Take the detections of a frame.

        Args:
            at: Its capture time, not before the last.
            detections: In any order; boxes with no area are left aside.

        Returns:
            All confirmed objects, in order of their numbers.
        """
        seconds = (at - (self._last or at)).total_seconds()
        self._last = at
        self._motion.predict(seconds)
        boxes, scores, labels = self._columns(detections)
        tracks, found = self._associate(boxes, scores, labels)
        self._missed += seconds
        self._unsure += seconds
        self._correct(tracks, boxes[found], scores[found])
        self._drop()
        fresh = np.setdiff1d(np.flatnonzero(scores >= self._patience.confident), found)
        self._begin(boxes[fresh], scores[fresh], labels[fresh])
        return self._told()

    def _columns(self, detections: Detections) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
        """Edges, scores and label numbers in an order that depends on nothing but them."""
        left, top, width, height = detections.boxes.astype(np.float64).T
        edges = np.clip(np.stack([left, top, left + width, top + height], axis=1), 0.0, 1.0)
        scores = detections.scores.astype(np.float64)
        for label in sorted(set(detections.labels) - self._labels.keys()):
            self._labels[label] = len(self._labels)
        labels = np.array([self._labels[label] for label in detections.labels], np.int64)
        order = np.lexsort((*edges.T, labels, -scores))
        order = order[((edges[:, 2:] - edges[:, :2]) > 0).all(axis=1)[order]]
        return edges[order], scores[order], labels[order]

    def _associate(
        self, boxes: Numbers, scores: Numbers, labels: NDArray[np.int64]
    ) -> tuple[Index, Index]:
        """Pair tracks with detections: the confident ones first, then the doubtful."""
        if not (len(boxes) and len(self._ids)):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        near = overlaps(self._motion.edges(), boxes, margin=self._patience.margin)
        near[self._label_of[:, None] != labels] = 0.0
        sure = np.flatnonzero(scores >= self._patience.confident)
        tracks, found = assign(near[:, sure], self._patience.overlap)
        found = sure[found]
        present = np.flatnonzero(self._missed <= 0)
        left = np.setdiff1d(present, tracks)
        doubtful = np.flatnonzero(scores < self._patience.confident)
        again, doubt = assign(near[np.ix_(left, doubtful)], self._patience.doubtful_overlap)
        return np.concatenate([tracks, left[again]]), np.concatenate([found, doubtful[doubt]])

    def _correct(self, tracks: Index, boxes: Numbers, scores: Numbers) -> None:
        self._motion.correct(tracks, boxes)
        self._hits[tracks] += 1
        self._missed[tracks] = 0.0
        self._unsure[tracks[scores >= self._patience.confident]] = 0.0
        self._scores[tracks] = scores

    def _drop(self) -> None:
        """Forget what was away too long, and at once what was never confirmed."""
        patience = self._patience
        confirmed = self._hits >= patience.confirm
        limit = np.where(confirmed, patience.forget.total_seconds(), 0.0)
        sure = self._unsure <= patience.doubt.total_seconds()
        self._keep((self._missed <= limit) & sure & self._motion.in_frame())

    def _keep(self, mask: NDArray[np.bool_]) -> None:
        if mask.all():
            return
        self._motion = self._motion.only(mask)
        self._ids, self._label_of = self._ids[mask], self._label_of[mask]
        self._hits, self._missed = self._hits[mask], self._missed[mask]
        self._unsure, self._scores = self._unsure[mask], self._scores[mask]

    def _begin(self, boxes: Numbers, scores: Numbers, labels: NDArray[np.int64]) -> None:
        n = len(boxes)
        if not n:
            return
        self._motion = self._motion.joined(boxes)
        self._ids = np.append(self._ids, np.arange(self._next_id, self._next_id + n))
        self._next_id += n
        self._label_of = np.append(self._label_of, labels)
        self._hits = np.append(self._hits, np.ones(n, np.int64))
        self._missed = np.append(self._missed, np.zeros(n))
        self._unsure = np.append(self._unsure, np.zeros(n))
        self._scores = np.append(self._scores, scores)

    def _told(self) -> tuple[Sighting, ...]:
        coast = self._patience.coast.total_seconds()
        told = np.flatnonzero((self._hits >= self._patience.confirm) & (self._missed <= coast))
        words = list(self._labels)
        edges = self._motion.edges()[told].clip(0.0, 1.0)
        columns = (
            self._ids[told].tolist(),
            self._label_of[told].tolist(),
            np.concatenate([edges[:, :2], edges[:, 2:] - edges[:, :2]], axis=1).tolist(),
            self._scores[told].tolist(),
            self._motion.speed[told].tolist(),
            (self._missed[told] > 0).tolist(),
        )
        return tuple(
            Sighting(
                id=i,
                label=words[label],
                box=Box(*box),
                score=score,
                motion=Point(*speed),
                coasts=coasts,
            )
            for i, label, box, score, speed, coasts in zip(*columns, strict=True)
        )


def overlaps(some: Numbers, others: Numbers, *, margin: float = 0.0) -> Numbers:
    """Intersection over union of each with each, all widened by ``margin`` of their size.

    Args:
        some: [n, 4] left, top, right, bottom.
        others: [m, 4].
        margin: On each side.

    Returns:
        [n, m], 0 to 1.
    """
    a, b = _widened(some, margin), _widened(others, margin)
    shared = _shared(a, b, 0) * _shared(a, b, 1)
    areas_a, areas_b = ((e[:, 2] - e[:, 0]) * (e[:, 3] - e[:, 1]) for e in (a, b))
    together = np.add.outer(areas_a, areas_b) - shared
    return np.asarray(shared / np.maximum(together, 1e-12))


def _widened(edges: Numbers, margin: float) -> Numbers:
    by = (edges[:, 2:] - edges[:, :2]) * margin
    return np.concatenate([edges[:, :2] - by, edges[:, 2:] + by], axis=1)


def _shared(a: Numbers, b: Numbers, axis: int) -> Numbers:
    """How much each of ``a`` shares with each of ``b`` across (0) or down (1)."""
    low = np.maximum.outer(a[:, axis], b[:, axis])
    high = np.minimum.outer(a[:, axis + 2], b[:, axis + 2])
    return np.asarray(np.maximum(high - low, 0.0))


def assign(near: Numbers, least: float) -> tuple[Index, Index]:
    """Pair rows with columns so that the sum is largest; pairs below ``least`` are left out."""
    tall, wide = near.shape
    side = max(tall, wide)
    if not side:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    cost = np.zeros((side, side))
    cost[:tall, :wide] = np.where(near >= least, -near, 0.0)
    taken, _ = lap.lapjv(cost, return_cost=False)
    rows = np.flatnonzero(taken[:tall] < wide)
    columns = np.asarray(taken[rows], np.intp)
    good = near[rows, columns] >= least
    return rows[good], columns[good]
