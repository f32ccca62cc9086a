"""Model the background: a place as it looks when nothing is going on.

Each pixel is learned by itself, so that a quiet place is known within seconds while a busy one is
still learned. The method is that of stable-interval selection: the value that a pixel shows
without change for long enough is its background (Gutchess et al., "A background model
initialization algorithm for video surveillance", ICCV 2001).
"""

from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.pixels.masks import (
    Plane,
    at_least,
    below,
    mask_and,
    mask_minus,
    masked_mean,
    similar,
    with_value,
)

TICKS_PER_S = 10
"""Times of pixels are stored in tenths of a second, in one byte: up to 25.5 s."""
REST = timedelta(seconds=3)
"""A pixel that has not changed for so long is known: people and cars pass sooner."""
LEARN_AT_MOST = timedelta(seconds=25)
"""A pixel that never rests, as of leaves, is known after so long in view."""
MAX_DRIFT = 12
"""Levels by which a pixel at rest may differ from what it came to rest as."""
INTERVAL = timedelta(seconds=2)
"""Interval in which the background follows the light by one level, and is confirmed."""
CONFIRMATIONS = 10
"""A background confirmed for 20 s is no person who stood there for a moment."""
RELIGHT_CHANGE = 0.2
"""Change of brightness that only a lamp causes."""


class BackgroundModel:
    """The background of one camera; it follows slow changes of light.

    Args:
        shape: Height and width of the images, pixels.

    Attributes:
        gain: Brightness of the last image relative to the background.
        pixels: The background; the last image where it is not known.
        confirmed: For each pixel how often it has been confirmed; 0 where it is not known.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.gain = 1.0
        self.pixels: Plane = np.zeros(shape, np.uint8)
        self.confirmed: Plane = np.zeros(shape, np.uint8)
        self._candidate: Plane = np.zeros(shape, np.uint8)
        self._rest: Plane = np.zeros(shape, np.uint8)
        self._view: Plane = np.zeros(shape, np.uint8)
        self._known: Plane | None = None
        self._due: datetime | None = None

    @property
    def known(self) -> Plane:
        """Mask of the pixels that are known."""
        if self._known is None:
            self._known = at_least(self.confirmed, 1)
        return self._known

    def learn(self, grey: Plane, free: Plane, step: timedelta) -> None:
        """Learn unknown pixels that no mover hides.

        Args:
            grey: The image.
            free: Mask of what is not hidden.
            step: Time since the last image.
        """
        unknown = mask_minus(free, self.known)
        if not cv2.countNonZero(unknown):
            return
        ticks = round(step.total_seconds() * TICKS_PER_S)
        same = mask_and(unknown, similar(grey, self._candidate, within=MAX_DRIFT))
        cv2.add(self._rest, with_value(same, ticks), dst=self._rest)
        cv2.add(self._view, with_value(unknown, ticks), dst=self._view)
        moved = mask_minus(unknown, same)
        cv2.copyTo(grey, moved, self._candidate)
        self._rest[moved > 0] = 0
        is_long = cv2.max(
            at_least(self._rest, round(REST.total_seconds() * TICKS_PER_S)),
            at_least(self._view, round(LEARN_AT_MOST.total_seconds() * TICKS_PER_S)),
        )
        cv2.copyTo(grey, unknown, self.pixels)
        self.replace(grey, mask_and(unknown, np.asarray(is_long, np.uint8)))

    def follow(self, at: datetime, grey: Plane, quiet: Plane) -> None:
        """Move towards ``grey`` by one level where it is ``quiet``, and confirm it there."""
        if self._due is None or at >= self._due:
            self._due = at + INTERVAL
            one = with_value(mask_and(quiet, self.known), 1)
            up, down = (cv2.compare(grey, self.pixels, how) for how in (cv2.CMP_GT, cv2.CMP_LT))
            cv2.add(self.pixels, cv2.bitwise_and(one, up), dst=self.pixels)
            cv2.subtract(self.pixels, cv2.bitwise_and(one, down), dst=self.pixels)
            cv2.add(self.confirmed, one, dst=self.confirmed)

    def replace(self, grey: Plane, where: Plane) -> None:
        """Make ``grey`` the background where a mask is set, with nothing confirmed but that."""
        if cv2.countNonZero(where):
            cv2.copyTo(grey, where, self.pixels)
            cv2.copyTo(np.ones_like(where), where, self.confirmed)
            self._known = None

    def forget(self, where: Plane) -> None:
        """Learn anew where a mask is set."""
        if cv2.countNonZero(where):
            for plane in (self.confirmed, self._rest, self._view):
                plane[where > 0] = 0
            self._known = None

    def is_confirmed(self, where: Plane) -> bool:
        """Return whether most of what a mask covers has been background for 20 s."""
        n_young = cv2.countNonZero(mask_and(where, below(self.confirmed, CONFIRMATIONS)))
        return 2 * n_young < cv2.countNonZero(where)

    def restore(self, pixels: Plane, confirmed: Plane) -> None:
        """Continue with a background that was learned before."""
        self.pixels, self.confirmed, self._known = pixels.copy(), confirmed.copy(), None

    def matched_to(self, grey: Plane, quiet: Plane) -> Plane:
        """Return the background, as bright as ``grey`` is where it is ``quiet``."""
        quiet = mask_and(quiet, self.known)
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
