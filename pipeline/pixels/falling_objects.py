"""Find objects thrown from above: small moving blobs on the path of a falling body."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from pipeline.geometry.boxes import Float32Array, FloatArray
from pipeline.geometry.shapes import Box
from pipeline.pixels.masks import LazyMask, Plane, differs, find_blobs, mask_and, mask_minus
from pipeline.pixels.pixel_events import FallingObject

MIN_CHANGE = 18
"""Levels by which a pixel must differ both from the background and from the previous image."""
MIN_BLOB_PX, MAX_BLOB_PX = 2, 200
"""Pixels of 320 x 180."""
MAX_BLOBS = 20
"""More moving blobs at once are rain, leaves or a shaking mast: no path can be followed."""
LOST_AFTER = timedelta(seconds=0.5)
"""A path without a new point for so long has ended."""
MAX_FALL_TIME = timedelta(seconds=4)
"""Nothing falls for longer: 4 s are 78 m."""
MAX_PATHS = 60
"""The longest are kept: more are the noise of a restless image."""
BACKGROUND_WEIGHT = 0.15
"""Weight of an image in the running average of the background."""

ACCELERATION = (0.16, 4.0)
"""Least and greatest downward acceleration, frame heights per second squared: views 60 m to 2.5 m
high."""
MAX_SPEED = 2.5
"""Frame heights per second."""
MAX_SIDEWAYS_SPEED = 0.8
"""Frame widths per second."""
MAX_DEVIATION = 0.02
"""How far a point may be from where its path leads, fractions of the frame."""
MIN_POINTS = 5
"""Points of a path; three always fit a parabola."""
MAX_ROUGHNESS = 0.008
"""Mean distance of the points from the parabola, fractions of the frame."""
MAX_SIZE_RATIO = 6.0
"""How many times its smallest area an object may show."""
MAX_GROWTH = 3.0
"""How many times larger an object may be in the last third of its path than its speed explains: a
car that approaches also speeds up in the frame, but grows as much."""
STREAK_PX_PER_SPEED = 0.04 * 180
"""Streak of an object for each frame height per second, at an exposure of 40 ms."""


class PathPoint(NamedTuple):
    """A small moving blob.

    Args:
        t: Seconds from a fixed moment.
        x: Fraction of the frame width.
        y: Fraction of the frame height.
        area: Pixels.
    """

    t: float
    x: float
    y: float
    area: int


Path = tuple[PathPoint, ...]
"""The same object over time, oldest first."""


class ParabolaFit(NamedTuple):
    """A parabola through a path."""

    acceleration: float
    roughness: float
    initial_speed: float


@dataclass(slots=True)
class _Candidate:
    path: Path
    began: datetime
    seen: datetime
    number: int = 0


class FallingObjectDetector:
    """Link small moving blobs over consecutive images, and report paths that are parabolas.

    A gap of more than half a second ends all paths. A fall needs five images: at five images a
    second, whatever falls 4 m or more.

    Args:
        min_drop: Frame heights that an object must fall.
    """

    def __init__(self, *, min_drop: float = 0.2) -> None:
        self._min_drop = min_drop
        self._previous: Plane | None = None
        self._background: Float32Array = np.zeros((0, 0), np.float32)
        self._candidates: list[_Candidate] = []
        self._epoch: datetime | None = None
        self._next = 1

    def push(self, at: datetime, grey: Plane, movers: LazyMask) -> tuple[FallingObject, ...]:
        """Analyse an image.

        Args:
            at: Capture time.
            grey: The smoothed image.
            movers: Where movers hide the scene.

        Returns:
            The objects that are falling now, in order of their numbers.
        """
        self._epoch = self._epoch or at
        self._candidates = [each for each in self._candidates if _is_alive(each, at)]
        points = self._moving_points((at - self._epoch).total_seconds(), grey, movers)
        extended = list(self._extend(at, points))
        continued = {id(each.path[0]) for each in extended if len(each.path) > 1}
        waiting = [each for each in self._candidates if id(each.path[0]) not in continued]
        candidates = sorted(extended + waiting, key=lambda each: -len(each.path))
        self._candidates = candidates[:MAX_PATHS]
        falling = [each for each in extended if self._is_falling(each)]
        return tuple(_event(each) for each in sorted(falling, key=lambda each: each.number))

    def _moving_points(self, t: float, grey: Plane, movers: LazyMask) -> list[PathPoint]:
        """Return small moving blobs; none in a restless image."""
        previous, self._previous = self._previous, grey
        if previous is None:
            self._background = grey.astype(np.float32)
            return []
        moved = differs(grey, previous, by=MIN_CHANGE)
        if _has_blob(moved):  # mostly nothing moves, and what follows costs twice as much
            background = np.asarray(cv2.convertScaleAbs(self._background), np.uint8)
            moved = mask_and(moved, differs(grey, background, by=MIN_CHANGE))
        cv2.accumulateWeighted(grey, self._background, BACKGROUND_WEIGHT)
        if _has_blob(moved):
            moved = mask_minus(moved, movers())
        blobs = find_blobs(moved, min_px=MIN_BLOB_PX, max_px=MAX_BLOB_PX, max_count=MAX_BLOBS)
        height, width = grey.shape
        return [PathPoint(t, blob.x / width, blob.y / height, blob.area) for blob in blobs]

    def _extend(self, at: datetime, points: list[PathPoint]) -> Iterator[_Candidate]:
        """Yield the paths that may lead to each point: the longest, or all with one point."""
        for point in points:
            yield _Candidate((point,), at, at)
        if not (self._candidates and points):
            return
        deviations = path_deviations([each.path for each in self._candidates], points)
        leading: dict[int, list[_Candidate]] = {}
        for column, row in np.argwhere(np.isfinite(deviations.T)).tolist():
            leading.setdefault(column, []).append(self._candidates[row])
        for column, near in leading.items():
            has_one_point = len(near[0].path) == 1
            for each in near if has_one_point else near[:1]:
                yield _Candidate((*each.path, points[column]), each.began, at, each.number)

    def _is_falling(self, candidate: _Candidate) -> bool:
        if not is_fall(candidate.path, min_drop=self._min_drop):
            return False
        if not candidate.number:
            candidate.number, self._next = self._next, self._next + 1
        return True


def _has_blob(moved: Plane) -> bool:
    return cv2.countNonZero(moved) >= MIN_BLOB_PX


def _is_alive(candidate: _Candidate, at: datetime) -> bool:
    wait = LOST_AFTER if len(candidate.path) > 1 else LOST_AFTER / 2
    is_recent = candidate.seen < at <= candidate.seen + wait
    return is_recent and at - candidate.began <= MAX_FALL_TIME


def _event(candidate: _Candidate) -> FallingObject:
    roughness = fit_parabola(candidate.path).roughness
    return FallingObject(
        subject=candidate.number,
        box=path_box(candidate.path),
        score=max(1 - roughness / (2 * MAX_ROUGHNESS), 0.0),
        since=candidate.began,
        drop=drop_of(candidate.path),
    )


def path_deviations(paths: Sequence[Path], points: Sequence[PathPoint]) -> FloatArray:
    """Return how far each point is from where each path leads; infinite if it cannot follow.

    Returns:
        [paths, points], fractions of the frame.
    """
    t, x, y, _ = np.array(points, np.float64).T
    last_t, last_x, last_y, _ = np.array([path[-1] for path in paths]).T[:, :, None]
    before_t, before_x, before_y, _ = np.array([path[-2:][0] for path in paths]).T[:, :, None]
    step, past = t - last_t, last_t - before_t
    is_single = past == 0
    past = np.where(is_single, 1.0, past)
    sideways = np.abs(x - last_x - (last_x - before_x) / past * step)
    without_pull = last_y + (last_y - before_y) / past * step
    with_pull = without_pull + ACCELERATION[1] * step * (step + past) / 2
    deviation = np.maximum(sideways, np.maximum(without_pull - y, y - with_pull))
    near = np.where(deviation <= MAX_DEVIATION, np.maximum(deviation, 0.0), np.inf)
    down, drift = (y - last_y) / step, np.abs(x - last_x) / step
    may_start = (down >= -0.1) & (down <= MAX_SPEED) & (drift <= MAX_SIDEWAYS_SPEED)
    return np.where(is_single, np.where(may_start, MAX_DEVIATION, np.inf), near)


def fit_parabola(path: Path) -> ParabolaFit:
    """Fit a parabola to a path of four points or more: x linear, y quadratic in time."""
    t, x, y = (np.array(values) for values in list(zip(*path, strict=True))[:3])
    t = t - t[0]
    powers = np.stack([np.ones_like(t), t, t * t], axis=1)
    down, *_ = np.linalg.lstsq(powers, y)
    across, *_ = np.linalg.lstsq(powers[:, :2], x)
    residuals = np.hypot(powers @ down - y, powers[:, :2] @ across - x)
    roughness = float(np.sqrt((residuals**2).sum() / (len(path) - 2)))
    return ParabolaFit(
        acceleration=float(2 * down[2]), roughness=roughness, initial_speed=float(down[1])
    )


def is_fall(path: Path, *, min_drop: float) -> bool:
    """Return whether a path is that of a body that has fallen ``min_drop`` frame heights."""
    sideways = abs(path[-1].x - path[0].x)
    if len(path) < MIN_POINTS or drop_of(path) < max(min_drop, sideways):
        return False
    areas = [point.area for point in path]
    if max(areas) > MAX_SIZE_RATIO * max(min(areas), 4):
        return False
    fit = fit_parabola(path)
    least, most = ACCELERATION
    is_parabola = least <= fit.acceleration <= most and fit.roughness <= MAX_ROUGHNESS
    return is_parabola and not is_approaching(path)


def is_approaching(path: Path) -> bool:
    """Return whether an object grows by more than the streak that its speed draws."""
    third = len(path) // 3 + 1
    parts = path[:third], path[-third:]
    first, last = (median(point.area for point in part) for part in parts)
    start, end = (
        STREAK_PX_PER_SPEED * abs(part[-1].y - part[0].y) / max(part[-1].t - part[0].t, 1e-6)
        for part in parts
    )
    side = (math.sqrt(start**2 + 4 * first) - start) / 2  # of an object with side * (side + start)
    return last > MAX_GROWTH * side * (side + end)


def drop_of(path: Path) -> float:
    """Return how far a path comes down, fractions of the frame height."""
    return path[-1].y - min(point.y for point in path)


def path_box(path: Sequence[PathPoint], margin: float = 0.01) -> Box:
    """Return the bounding box of a path."""
    xs, ys = [point.x for point in path], [point.y for point in path]
    left, top = max(min(xs) - margin, 0.0), max(min(ys) - margin, 0.0)
    right, bottom = min(max(xs) + margin, 1.0), min(max(ys) + margin, 1.0)
    return Box(left, top, right - left, bottom - top)
