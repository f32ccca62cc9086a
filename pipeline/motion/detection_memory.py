"""What stands between two looks of the model: who was there is still there, a little further on.

Who does not move cannot have left. Who moves goes on as he went, for the few tenths of a
second until the model looks again. What only one look has seen is carried on over one frame
and no further: a phantom must not become a person because nobody looked a second time.
"""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Detections, Float32Array
from pipeline.motion.inference_result import intersects_any
from pipeline.tracking.assignment import assign, iou_matrix

LEFT = 0.25
"""Part of an object that must still be in the frame, each way."""
KNOWN = 2
"""Looks that must have seen an object before it is carried on over more than one frame."""
MISSES = 3
"""Looks in a row that may miss a known object before it is forgotten.

Where nothing moved it was the look that was wrong, and the object is carried on as long; where
it did, over one such look."""
SAME = 0.2
"""Overlap (IoU, of widened boxes) from which on two boxes of a label are one object."""
DOUBT = 0.5
"""What the overlap with a doubtful box counts for beside that with a confident one."""
MARGIN = 0.2
"""How far boxes are widened on each side before, in parts of their size."""
TRUST = 0.8
"""Weight of the newest look in an object's velocity."""
BESIDE = 0.5
"""A new box that shares so much (IoU) with a known object is no surprise: a pair, or a double."""
CREEP = 0.1
"""Part of its own size that an object's edge moves in a second, from which on it is looked at
again though the gate sees nothing of it move."""


