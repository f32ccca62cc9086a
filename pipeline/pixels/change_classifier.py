"""What became of a place: did a thing come, did one go, or is it only the light?"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.masks import Plane, level
from pipeline.pixels.pixel_events import StaticChange

ALIKE = 0.85
"""Correlation from which on two looks are the same surface in another light."""
PLAIN = 4.0
"""Levels of spread below which a surface has no texture to be known by."""
STRIKING = 80.0
"""Levels of difference that leave no doubt."""


def what_became(before: Plane, after: Plane, mask: Plane) -> StaticChange:
    """Tell whether a thing has come to ``mask``, or has gone from it.

    A thing has an outline. If the outline of the region is an edge now and was none before,
    it has come; the other way round it has gone.
    """
    now = np.where(mask > 0, after, before).astype(np.uint8)
    ring = _outline(mask)
    come = level(_slope(now), ring) >= level(_slope(before), ring)
    return StaticChange.APPEARED if come else StaticChange.VANISHED


def looks_the_same(before: Plane, after: Plane, mask: Plane, inside: tuple[slice, slice]) -> bool:
    """Tell whether it is the same surface in another light: a shadow, a lamp."""
    chosen = mask[inside] > 0
    then, now = (plane[inside][chosen].astype(np.float64) for plane in (before, after))
    then -= then.mean()
    now -= now.mean()
    plainest = min(float(then @ then), float(now @ now)) / len(then)
    if plainest < PLAIN**2:
        return False
    return float(then @ now) > ALIKE * math.sqrt(float(then @ then) * float(now @ now))


def stands_out(before: Plane, after: Plane, mask: Plane) -> float:
    """How far a place differs from what it was, 0 to 1."""
    return min(level(np.asarray(cv2.absdiff(before, after), np.uint8), mask) / STRIKING, 1.0)


def _outline(mask: Plane) -> Plane:
    ring = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray(ring, np.uint8)


def _slope(plane: Plane) -> NDArray[np.float32]:
    across, down = (cv2.Sobel(plane, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(across, down), np.float32)
