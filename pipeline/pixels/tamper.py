"""Detect that a camera was covered, moved or defocused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np

from pipeline.geometry.boxes import Float32Array
from pipeline.geometry.shapes import Point
from pipeline.pixels.masks import Plane
from pipeline.pixels.pixel_events import NO_SHIFT, ViewChange

INTERVAL = timedelta(seconds=1)
"""Interval between two analysed images."""
LEARN_IMAGES = 10
"""Images until the usual view is known."""
MIN_WEIGHT = 1 / 300
"""Weight of an image later on: five minutes to follow the sun."""
EDGE_SIZE = (160, 90)
"""Edges are compared at this size, so that a trembling mast is no other view."""
CELLS = (16, 9)
"""Cells of the view that are compared, across and down."""
SENSOR_NOISE = 24.0
"""Gradient that the sensor makes by itself, in Sobel units."""
MIN_STEADINESS = 0.35
"""How steady a gradient must be to belong to the view."""
MIN_AGREEMENT = 0.4
"""A cell that agrees less with its usual gradients is lost."""
MIN_STRUCTURE = 0.004
"""A view with steady gradients in a smaller share of its pixels shows nothing."""
MAX_LEARNABLE_CHANGE = 0.25
"""Up to this share lost, the usual view is still learned."""
MIN_SHIFT_QUALITY = 0.15
"""Least quality of the match for a shift to be reported."""
ACCEPT_AFTER = timedelta(minutes=30)
"""A changed view that stays for so long becomes the usual one."""


@dataclass(slots=True)
class UsualView:
    """The mean of the images of a camera, as gradients."""

    gradients: Float32Array
    sharpness: float
    images: int = 0

    def learn(self, gradients: Float32Array, sharpness: float) -> None:
        """Add an image, the first ones with more weight."""
        self.images += 1
        weight = max(1 / self.images, MIN_WEIGHT)
        cv2.accumulateWeighted(gradients, self.gradients, weight)
        self.sharpness += weight * (sharpness - self.sharpness)


class TamperDetector:
    """Compare the directions of edges with a slowly learned reference.

    Gradients are divided by the contrast around them, so that neither lamps nor clouds count. A
    stream gap changes nothing: a camera moved meanwhile is detected. An image without any
    structure counts as lost as a whole, because nothing can be seen on it.

    Attributes:
        usual: The reference; may be set to one that was saved. ``None`` before the first image.
    """

    def __init__(self) -> None:
        self.usual: UsualView | None = None
        self._change: ViewChange | None = None
        self._last: datetime | None = None
        self._changed_since: datetime | None = None

    def push(self, at: datetime, grey: Plane) -> ViewChange | None:
        """Analyse an image, if one is due; ``None`` during the first ten seconds."""
        if self._last is None or at - self._last >= INTERVAL:
            self._last = at
            self._analyse(at, grey)
        return self._change

    @property
    def can_see(self) -> bool:
        """Whether the usual view is known."""
        return self.usual is not None and self.usual.images >= LEARN_IMAGES

    def _analyse(self, at: datetime, grey: Plane) -> None:
        gradients, sharpness = normalised_gradients(grey), measure_sharpness(grey)
        if self.usual is None:
            self.usual = UsualView(np.zeros_like(gradients), 0.0)
        usual = self.usual
        if usual.images >= LEARN_IMAGES:
            blur = 1 - sharpness / max(usual.sharpness, 1e-3)
            self._change = compare_views(usual.gradients, gradients, blur=blur)
        change = self._change
        if change is None or max(change.lost_share, change.blur) < MAX_LEARNABLE_CHANGE:
            self._changed_since = None
            usual.learn(gradients, sharpness)
            return
        self._changed_since = self._changed_since or at
        if at - self._changed_since >= ACCEPT_AFTER:
            self.usual = self._change = self._changed_since = None


def compare_views(usual: Float32Array, gradients: Float32Array, *, blur: float) -> ViewChange:
    """Compare the gradients of an image with the usual ones: [2, height, width] each."""
    steadiness = _dot(usual, usual)
    is_steady = steadiness > MIN_STEADINESS**2
    if np.count_nonzero(is_steady) < MIN_STRUCTURE * is_steady.size:
        return ViewChange(score=1.0, lost_share=1.0, blur=0.0)
    agreement = _dot(usual, gradients)
    present, kept = (_cell_means(plane * is_steady) for plane in (steadiness, agreement))
    counts = present > MIN_STEADINESS**2 * MIN_STRUCTURE
    lost = float(np.mean(kept[counts] < MIN_AGREEMENT * present[counts]))
    blur = min(max(blur, 0.0), 1.0)
    shift = _measure_shift(usual, gradients) if lost >= MAX_LEARNABLE_CHANGE else NO_SHIFT
    return ViewChange(score=max(lost, blur), lost_share=lost, blur=blur, shift=shift)


def normalised_gradients(grey: Plane) -> Float32Array:
    """Return the gradients of an image divided by the contrast around: float32 [2, h, w]."""
    small = cv2.resize(grey, EDGE_SIZE, interpolation=cv2.INTER_AREA)
    dx, dy = (cv2.Sobel(small, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    magnitude = cv2.magnitude(dx, dy)
    around = np.maximum(cv2.blur(magnitude, (31, 31)), np.float32(SENSOR_NOISE))
    return np.asarray(np.stack([dx, dy]) / (magnitude + around), np.float32)


def measure_sharpness(grey: Plane) -> float:
    """Return the share of the contrast in the finest detail; a lamp changes both alike."""
    near, far = (cv2.blur(grey, (side, side)) for side in (3, 13))
    fine, coarse = (cv2.norm(grey, plane, cv2.NORM_L1) / grey.size for plane in (near, far))
    return fine / (coarse + 1.0)


def _dot(a: Float32Array, b: Float32Array) -> Float32Array:
    """Return the dot product of two gradient fields; ``einsum`` takes twenty times as long."""
    (ax, ay), (bx, by) = a, b
    return np.asarray(ax * bx + ay * by, np.float32)


def _cell_means(plane: Float32Array) -> Float32Array:
    return np.asarray(cv2.resize(plane, CELLS, interpolation=cv2.INTER_AREA), np.float32)


def _measure_shift(usual: Float32Array, gradients: Float32Array) -> Point:
    """Return how far the image has moved; zero if it is another view altogether."""
    then, now = (cv2.magnitude(*planes) for planes in (usual, gradients))
    (dx, dy), quality = cv2.phaseCorrelate(then, now)
    if quality < MIN_SHIFT_QUALITY:
        return NO_SHIFT
    # The last digits differ from run to run: rounded, so that equal frames give equal alerts.
    return Point(round(dx / EDGE_SIZE[0], 6), round(dy / EDGE_SIZE[1], 6))
