"""Estimate how well the detector sees on a camera: which moving objects does it not explain?

Leaves, water and rain move without going anywhere. What travels by more than its own size on a
straight path is an object, and the detector or the tracker should have had a box there. The share
of such objects without one is a running estimate that needs no labels.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array
from pipeline.motion.coverage_history import (
    CountedObject,
    CoverageHistory,
    DetectionCoverage,
)

MAX_STEP = timedelta(seconds=0.5)
"""Images further apart are not compared, as objects may be anywhere by then."""
MIN_DIFFERENCE = 8
"""Levels by which a moving pixel differs from both images before."""
MIN_SIZE_PX = 4
"""Longer side of an object at 160 x 90; 10 pixels of a model input of 416."""
MAX_SHARE = 0.25
"""Share of the image above which a moving region is no object, but a change of light."""
MAX_REGIONS = 40
"""With more moving regions (rain, snow, a crowd) an image says nothing."""
MIN_SAMPLES = 3
"""Images in which an object must have been followed: two steps show whether it goes straight."""
ENOUGH_SAMPLES = 15
"""Images after which an object is counted although it is still there."""
MIN_TRAVEL_PX = 6
MIN_STRAIGHTNESS = 0.7
"""Least ratio of displacement to path length."""
MIN_OVERLAP = 0.3
"""Share of the smaller of region and box that must overlap for the box to explain the region."""
MIN_EXPLAINED = 0.3
"""Share of its images in which an object must be explained."""


@dataclass(slots=True)
class _Follower:
    """A moving region over time; positions in pixels."""

    last: datetime
    points: list[tuple[float, float]]
    sizes: list[float]
    explained: int
    is_counted: bool = False

    def is_due(self, at: datetime) -> bool:
        """Return whether it is gone, or has been followed for long enough to be counted."""
        return not self.is_counted and (
            at - self.last > MAX_STEP or len(self.points) >= ENOUGH_SAMPLES
        )

    def predict(self) -> tuple[float, float]:
        (x, y), (px, py) = self.points[-1], self.points[-2:][0]
        return 2 * x - px, 2 * y - py

    def has_travelled(self) -> bool:
        """Return whether it moved further than its size, on a straight path."""
        if len(self.points) < MIN_SAMPLES:
            return False
        travel = math.dist(self.points[0], self.points[-1])
        path = sum(math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False))
        return travel >= max(self.size, MIN_TRAVEL_PX) and travel >= MIN_STRAIGHTNESS * path

    def as_counted(self, at: datetime) -> CountedObject:
        """Return it as the history keeps it."""
        is_explained = self.explained >= MIN_EXPLAINED * len(self.points)
        return CountedObject(at=at, is_explained=is_explained, size_px=self.size)

    @property
    def size(self) -> float:
        return sorted(self.sizes)[len(self.sizes) // 2]


class CoverageEstimator:
    """Follow moving regions of one camera, and count those that no box explains.

    Attributes:
        history: What was counted.
    """

    def __init__(self) -> None:
        self._images: deque[tuple[datetime, Pixels]] = deque(maxlen=2)
        self._followed: list[_Follower] = []
        self.history = CoverageHistory()

    @property
    def coverage(self) -> DetectionCoverage:
        """The estimate after the last image."""
        return self.history.coverage

    def push(self, at: datetime, grey: Pixels, motion: Pixels, boxes: Float32Array) -> None:
        """Take an image.

        Args:
            at: Capture time.
            grey: uint8 [height, width] at the size of the motion gate.
            motion: Mask of the motion gate, of the same shape.
            boxes: [n, 4] detections and tracks, left, top, width, height as fractions.
        """
        image = cv2.blur(grey, (3, 3))
        if self._images and at - self._images[-1][0] > MAX_STEP:
            self._images.clear()
        if len(self._images) == 2:
            regions = self._moving_regions(np.asarray(image, np.uint8), motion)
            self._follow(at, list(regions), boxes)
        self._images.append((at, np.asarray(image, np.uint8)))
        due = [each for each in self._followed if each.is_due(at)]
        self._followed = [each for each in self._followed if at - each.last <= MAX_STEP]
        travellers = [each for each in due if each.has_travelled()]
        for each in travellers:
            each.is_counted = True
        self.history.push(at, grey, [each.as_counted(at) for each in travellers])

    def _moving_regions(self, image: Pixels, motion: Pixels) -> Iterator[tuple[int, ...]]:
        """Yield left, top, width and height of what differs from both images before."""
        if not cv2.countNonZero(motion):
            return
        (_, older), (_, newer) = self._images
        difference = cv2.min(cv2.absdiff(image, older), cv2.absdiff(image, newer))
        moving = np.asarray(difference > MIN_DIFFERENCE, np.uint8) & motion
        joined = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        wide = cv2.dilate(joined, np.ones((3, 3), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
        if count - 1 > MAX_REGIONS:
            return
        for left, top, width, height, _ in stats[1:].tolist():
            if max(width, height) >= MIN_SIZE_PX and width * height <= MAX_SHARE * motion.size:
                yield left, top, width, height

    def _follow(
        self, at: datetime, regions: Iterable[tuple[int, ...]], boxes: Float32Array
    ) -> None:
        """Continue each followed region with the nearest one, or follow a new one."""
        free = list(self._followed)
        for region in regions:
            left, top, width, height = region
            point, size = (left + width / 2, top + height / 2), float(max(width, height))
            is_explained = _is_explained(region, boxes, self._images[-1][1].shape)
            reach = max(6.0, size)
            near = [(math.dist(point, each.predict()), n) for n, each in enumerate(free)]
            distance, index = min(near, default=(math.inf, -1))
            if distance >= reach:
                self._followed.append(_Follower(at, [point], [size], int(is_explained)))
                continue
            follower = free.pop(index)
            follower.last = at
            follower.points.append(point)
            follower.sizes.append(size)
            follower.explained += is_explained


def _is_explained(region: tuple[int, ...], boxes: Float32Array, shape: tuple[int, ...]) -> bool:
    """Return whether a box, wider by a seventh for its shadow, overlaps a region enough."""
    if not len(boxes):
        return False
    left, top, width, height = region
    rows, columns = shape[:2]
    x, y, w, h = (boxes * np.array([columns, rows, columns, rows], np.float32)).T
    across, down = np.maximum(2, 0.15 * w), np.maximum(2, 0.15 * h)
    overlap_x = np.minimum(left + width, x + w + across) - np.maximum(left, x - across)
    overlap_y = np.minimum(top + height, y + h + down) - np.maximum(top, y - down)
    overlap = np.maximum(overlap_x, 0) * np.maximum(overlap_y, 0)
    return bool(
        np.any(overlap >= MIN_OVERLAP * np.minimum(width * height, w * h)) and overlap.any()
    )
