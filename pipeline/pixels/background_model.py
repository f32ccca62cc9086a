"""Model the background: a place as it looks when nothing is going on."""

from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.pixels.masks import Plane, masked_mean, with_value

SAMPLES = 15
INTERVAL = timedelta(seconds=2)
"""One sample each; half a minute until the background is known."""
MIN_FREE_SAMPLES = 5
"""Samples without a mover after which a pixel is known."""
HIDDEN = 999
"""Above every level: samples hidden by a mover are sorted to the end."""
RELIGHT_CHANGE = 0.2
"""Change of brightness that only a lamp causes."""


class BackgroundModel:
    """The background of one camera.

    The median of the first half minute, movers excluded; after that it follows slow changes of
    light by one level every two seconds.

    Attributes:
        is_ready: Whether the background is known.
        gain: Brightness of the last image relative to the background.
        pixels: The background; meaningless until it is ready.
        known: Mask of the pixels that movers have not hidden for too long.
    """

    def __init__(self) -> None:
        self.is_ready = False
        self.gain = 1.0
        self.pixels: Plane = np.zeros((0, 0), np.uint8)
        self.known: Plane = self.pixels
        self._samples: list[tuple[Plane, Plane]] = []
        self._due: datetime | None = None

    def learn(self, at: datetime, grey: Plane, movers: Plane) -> bool:
        """Add an image and its mask of movers; return whether the background is known now."""
        if self._due is None or at >= self._due:
            self._due = at + INTERVAL
            self._samples.append((grey, movers))
        if len(self._samples) == SAMPLES:
            self._compute()
        return self.is_ready

    def follow(self, at: datetime, grey: Plane, quiet: Plane) -> None:
        """Move towards ``grey`` by one level where it is ``quiet``."""
        if self._due is None or at >= self._due:
            self._due = at + INTERVAL
            one = with_value(quiet, 1)
            up, down = (cv2.compare(grey, self.pixels, how) for how in (cv2.CMP_GT, cv2.CMP_LT))
            cv2.add(self.pixels, cv2.bitwise_and(one, up), dst=self.pixels)
            cv2.subtract(self.pixels, cv2.bitwise_and(one, down), dst=self.pixels)

    def replace(self, grey: Plane, where: Plane) -> None:
        """Make ``grey`` the background where a mask is set."""
        cv2.copyTo(grey, where, self.pixels)
        cv2.bitwise_or(self.known, where, dst=self.known)

    def matched_to(self, grey: Plane, quiet: Plane) -> Plane:
        """Return the background, as bright as ``grey`` is where it is ``quiet``."""
        now, then = masked_mean(grey, quiet), masked_mean(self.pixels, quiet)
        self.gain = (now + 1) / (then + 1)
        if abs(self.gain - 1) < 0.02:
            return self.pixels
        return np.asarray(cv2.convertScaleAbs(self.pixels, alpha=self.gain), np.uint8)

    def is_relit(self) -> bool:
        """Return whether the light changed, so that a gain alone does not explain the image."""
        return abs(self.gain - 1) > RELIGHT_CHANGE

    def relight(self, matched: Plane, grey: Plane, where: Plane) -> None:
        """Adopt the background in its new light, and ``grey`` where a mask is set."""
        self.pixels = np.asarray(cv2.copyTo(grey, where, matched.copy()), np.uint8)

    def _compute(self) -> None:
        images, hidden = (np.stack(planes) for planes in zip(*self._samples, strict=True))
        free = np.count_nonzero(hidden == 0, axis=0)
        ordered = np.sort(np.where(hidden == 0, images.astype(np.int16), HIDDEN), axis=0)
        median = np.take_along_axis(ordered, free[None] // 2, axis=0)
        self.pixels = np.asarray(np.minimum(median[0], 255), np.uint8)
        self.known = np.asarray(np.where(free >= MIN_FREE_SAMPLES, 255, 0), np.uint8)
        self.is_ready, self._samples = True, []
