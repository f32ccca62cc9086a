"""Small fast things on the way down: what was thrown from above."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.fall_paths import ROUGH, Spot, Way, around, distances, fallen, fitted, is_fall
from pipeline.pixels.masks import OnDemand, Plane, apart, blobs, both, without
from pipeline.pixels.pixel_events import FallingObject

MOVED = 18
"""Levels by which a pixel must differ both from the scene and from the picture before."""
SMALLEST, LARGEST = 2, 200
"""Pixels of 320 x 180."""
RESTLESS = 20
"""More moving spots at once are rain, leaves or a shaking mast: nothing can be followed."""
LOST_AFTER = timedelta(seconds=0.5)
"""A way that is not seen to go on for so long has ended."""
LONGEST = timedelta(seconds=4)
"""Nothing falls for longer: 4 s are 78 m."""
MOST_WAYS = 60
"""Longest first: more are the noise of a restless picture."""
FOLLOWS = 0.15
"""Weight of a picture in the running mean of the scene."""


@dataclass(slots=True)
class _Path:
    way: Way
    began: datetime
    seen: datetime
    number: int = 0


class FallingObjectDetector:
    """Link small moving spots over some pictures, and tell of ways that are parabolas.

    A hole of more than half a second ends all ways. Needs five pictures of a fall: with
    5 pictures a second, whatever falls 4 m or more.

    Args:
        least: Heights of the frame that it must come down.
    """

    def __init__(self, *, least: float = 0.2) -> None:
        self._least = least
        self._before: Plane | None = None
        self._scene: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._paths: list[_Path] = []
        self._epoch: datetime | None = None
        self._next = 1

    def push(self, at: datetime, grey: Plane, busy: OnDemand) -> tuple[FallingObject, ...]:
        """Take a picture and a mask of where movers are in it.

        Returns:
            What is falling now, in order of its numbers.
        """
        self._epoch = self._epoch or at
        self._paths = [path for path in self._paths if _goes_on(path, at)]
        spots = self._moving((at - self._epoch).total_seconds(), grey, busy)
        fresh = list(self._led_to(at, spots))
        gone_on = {id(path.way[0]) for path in fresh if len(path.way) > 1}
        waiting = [path for path in self._paths if id(path.way[0]) not in gone_on]
        paths = sorted(fresh + waiting, key=lambda path: -len(path.way))
        self._paths = paths[:MOST_WAYS]
        falling = [path for path in fresh if self._falls(path)]
        return tuple(_toss(path) for path in sorted(falling, key=lambda path: path.number))

    def _moving(self, t: float, grey: Plane, busy: OnDemand) -> list[Spot]:
        """Middles and areas of small moving spots; none where all is restless."""
        before, self._before = self._before, grey
        if before is None:
            self._scene = grey.astype(np.float32)
            return []
        moved = apart(grey, before, by=MOVED)
        if _is_enough(moved):  # mostly nothing moves, and what follows costs twice as much
            scene = np.asarray(cv2.convertScaleAbs(self._scene), np.uint8)
            moved = both(moved, apart(grey, scene, by=MOVED))
        cv2.accumulateWeighted(grey, self._scene, FOLLOWS)
        if _is_enough(moved):
            moved = without(moved, busy())
        found = blobs(moved, least=SMALLEST, most=LARGEST, number=RESTLESS)
        tall, wide = grey.shape
        return [Spot(t, blob.x / wide, blob.y / tall, blob.area) for blob in found]

    def _led_to(self, at: datetime, spots: list[Spot]) -> Iterator[_Path]:
        """The ways that may have come to each spot: the longest, or all that are short."""
        for spot in spots:
            yield _Path((spot,), at, at)
        if not (self._paths and spots):
            return
        away = distances([path.way for path in self._paths], spots)
        led: dict[int, list[_Path]] = {}
        for column, row in np.argwhere(np.isfinite(away.T)).tolist():
            led.setdefault(column, []).append(self._paths[row])
        for column, near in led.items():
            short = len(near[0].way) == 1
            for path in near if short else near[:1]:
                yield _Path((*path.way, spots[column]), path.began, at, path.number)

    def _falls(self, path: _Path) -> bool:
        if not is_fall(path.way, least=self._least):
            return False
        if not path.number:
            path.number, self._next = self._next, self._next + 1
        return True


def _is_enough(moved: Plane) -> bool:
    return cv2.countNonZero(moved) >= SMALLEST


def _goes_on(path: _Path, at: datetime) -> bool:
    wait = LOST_AFTER if len(path.way) > 1 else LOST_AFTER / 2
    return path.seen < at <= path.seen + wait and at - path.began <= LONGEST


def _toss(path: _Path) -> FallingObject:
    rough = fitted(path.way).rough
    return FallingObject(
        subject=path.number,
        box=around(path.way),
        score=max(1 - rough / (2 * ROUGH), 0.0),
        since=path.began,
        drop=fallen(path.way),
    )
