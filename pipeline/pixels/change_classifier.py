"""Classify a changed region: did an object appear, did one disappear, or did the light change?"""

import math

import cv2
import numpy as np

from pipeline.geometry.boxes import Float32Array
from pipeline.pixels.masks import Plane, masked_mean
from pipeline.pixels.pixel_events import StaticChange

SAME_SURFACE_CORRELATION = 0.85
"""Correlation from which two images show the same surface in another light."""
MIN_TEXTURE = 4.0
"""Standard deviation, levels, below which a surface has no texture to compare."""
FULL_CONTRAST = 80.0
"""Difference, levels, that gives the highest score."""


def classify_change(before: Plane, after: Plane, mask: Plane) -> StaticChange:
    """Return whether an object has appeared in ``mask`` or disappeared from it.

    An object has an outline. If the outline of the region is an edge now and was none before, it
    has appeared; the other way round it has disappeared.
    """
    now = np.where(mask > 0, after, before).astype(np.uint8)
    outline = _outline(mask)
    has_appeared = masked_mean(_gradient(now), outline) >= masked_mean(_gradient(before), outline)
    return StaticChange.APPEARED if has_appeared else StaticChange.VANISHED


def is_same_surface(before: Plane, after: Plane, mask: Plane, slices: tuple[slice, slice]) -> bool:
    """Return whether a region shows the same surface in another light: a shadow, a lamp."""
    chosen = mask[slices] > 0
    then, now = (plane[slices][chosen].astype(np.float64) for plane in (before, after))
    then -= then.mean()
    now -= now.mean()
    least_energy = min(float(then @ then), float(now @ now)) / len(then)
    if least_energy < MIN_TEXTURE**2:
        return False
    energy = math.sqrt(float(then @ then) * float(now @ now))
    return float(then @ now) > SAME_SURFACE_CORRELATION * energy


def contrast(before: Plane, after: Plane, mask: Plane) -> float:
    """Return how much a region differs from what it was, 0 to 1."""
    difference = np.asarray(cv2.absdiff(before, after), np.uint8)
    return min(masked_mean(difference, mask) / FULL_CONTRAST, 1.0)


def _outline(mask: Plane) -> Plane:
    outline = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray(outline, np.uint8)


def _gradient(plane: Plane) -> Float32Array:
    dx, dy = (cv2.Sobel(plane, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(dx, dy), np.float32)