class DetectionMemory:
    """The objects of one camera that looks have seen; equal looks give equal memories.

    Args:
        confidence_threshold: From this score on a detection counts by itself.
        labels: Labels that matter to somebody; the others are no surprise.

    Attributes:
        outside_regions: What stands where the last look did not go.
    """

    def __init__(self, confidence_threshold: float, labels: frozenset[str]) -> None:
        self._confident = confidence_threshold
        self._watched = labels
        self._at: datetime | None = None
        self._labels: tuple[str, ...] = ()
        self._edges = np.zeros((0, 4), np.float32)
        self._speeds = np.zeros((0, 4), np.float32)
        self._scores = np.zeros(0, np.float32)
        self._looks = np.zeros(0, np.int64)
        self._missed = np.zeros(0, np.int64)
        self._doubtful = Detections.empty()
        self._bridged = 0
        self._fresh = False
        self.outside_regions = Detections.empty()

    def update(
        self,
        at: datetime,
        detections: Detections,
        *,
        quiet: bool = False,
        regions: Float32Array | None = None,
    ) -> bool:
        """Take what the model found.

        Args:
            at: Time of the frame, not before the last.
            detections: All of it, the doubtful too.
            quiet: Nothing has moved since the last look: speeds are gone.
            regions: Where alone it looked, [n, 4] of corners: who stands elsewhere stays.

        Returns:
            Whether somebody new is there, whom a second look must confirm.
        """
        self._bridged = MISSES if quiet else 1
        self._fresh = True
        if quiet:
            self._speeds[:] = 0.0
        seconds = self._since(at)
        self._at = at
        apart = self._apart(seconds, regions)
        corners = xywh_to_xyxy(detections.boxes)
        old, new = self._pair(corners, detections, seconds, apart)
        self._follow(old, corners[new], seconds, apart)
        self._scores[old] = detections.scores[new]
        self._looks[old] += 1
        self._missed += ~apart
        self._missed[old] = 0
        self._forget()
        return self._note(detections, corners, new)

    def split_by_motion(self, at: datetime) -> tuple[Float32Array, Float32Array]:
        """Tell those apart who must be looked at from those who need it only if something moves.

        Returns:
            The restless (new, missed by the last look, or on their way) where they should be by
            now, and the others; [n, 4] of corners each.
        """
        restless = self._restless()
        corners = np.clip(self._moved(self._since(at)), 0.0, 1.0)
        return corners[restless], corners[~restless]

    def predict(self, at: datetime, *, quiet: bool) -> Detections:
        """Say what stands at a moment at which the model does not look.

        Args:
            at: Not before the last look.
            quiet: Nothing moves: all are where they were.
        """
        enough = 1 if self._fresh else KNOWN
        self._fresh = False
        if not len(self._edges):
            return self._doubtful
        known = (self._looks >= enough) & (self._missed <= self._bridged)
        moved = self._edges if quiet else self._moved(self._since(at))
        return joined(self._told(moved, known), self._doubtful)

    def _restless(self) -> NDArray[np.bool_]:
        sides = np.maximum(self._edges[:, 2:] - self._edges[:, :2], 1e-3)
        moves = np.abs(self._speeds) > CREEP * np.tile(sides, (1, 2))
        return np.asarray((self._looks < KNOWN) | (self._missed > 0) | moves.any(axis=1))

    def _apart(self, seconds: float, parts: Float32Array | None) -> NDArray[np.bool_]:
        """Find who stands where nobody looked, and note what is there."""
        if parts is None:
            self.outside_regions = Detections.empty()
            return np.zeros(len(self._edges), np.bool_)
        apart = ~(self._restless() | intersects_any(self._moved(seconds), parts))
        self._speeds[apart] = 0.0
        doubtful = self._doubtful.select(~intersects_any(xywh_to_xyxy(self._doubtful.boxes), parts))
        self.outside_regions = joined(self._told(self._edges, apart), doubtful)
        return apart

    def _told(self, places: Float32Array, which: NDArray[np.bool_]) -> Detections:
        """Give known objects as detections, but those that have all but left the frame."""
        rows = np.flatnonzero(which)
        corners = np.clip(places[rows], 0.0, 1.0)
        sides, whole = corners[:, 2:] - corners[:, :2], places[rows, 2:] - places[rows, :2]
        inside = (sides > np.maximum(LEFT * whole, 1e-3)).all(axis=1)
        return Detections(
            np.concatenate([corners[:, :2], sides], axis=1)[inside],
            self._scores[rows][inside],
            tuple(self._labels[i] for i in rows[inside]),
        )

    def _since(self, at: datetime) -> float:
        return (at - (self._at or at)).total_seconds()

    def _moved(self, seconds: float) -> Float32Array:
        return self._edges + self._speeds * np.float32(seconds)

    def _pair(
        self, corners: Float32Array, found: Detections, seconds: float, apart: NDArray[np.bool_]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        if not (len(corners) and len(self._edges)):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        near = iou_matrix(
            self._moved(seconds).astype(np.float64), corners.astype(np.float64), buffer=MARGIN
        )
        near[np.array(self._labels)[:, None] != np.array(found.labels)] = 0.0
        near[:, found.scores < self._confident] *= DOUBT
        near[apart] = 0.0
        return assign(near, SAME)

    def _follow(
        self, old: NDArray[np.intp], corners: Float32Array, seconds: float, apart: NDArray[np.bool_]
    ) -> None:
        """Put the found where they are now, and learn how their edges move."""
        if seconds > 0:
            speeds = (corners - self._edges[old]) / np.float32(seconds)
            trust = np.where(self._looks[old, None] > 1, TRUST, 1.0).astype(np.float32)
            self._speeds[old] += trust * (speeds - self._speeds[old])
        missed = np.setdiff1d(np.flatnonzero(~apart), old)
        self._edges[missed] = self._moved(seconds)[missed]
        self._edges[old] = corners

    def _forget(self) -> None:
        middle = (self._edges[:, :2] + self._edges[:, 2:]) / 2
        away = np.where(self._looks >= KNOWN, self._missed > MISSES, self._missed > 0)
        self._keep(~away & ((middle > 0) & (middle < 1)).all(axis=1))

    def _keep(self, keep: NDArray[np.bool_]) -> None:
        if keep.all():
            return
        self._labels = tuple(self._labels[i] for i in np.flatnonzero(keep))
        self._edges, self._speeds = self._edges[keep], self._speeds[keep]
        self._scores, self._looks = self._scores[keep], self._looks[keep]
        self._missed = self._missed[keep]

    def _note(self, found: Detections, corners: Float32Array, known: NDArray[np.intp]) -> bool:
        """Take in who is new, and keep the doubtful that nobody known explains."""
        other = np.ones(len(found), np.bool_)
        other[known] = False
        sure = found.scores >= self._confident
        fresh = np.flatnonzero(other & sure)
        beside = iou_matrix(corners[fresh].astype(np.float64), self._edges.astype(np.float64))
        apart = fresh[~(beside > BESIDE).any(axis=1)]
        self._labels += tuple(found.labels[i] for i in fresh)
        self._edges = np.concatenate([self._edges, corners[fresh]])
        self._speeds = np.concatenate([self._speeds, np.zeros((len(fresh), 4), np.float32)])
        self._scores = np.concatenate([self._scores, found.scores[fresh]])
        self._looks = np.concatenate([self._looks, np.ones(len(fresh), np.int64)])
        self._missed = np.concatenate([self._missed, np.zeros(len(fresh), np.int64)])
        unsure = self.outside_regions.scores < self._confident
        self._doubtful = joined(found.select(other & ~sure), self.outside_regions.select(unsure))
        return any(found.labels[i] in self._watched for i in apart)


def xywh_to_xyxy(boxes: Float32Array) -> Float32Array:
    """Turn [n, 4] of left, top, width, height into left, top, right, bottom."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def joined(some: Detections, others: Detections) -> Detections:
    """Both together."""
    return Detections(
        np.concatenate([some.boxes, others.boxes]),
        np.concatenate([some.scores, others.scores]),
        some.labels + others.labels,
    )
