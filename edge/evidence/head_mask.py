"""Where heads are at any moment, from the few moments at which somebody looked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.geometry.boxes import Float32Array

MAX_STEP_WIDTHS = 1.5
"""A head is the same one if it has not gone further than this, in parts of its width."""
MARGIN = 0.35
"""How much larger than seen a head is hidden, to each side, in parts of its size."""


@dataclass(frozen=True, slots=True)
class HeadObservation:
    """What was seen at a moment.

    Args:
        heads: float32 [n, 4]: left, top, right, bottom, fractions of the frame.
    """

    at: datetime
    heads: Float32Array


class HeadMask:
    """Hides each head on its way from one look to the next.

    A head is hidden for ``hold`` before it was first and after it was last seen, and in between
    along the line from where it was to where it is.

    Args:
        observations: In the order of their time.
        hold: A moment further than this from every look is not vouched for.
        tolerance: How far the looks' times may be off: a head is hidden where it is then, too.
    """

    def __init__(
        self,
        observations: Sequence[HeadObservation],
        *,
        hold: timedelta,
        tolerance: timedelta = timedelta(0),
    ) -> None:
        self._slack = tolerance.total_seconds()
        self._hold = hold.total_seconds()
        self._zero = observations[0].at if observations else None
        self._times = np.array([self._seconds(look.at) for look in observations])
        self._ways: list[tuple[list[float], list[Float32Array]]] = []
        for time, look in zip(self._times, observations, strict=True):
            self._follow(float(time), look.heads)

    @property
    def is_empty(self) -> bool:
        """Whether nobody was seen at all."""
        return not self._ways

    def is_observed(self, at: datetime) -> bool:
        """Tell whether somebody looked closely enough to ``regions_at``."""
        if self._zero is None:
            return False
        return bool(np.abs(self._times - self._seconds(at)).min() <= self._hold)

    def is_observed_throughout(self, since: datetime, until: datetime) -> bool:
        """Tell whether it vouches for every moment from ``since`` to ``until``."""
        if not (self.is_observed(since) and self.is_observed(until)):
            return False
        first, last = self._seconds(since) - self._hold, self._seconds(until) + self._hold
        around = self._times[(self._times >= first) & (self._times <= last)]
        return bool((np.diff(around) <= 2 * self._hold).all())

    def regions_at(self, at: datetime) -> Float32Array:
        """Give where heads may be: float32 [n, 4], left, top, right, bottom, inside the frame."""
        second, off = self._seconds(at), self._slack
        moments = (second - off, second, second + off) if off else (second,)
        return np.concatenate([self._at(each) for each in moments])

    def _at(self, second: float) -> Float32Array:
        there = [
            [np.interp(second, times, corner) for corner in np.stack(boxes, axis=1)]
            for times, boxes in self._ways
            if times[0] - self._hold <= second <= times[-1] + self._hold
        ]
        boxes = np.array(there, np.float32).reshape(-1, 4)
        spare = MARGIN * (boxes[:, 2:] - boxes[:, :2])
        return np.asarray(np.clip(boxes + np.hstack([-spare, spare]), 0, 1), np.float32)

    def _follow(self, time: float, heads: Float32Array) -> None:
        """Let each head go on the way of the nearest that was lately there, or begin one."""
        live = [way for way in self._ways if time - way[0][-1] <= 2 * self._hold]
        for head in heads:
            way = min(live, key=lambda way: _away(way[1][-1], head), default=None)
            if way is None or _away(way[1][-1], head) > MAX_STEP_WIDTHS:
                self._ways.append(([time], [head]))
                continue
            live = [other for other in live if other is not way]
            way[0].append(time)
            way[1].append(head)

    def _seconds(self, at: datetime) -> float:
        return (at - self._zero).total_seconds() if self._zero else 0.0


def _away(one: Float32Array, other: Float32Array) -> float:
    """Distance of their middles, in widths of the wider."""
    width = max(float(one[2] - one[0]), float(other[2] - other[0]), 1e-6)
    middles = (other[:2] + other[2:] - one[:2] - one[2:]) / 2
    return float(np.hypot(*middles)) / width
