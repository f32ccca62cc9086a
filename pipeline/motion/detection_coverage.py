"""Estimate how well the detector sees on a camera: which moving objects does it not explain?

Leaves, water and rain move without going anywhere. What travels by more than its own size on a
straight path is an object, and the detector or the tracker should have had a box there. The share
of such objects without one is a running estimate that needs no labels.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array

WINDOW = timedelta(hours=1)
"""How far back the estimate looks."""
MAX_OBJECTS = 500
"""Objects within the window that are counted; more do not change the estimate."""
MAX_STEP = timedelta(seconds=0.5)
"""Images further apart are not compared, as objects may be anywhere by then."""
MIN_DIFFERENCE = 8
"""Levels by which a moving pixel differs from both images before."""
MIN_SIZE_PX = 4
"""Longer side of an object at 160 x 90; 10 pixels of a model input of 416."""
SMALL_PX = 5
"""Up to this longer side a model with an input of 416 has less than 16 pixels to go by."""
MIN_SMALL_OBJECTS = 20
"""Small objects say nothing about the detector until there are so many that they are the rule."""
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
BLIND_SHARE = 0.5
"""With more than half of the objects unexplained, the detector does not see."""
CONFIDENCE_Z = 1.645
"""The share must exceed that with 95 % confidence, one-sided: three objects of three suffice."""
IMAGE_WEIGHT = 0.2
"""Weight of the last image in the average of what it looks like."""
DARK_LEVEL, GLARE_SHARE, FLAT_CONTRAST = 60.0, 0.04, 12.0
"""Mean level, share of saturated pixels, and mean local contrast in levels, that tell a cause."""


class BlindCause(StrEnum):
    """Why the detector probably does not see."""

    DARK = "dark"
    GLARE = "glare"
    TOO_SMALL = "too_small"
    LOW_CONTRAST = "low_contrast"
    """Rain, fog, or a dirty lens."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionCoverage:
    """How well the detector sees, over the last hour.

    Args:
        objects: Moving objects that were followed.
        unexplained: Those without a detection or track.
        cause: ``None`` unless the detector misses most objects.
        by_hour: For each hour of the day in UTC, the share of unexplained objects.
    """

    objects: int = 0
    unexplained: int = 0
    cause: BlindCause | None = None
    by_hour: dict[int, float] = field(default_factory=dict)

    @property
    def unexplained_share(self) -> float | None:
        """Share of unexplained objects, 0 to 1; ``None`` without objects."""
        return self.unexplained / self.objects if self.objects else None


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

    @property
    def size(self) -> float:
        return sorted(self.sizes)[len(self.sizes) // 2]


class CoverageEstimator:
    """Follow moving regions of one camera, and count those that no box explains."""

    def __init__(self) -> None:
        self._images: deque[tuple[datetime, Pixels]] = deque(maxlen=2)
        self._followed: list[_Follower] = []
        self._counted: deque[tuple[datetime, bool, float]] = deque(maxlen=MAX_OBJECTS)
        self._hours: dict[int, list[float]] = {}
        self._look: Float32Array | None = None
        self._coverage = DetectionCoverage()

    @property
    def coverage(self) -> DetectionCoverage:
        """The estimate after the last image."""
        return self._coverage

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
        if travellers:
            self._count(at, grey, travellers)

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

    def _count(self, at: datetime, grey: Pixels, travellers: Iterable[_Follower]) -> None:
        look = _describe_image(grey)
        self._look = look if self._look is None else self._look + IMAGE_WEIGHT * (look - self._look)
        for each in travellers:
            each.is_counted = True
            is_explained = each.explained >= MIN_EXPLAINED * len(each.points)
            self._counted.append((at, is_explained, each.size))
            hour = self._hours.setdefault(at.astimezone(UTC).hour, [0.0, 0.0])
            hour[0] += 1
            hour[1] += not is_explained
            if hour[0] > MAX_OBJECTS:
                hour[:] = [value / 2 for value in hour]
        while self._counted and at - self._counted[0][0] > WINDOW:
            self._counted.popleft()
        counted = [(size, is_explained) for _, is_explained, size in self._counted]
        small = [size for size, _ in counted if size <= SMALL_PX]
        if len(small) < MIN_SMALL_OBJECTS:
            counted = [each for each in counted if each[0] > SMALL_PX]
        unexplained = [size for size, is_explained in counted if not is_explained]
        objects = len(counted)
        is_blind = lower_bound(len(unexplained), objects) > BLIND_SHARE
        self._coverage = DetectionCoverage(
            objects=objects,
            unexplained=len(unexplained),
            cause=_cause(self._look, float(np.median(unexplained))) if is_blind else None,
            by_hour={hour: missed / n for hour, (n, missed) in sorted(self._hours.items())},
        )


def lower_bound(k: int, n: int) -> float:
    """Return the lower bound of a share of ``k`` out of ``n`` (Wilson, JASA 22, 1927)."""
    if not n:
        return 0.0
    z2, p = CONFIDENCE_Z**2, k / n
    spread = CONFIDENCE_Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (p + z2 / (2 * n) - spread) / (1 + z2 / n)


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


def _describe_image(grey: Pixels) -> Float32Array:
    """Return mean level, share of saturated pixels, and mean local contrast in levels."""
    contrast = cv2.absdiff(grey, cv2.blur(grey, (7, 7))).mean()
    return np.array([grey.mean(), (grey >= 250).mean(), contrast], np.float32)


def _cause(look: Float32Array, size_px: float) -> BlindCause:
    level, saturated, contrast = look.tolist()
    if level < DARK_LEVEL:
        return BlindCause.DARK
    if saturated > GLARE_SHARE:
        return BlindCause.GLARE
    if size_px <= SMALL_PX:
        return BlindCause.TOO_SMALL
    if contrast < FLAT_CONTRAST:
        return BlindCause.LOW_CONTRAST
    return BlindCause.UNKNOWN
