"""Follow bright, warm regions and say how much each behaves like a flame."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.pixels.flame_features import CORE_LEVEL, NAMES, HotRegion, describe, find_hot_regions
from pipeline.pixels.masks import (
    Blob,
    Plane,
    at_least,
    is_same_place,
    mask_and,
    mask_or,
    mask_share,
)
from pipeline.pixels.pixel_events import Fire, FireKind

WINDOW = timedelta(seconds=2)
"""A flame flickers at 1 to 10 Hz, so that its traits show within two seconds."""
MIN_IMAGES = 6
"""Fewer images say nothing about a flicker."""
MAX_IMAGES = 12
FORGET_AFTER = timedelta(seconds=1)
COVERED_TIME = timedelta(seconds=3)
"""How long a region on a vehicle must stay in its place: headlights have left by then."""
MIN_COVERED_SHARE = 0.5
MIN_NEW_LEVEL = 20
"""Levels by which a flame is brighter than the background."""
MIN_LEVEL = 100
"""Brightness of the darkest red of a flame; colours are scaled only where something reaches it."""
MIN_BRIGHT_SHARE = 8 / (160 * 90)
NIGHT_LEVEL = 0.7
"""Mean brightness of the image, of 2.55, below which a flame visibly lights what is around."""
TRAITS: dict[str, tuple[float, float]] = {
    "redder_outwards": (0.7, 1.01),
    "step_change": (0.1, 0.6),
    "edge_step": (0.2, 9.0),
    "raggedness": (0.0, 4.0),
    "flicker": (0.4, 99.0),
    "drift": (0.0, 0.8),
    "foot_motion": (0.0, 0.4),
    "area_variation": (0.08, 1.0),
    "core_share": (0.0, 0.9),
    "warmth": (0.2, 9.0),
    "reversals": (0.3, 1.01),
    "hottest": (0.45, 1.01),
}
"""The range of each feature that a flame has; see ``docs/pixels.md`` for what each excludes."""
MIN_CORE_SHARE = 0.1
"""Share of a region from which its saturated core is what burns, and the rest its glow."""
MIN_WARM_RING = 0.3
"""Share of the ring around a region that must be warm by night."""


@dataclass(slots=True)
class _Followed:
    """A region over its images."""

    since: datetime
    seen: datetime
    history: deque[tuple[datetime, HotRegion]] = field(
        default_factory=lambda: deque(maxlen=MAX_IMAGES)
    )
    number: int = 0
    first_area: int = 0
    score: float = 0.0
    flicker: float = 0.0

    @property
    def blob(self) -> Blob:
        return self.history[-1][1].blob

    def add(self, at: datetime, region: HotRegion) -> None:
        self.seen = at
        self.first_area = self.first_area or region.blob.area
        self.history.append((at, region))
        while at - self.history[0][0] > WINDOW:
            self.history.popleft()
        self.score = 0.0
        if len(self.history) >= MIN_IMAGES:
            self.score, self.flicker = flame_score([each for _, each in self.history])


class FlameDetector:
    """Find flames in images of one camera, taken every 0.2 s or so.

    Args:
        next_number: Returns a number that no other fire of the camera has.
    """

    def __init__(self, next_number: Callable[[], int]) -> None:
        self._next_number = next_number
        self._followed: list[_Followed] = []

    def push(
        self,
        at: datetime,
        grey: Plane,
        *,
        brighter: Plane,
        hidden: Plane,
        colours: Callable[[], Pixels],
    ) -> None:
        """Take an image.

        Args:
            at: Capture time.
            grey: uint8 [height, width].
            brighter: Mask of what is brighter than the background, or not known.
            hidden: Mask of people and vehicles.
            colours: Returns the image with its colours; called where something is bright.
        """
        new = mask_and(at_least(grey, MIN_LEVEL), brighter)
        regions = find_hot_regions(colours(), grey, new) if is_enough(new) else []
        free = [each for each in self._followed if at - each.seen <= FORGET_AFTER]
        self._followed = list(free)
        for region in sorted(regions, key=lambda each: -each.blob.area):
            followed = next((f for f in free if is_same_place(f.blob, region.blob)), None)
            if followed is None:
                followed = _Followed(at, at)
                self._followed.append(followed)
            else:
                free.remove(followed)
            followed.add(at, region)
            if _is_covered(region, hidden) and at - followed.since < COVERED_TIME:
                followed.score = 0.0

    def fires(self, at: datetime, shape: tuple[int, ...]) -> Iterator[Fire]:
        """Yield the regions of this moment that have some traits of a flame."""
        for each in self._followed:
            if each.seen != at or each.score == 0:
                continue
            each.number = each.number or self._next_number()
            yield Fire(
                subject=each.number,
                box=_flame_blob(each.history[-1][1]).box(shape),
                score=each.score,
                since=each.since,
                kind=FireKind.FLAME,
                area=each.blob.area / (shape[0] * shape[1]),
                growth=each.blob.area / each.first_area,
                flicker=each.flicker,
            )

    def draw_candidates(self, shape: tuple[int, ...]) -> Plane:
        """Return a mask of what may burn: it must not become background."""
        mask = np.zeros(shape[:2], np.uint8)
        for each in self._followed:
            if each.score > 0:
                mask[each.blob.slices] = 255
        return mask


def flame_score(history: list[HotRegion]) -> tuple[float, float]:
    """Return how much a region behaves like a flame, 0 to 1, and its flicker in levels.

    With all traits the score is 0.8 or more, rising with the flicker; with some of them it is the
    square of their share, so that a single missing trait takes it to two thirds.
    """
    features = dict(zip(NAMES, describe(history).tolist(), strict=True))
    has = [low <= features[name] <= high for name, (low, high) in TRAITS.items()]
    has.append(features["scene_level"] > NIGHT_LEVEL or _outshines_the_night(features))
    flicker = features["flicker"] * 10
    if all(has):
        return 0.8 + 0.2 * min(flicker / 20, 1.0), flicker
    return 0.8 * (sum(has) / len(has)) ** 2, flicker


def _outshines_the_night(features: dict[str, float]) -> bool:
    """Return whether a region saturates the camera and lights its surround; no reflection does."""
    is_warm = features["warm_ring"] >= MIN_WARM_RING
    return is_warm and features["core_share"] >= MIN_CORE_SHARE


def _flame_blob(region: HotRegion) -> Blob:
    """Return the saturated core of a region, which its glow surrounds, or the whole region."""
    left, top = region.blob.left, region.blob.top
    core = mask_and(at_least(region.grey[region.blob.slices], CORE_LEVEL), region.mask)
    if cv2.countNonZero(core) < MIN_CORE_SHARE * region.blob.area:
        return region.blob
    x, y, width, height = cv2.boundingRect(core)
    return Blob(left + x, top + y, width, height, region.blob.area)


def is_enough(mask: Plane) -> bool:
    """Return whether a mask has as many pixels as the smallest flame."""
    return mask_share(mask) >= MIN_BRIGHT_SHARE


def brighter_mask(grey: Plane, background: Plane, known: Plane) -> Plane:
    """Return what is brighter than the background, and what is not known."""
    rise = cv2.subtract(grey, background)
    risen = cv2.threshold(rise, MIN_NEW_LEVEL, 255, cv2.THRESH_BINARY)[1]
    return mask_or(np.asarray(risen, np.uint8), np.asarray(cv2.bitwise_not(known), np.uint8))


def _is_covered(region: HotRegion, hidden: Plane) -> bool:
    covered = mask_and(region.mask, hidden[region.blob.slices])
    return cv2.countNonZero(covered) >= MIN_COVERED_SHARE * region.blob.area
