"""Interpolate the positions of heads between the frames on which inference ran. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.geometry.boxes import Float32Array

MAX_STEP_WIDTHS = 1.5
"""A head on the next frame is the same head if it moved less, in head widths."""
MARGIN = 0.35
"""Enlargement of a masked region on each side, as a share of its size."""


@dataclass(frozen=True, slots=True)
class HeadObservation:
    """The heads on one frame.

    Args:
        heads: float32 [n, 4]: left, top, right, bottom as fractions of the frame.
    """

    at: datetime
    heads: Float32Array


class HeadMask:
    """Mask each head along its path from one observation to the next.

    A head is masked from ``hold`` before its first to ``hold`` after its last observation; in
    between its position is interpolated linearly.

    Args:
        observations: Sorted by time.
        hold: A time further from every observation counts as not observed.
        tolerance: How far the times may be off: a head is also masked at its positions this much
            earlier and later.
    """

    def __init__(
        self,
        observations: Sequence[HeadObservation],
        *,
        hold: timedelta,
        tolerance: timedelta = timedelta(0),
    ) -> None:
        self._tolerance_s = tolerance.total_seconds()
        self._hold_s = hold.total_seconds()
        self._started_at = observations[0].at if observations else None
        self._times = np.array([self._seconds(item.at) for item in observations])
        self._paths: list[tuple[list[float], list[Float32Array]]] = []
        for time, item in zip(self._times, observations, strict=True):
            self._extend_paths(float(time), item.heads)

    @property
    def is_empty(self) -> bool:
        """Whether no head was observed at all."""
        return not self._paths

    def is_observed(self, at: datetime) -> bool:
        """Return whether there is an observation within ``hold`` of ``at``."""
        if self._started_at is None:
            return False
        return bool(np.abs(self._times - self._seconds(at)).min() <= self._hold_s)

    def is_observed_throughout(self, since: datetime, until: datetime) -> bool:
        """Return whether every time from ``since`` to ``until`` is observed."""
        if not (self.is_observed(since) and self.is_observed(until)):
            return False
        first, last = self._seconds(since) - self._hold_s, self._seconds(until) + self._hold_s
        inside = self._times[(self._times >= first) & (self._times <= last)]
        return bool((np.diff(inside) <= 2 * self._hold_s).all())

    def regions_at(self, at: datetime) -> Float32Array:
        """Return the regions to mask.

        Returns:
            float32 [n, 4]: left, top, right, bottom as fractions of the frame, inside it.
        """
        second, tolerance = self._seconds(at), self._tolerance_s
        seconds = (second - tolerance, second, second + tolerance) if tolerance else (second,)
        return np.concatenate([self._regions(s) for s in seconds])

    def _regions(self, second: float) -> Float32Array:
        regions = [
            [np.interp(second, times, corner) for corner in np.stack(boxes, axis=1)]
            for times, boxes in self._paths
            if times[0] - self._hold_s <= second <= times[-1] + self._hold_s
        ]
        boxes = np.array(regions, np.float32).reshape(-1, 4)
        margin = MARGIN * (boxes[:, 2:] - boxes[:, :2])
        return np.asarray(np.clip(boxes + np.hstack([-margin, margin]), 0, 1), np.float32)

    def _extend_paths(self, time: float, heads: Float32Array) -> None:
        """Append each head to the path of the nearest recent head, or start a new path."""
        recent = [path for path in self._paths if time - path[0][-1] <= 2 * self._hold_s]
        for head in heads:
            path = min(recent, key=lambda path: _distance(path[1][-1], head), default=None)
            if path is None or _distance(path[1][-1], head) > MAX_STEP_WIDTHS:
                self._paths.append(([time], [head]))
                continue
            recent = [other for other in recent if other is not path]
            path[0].append(time)
            path[1].append(head)

    def _seconds(self, at: datetime) -> float:
        return (at - self._started_at).total_seconds() if self._started_at else 0.0


def _distance(first: Float32Array, second: Float32Array) -> float:
    """Return the distance of the centres of two boxes, in widths of the wider one."""
    width = max(float(first[2] - first[0]), float(second[2] - second[0]), 1e-6)
    offset = (second[:2] + second[2:] - first[:2] - first[2:]) / 2
    return float(np.hypot(*offset)) / width
