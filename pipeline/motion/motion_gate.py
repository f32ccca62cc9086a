"""Detect which parts of a frame changed, to decide whether it needs an inference.

A small grey image is compared with a running average of itself, pixel by pixel, against the
usual noise of each pixel. Brightness that changes everywhere alike is removed first. A person
who stands still fades into the average within seconds: the gate reports change, not presence.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Pixels, Size
from pipeline.geometry.boxes import BoolArray, Float32Array, merge_overlapping

GATE_SIZE = Size(160, 90)
"""Size of the compared image: a person on a street camera still has 3 x 8 pixels in it."""
AVERAGE_S = 2.0
"""Time constant of the running average; short, so that ghosts of moved objects fade."""
NOISE_S = 8.0
"""Time constant of the noise estimate; long, so that a passing person is not taken for noise."""
MIN_DIFFERENCE = 7.0
"""Grey levels below which a difference is coding noise."""
NOISE_FACTOR = 3.5
"""A pixel has changed if it differs by this many times its usual noise."""
MAX_DIFFERENCE = 45.0
"""Grey levels from which a difference counts as motion, however noisy the pixel is."""
SLOWDOWN = np.float32(0.9)
"""Share by which a pixel's noise is learned more slowly while it changes."""
INITIAL_NOISE = 4.0
"""Noise of a pixel before it has been learned."""
MIN_NEIGHBOURS = 4
"""Pixels of a 3 x 3 block that must have changed: isolated ones are noise."""
SCENE_CHANGE_SHARE = 0.6
"""Share of changed pixels from which the image is another one: camera turned, lamp switched."""
RESTART_AFTER = timedelta(seconds=30)
"""Length of a gap after which the average is learned anew."""
MAX_REGIONS = 64
"""With more regions (rain, snow, a crowd) the whole frame is reported."""
NO_BOXES = np.zeros((0, 4), np.float32)


@dataclass(frozen=True)
class MotionMask:
    """The pixels of a frame that differ from the running average.

    Args:
        mask: uint8 [height, width] at ``GATE_SIZE``: 1 where changed, 0 elsewhere.
        share: Share of changed pixels, 0 to 1.
        is_cold: There was nothing to compare with, so an empty mask means nothing.
    """

    mask: Pixels
    share: float
    is_cold: bool = False

    def __bool__(self) -> bool:
        """Return whether anything changed."""
        return self.share > 0

    @cached_property
    def boxes(self) -> Float32Array:
        """Bounding boxes of the changed regions, [n, 4] as in ``Detections``; none overlap."""
        return mask_to_boxes(self.mask)


class MotionGate:
    """Compare the frames of one camera. Equal frames give equal masks; instances pickle."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._seconds = 0.0
        self._average = np.zeros(0, np.float32)
        self._noise = np.zeros(0, np.float32)

    def push(self, at: datetime, grey: Pixels) -> MotionMask:
        """Compare a frame with the average, and update the average.

        Args:
            at: Capture time, not before the previous frame.
            grey: uint8 [height, width], the whole frame scaled to ``GATE_SIZE``.
        """
        image = cv2.blur(grey, (3, 3)).astype(np.float32)
        if (
            self._last is None
            or at - self._last > RESTART_AFTER
            or image.shape != self._average.shape
        ):
            return self._start(at, image)
        seconds = (at - self._last).total_seconds()
        self._last = at
        self._seconds += seconds
        difference = image - self._average
        brightness = upper_median(difference[::3, ::3])
        difference -= brightness
        size = np.abs(difference)
        threshold = np.minimum(MIN_DIFFERENCE + NOISE_FACTOR * self._noise, MAX_DIFFERENCE)
        mask = without_isolated(size > threshold)
        share = float(mask.mean())
        self._learn_noise(seconds, size, mask)
        if share > SCENE_CHANGE_SHARE:
            self._average = image
        else:
            weight = update_weight(seconds, min(AVERAGE_S, self._seconds))
            self._average += weight * difference + np.float32(brightness)
        return MotionMask(mask, share)

    def _start(self, at: datetime, image: Float32Array) -> MotionMask:
        self._last, self._seconds, self._average = at, 0.0, image
        self._noise = np.full(image.shape, INITIAL_NOISE, np.float32)
        return MotionMask(np.zeros(image.shape, np.uint8), 0.0, is_cold=True)

    def _learn_noise(self, seconds: float, size: Float32Array, mask: NDArray[np.uint8]) -> None:
        weight = (1.0 - SLOWDOWN * mask.astype(np.float32)) * update_weight(seconds, NOISE_S)
        self._noise += weight * (np.minimum(size, MAX_DIFFERENCE) - self._noise)


def upper_median(values: Float32Array) -> float:
    """Return the median, the larger of two; three times as fast as ``np.median``."""
    half = values.size // 2
    return float(np.partition(values, half, axis=None)[half])


def update_weight(seconds: float, time_constant_s: float) -> np.float32:
    """Return the weight of a new value in an exponential average, 0 to 1."""
    return np.float32(1.0 - math.exp(-seconds / max(time_constant_s, 1e-3)))


def without_isolated(changed: BoolArray) -> NDArray[np.uint8]:
    """Return 1 for pixels that changed together with their neighbours, 0 for the others."""
    counts = cv2.boxFilter(
        changed.astype(np.uint8),
        cv2.CV_8U,
        (3, 3),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
    return np.asarray((counts >= MIN_NEIGHBOURS) & changed, np.uint8)


def mask_to_boxes(mask: NDArray[np.uint8]) -> Float32Array:
    """Return the bounding boxes of connected regions, one pixel wider on each side and merged.

    Returns:
        [n, 4] left, top, width, height, fractions of the frame; the full frame if there are more
        than ``MAX_REGIONS``.
    """
    if not mask.any():
        return NO_BOXES
    height, width = mask.shape
    wide = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    if count - 1 > MAX_REGIONS:
        return np.array([[0, 0, 1, 1]], np.float32)
    regions = stats[1:, :4].astype(np.float32)
    corners = np.concatenate([regions[:, :2], regions[:, :2] + regions[:, 2:]], axis=1)
    scale = np.array([width, height, width, height], np.float32)
    merged = merge_overlapping((corners / scale).astype(np.float32))
    return np.concatenate([merged[:, :2], merged[:, 2:] - merged[:, :2]], axis=1)
