"""What a place looks like when nothing is going on there."""

from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.pixels.masks import Plane, level, worth

SAMPLES = 15
EVERY = timedelta(seconds=2)
"""A sample each; half a minute until the scene is known."""
ENOUGH = 5
"""So many samples in which nobody stood there make a pixel known."""
HIDDEN = 999
"""Larger than any level: samples that a mover hid are sorted to the end."""
RELIT = 0.2
"""By so much the brightness of a scene changes only when a lamp goes on or off."""


class BackgroundModel:
    """The scene without what comes and goes.

    The median of the first half minute, movers left out; then it follows the slow changes
    of light by one level in two seconds.

    Args:
        pixels: The scene; meaningless until it is ready.
        known: A mask: where nobody has hidden the scene for too long.
    """

    def __init__(self) -> None:
        self.ready = False
        self.gain = 1.0
        self.pixels: Plane = np.zeros((0, 0), np.uint8)
        self.known: Plane = self.pixels
        self._samples: list[tuple[Plane, Plane]] = []
        self._due: datetime | None = None

    def learn(self, at: datetime, grey: Plane, busy: Plane) -> bool:
        """Take a picture and where movers are in it; tell whether the scene is known now."""
        if self._due is None or at >= self._due:
            self._due = at + EVERY
            self._samples.append((grey, busy))
        if len(self._samples) == SAMPLES:
            self._settle()
        return self.ready

    def follow(self, at: datetime, grey: Plane, quiet: Plane) -> None:
        """Move towards ``grey`` by one level where it is ``quiet``."""
        if self._due is None or at >= self._due:
            self._due = at + EVERY
            one = worth(quiet, 1)
            up, down = (cv2.compare(grey, self.pixels, way) for way in (cv2.CMP_GT, cv2.CMP_LT))
            cv2.add(self.pixels, cv2.bitwise_and(one, up), dst=self.pixels)
            cv2.subtract(self.pixels, cv2.bitwise_and(one, down), dst=self.pixels)

    def adopt(self, grey: Plane, where: Plane) -> None:
        """Take what ``grey`` shows as the scene from now on."""
        cv2.copyTo(grey, where, self.pixels)
        cv2.bitwise_or(self.known, where, dst=self.known)

    def in_light_of(self, grey: Plane, quiet: Plane) -> Plane:
        """The scene as bright as ``grey`` is where it is ``quiet``."""
        now, then = level(grey, quiet), level(self.pixels, quiet)
        self.gain = (now + 1) / (then + 1)
        if abs(self.gain - 1) < 0.02:
            return self.pixels
        return np.asarray(cv2.convertScaleAbs(self.pixels, alpha=self.gain), np.uint8)

    def is_relit(self) -> bool:
        """Tell whether the light is another, so that brightness alone does not explain it."""
        return abs(self.gain - 1) > RELIT

    def relight(self, scene: Plane, grey: Plane, where: Plane) -> None:
        """Take the scene in its new light, and as ``grey`` shows it where that is sure."""
        self.pixels = np.asarray(cv2.copyTo(grey, where, scene.copy()), np.uint8)

    def _settle(self) -> None:
        pictures, hidden = (np.stack(planes) for planes in zip(*self._samples, strict=True))
        free = np.count_nonzero(hidden == 0, axis=0)
        ordered = np.sort(np.where(hidden == 0, pictures.astype(np.int16), HIDDEN), axis=0)
        median = np.take_along_axis(ordered, free[None] // 2, axis=0)
        self.pixels = np.asarray(np.minimum(median[0], 255), np.uint8)
        self.known = np.asarray(np.where(free >= ENOUGH, 255, 0), np.uint8)
        self.ready, self._samples = True, []
