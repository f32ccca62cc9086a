"""What moved since a moment ago: is a frame worth a look of the model?

A small grey picture is compared with a running average of itself, pixel by pixel, against
what that pixel does when nothing happens. Light that changes everywhere alike is taken out
first. Whoever stands still fades into the average within seconds: what the gate says is
"something changed here", never "nobody is here".
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Float32Array
from pipeline.frame import Pixels, Size
from pipeline.tracking.assignment import intersects

GATE_SIZE = Size(160, 90)
"""The picture that is compared: a person on a street camera is still 3 x 8 pixels in it."""
AVERAGE = 2.0
"""Seconds in which the average follows by two thirds: short, so that ghosts fade."""
CALM = 8.0
"""Seconds in which a pixel's unrest is learned: long, so that a walker does not count as noise."""
LEAST = 7.0
"""Grey levels that are never motion: what coding alone does to a still picture."""
TIMES = 3.5
"""How many times its usual unrest a pixel must differ."""
MOST = 45.0
"""Grey levels that are always motion, however restless a pixel is."""
PASSING = np.float32(0.9)
"""How much slower a pixel's unrest is learned while something passes over it."""
FIRST_UNREST = 4.0
"""What is taken for a pixel's unrest before it has been learned."""
FELLOWS = 4
"""How many of the nine pixels around must differ too: noise is lonely, objects are not."""
ALL_NEW = 0.6
"""Part of the picture from which on it is another picture: the camera turned, a lamp went on."""
FORGET = timedelta(seconds=30)
"""After a hole this long the average says nothing about now."""
AT_MOST = 64
"""More patches than this are one: rain, snow, a crowd."""


@dataclass(frozen=True)
class MotionMask:
    """Where a frame differs from the moments before.

    Args:
        mask: uint8 [height, width] of the small picture: 1 where it differs, 0 elsewhere.
        share: Part of the picture that differs, 0 to 1.
        is_cold: There was nothing to compare with: that nothing differs says nothing.
    """

    mask: Pixels
    share: float
    is_cold: bool = False

    def __bool__(self) -> bool:
        """Whether anything moved."""
        return self.share > 0

    @cached_property
    def boxes(self) -> Float32Array:
        """Boxes around what moved, [n, 4] as in ``Detections``; none overlap."""
        return boxes_of(self.mask)


NO_BOXES = np.zeros((0, 4), np.float32)


class MotionGate:
    """Compare the frames of one camera; equal frames give equal answers, and it pickles."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._watched = 0.0
        self._base = np.zeros(0, np.float32)
        self._unrest = np.zeros(0, np.float32)

    def push(self, at: datetime, grey: Pixels) -> MotionMask:
        """Take a frame, uint8 [height, width], always of one size.

        Args:
            at: Its capture time, not before the last.
            grey: The whole picture, small; ``GATE_SIZE`` is meant.
        """
        now = cv2.blur(grey, (3, 3)).astype(np.float32)
        if self._last is None or at - self._last > FORGET or now.shape != self._base.shape:
            return self._start(at, now)
        seconds = (at - self._last).total_seconds()
        self._last = at
        self._watched += seconds
        apart = now - self._base
        light = middle(apart[::3, ::3])
        apart -= light
        away = np.abs(apart)
        mask = grouped(away > np.minimum(LEAST + TIMES * self._unrest, MOST))
        share = float(mask.mean())
        self._learn(seconds, away, mask)
        if share > ALL_NEW:
            self._base = now
        else:
            self._base += follow(seconds, min(AVERAGE, self._watched)) * apart + np.float32(light)
        return MotionMask(mask, share)

    def _start(self, at: datetime, now: Float32Array) -> MotionMask:
        self._last, self._watched, self._base = at, 0.0, now
        self._unrest = np.full(now.shape, FIRST_UNREST, np.float32)
        return MotionMask(np.zeros(now.shape, np.uint8), 0.0, is_cold=True)

    def _learn(self, seconds: float, away: Float32Array, mask: NDArray[np.uint8]) -> None:
        """Learn each pixel's unrest, and hardly from those that something passes over."""
        pace = (1.0 - PASSING * mask.astype(np.float32)) * follow(seconds, CALM)
        self._unrest += pace * (np.minimum(away, MOST) - self._unrest)


def middle(numbers: Float32Array) -> float:
    """The median, the larger of two: NumPy's own takes three times as long about it."""
    half = numbers.size // 2
    return float(np.partition(numbers, half, axis=None)[half])


def follow(seconds: float, within: float) -> np.float32:
    """Which part of the way an average goes in one step, 0 to 1."""
    return np.float32(1.0 - math.exp(-seconds / max(within, 1e-3)))


def grouped(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Keep the pixels that differ together with their neighbours; 0 or 1 each."""
    ones = mask.astype(np.uint8)
    fellows = cv2.boxFilter(
        ones, cv2.CV_8U, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray((fellows >= FELLOWS) & mask, np.uint8)


def boxes_of(mask: NDArray[np.uint8]) -> Float32Array:
    """Draw a box around each patch, one pixel wider on each side; those that touch are joined."""
    if not mask.any():
        return NO_BOXES
    height, width = mask.shape
    wide = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    if count - 1 > AT_MOST:
        return np.array([[0, 0, 1, 1]], np.float32)
    patches = stats[1:, :4].astype(np.float32)
    corners = np.concatenate([patches[:, :2], patches[:, :2] + patches[:, 2:]], axis=1)
    scale = np.array([width, height, width, height], np.float32)
    joined = join((corners / scale).astype(np.float32))
    return np.concatenate([joined[:, :2], joined[:, 2:] - joined[:, :2]], axis=1)


def join(corners: Float32Array) -> Float32Array:
    """Replace boxes that overlap by the box around them, until none do.

    Args:
        corners: [n, 4] left, top, right, bottom, in any order.

    Returns:
        [m, 4], top first, then left.
    """
    boxes = corners
    while True:
        first = intersects(boxes, boxes).argmax(
            axis=1
        )  # the first box that each overlaps, at the latest itself
        groups = np.unique(first)
        if len(groups) == len(boxes):
            return boxes[np.lexsort((boxes[:, 0], boxes[:, 1]))]
        low = [boxes[first == group, :2].min(axis=0) for group in groups]
        high = [boxes[first == group, 2:].max(axis=0) for group in groups]
        boxes = np.concatenate([np.stack(low), np.stack(high)], axis=1)
