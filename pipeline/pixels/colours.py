"""The colours of flames and smoke."""

import cv2
import numpy as np

from pipeline.frame import Pixels
from pipeline.pixels.masks import Plane, at_least, below, both

BRIGHT = 160
"""Least red of a flame, levels."""
WARM = 60
"""Levels by which its red is above its blue."""
PALE = 32
"""Levels by which the channels of smoke may differ."""
DARKEST, LIGHTEST = 60, 235
"""Between them lies smoke."""
DETAIL = 6
"""Levels by which a pixel must differ from those around to be detail."""


def flame_coloured(rgb: Pixels) -> Plane:
    """Where it is bright, and red over green over blue."""
    red, green, blue = cv2.split(rgb)
    ordered = cv2.bitwise_and(
        cv2.compare(red, green, cv2.CMP_GT), cv2.compare(green, blue, cv2.CMP_GT)
    )
    warm = at_least(np.asarray(cv2.subtract(red, blue), np.uint8), WARM)
    bright = at_least(np.asarray(red, np.uint8), BRIGHT)
    return both(both(np.asarray(ordered, np.uint8), warm), bright)


def smoke_coloured(rgb: Pixels, grey: Plane) -> Plane:
    """Where it has no colour, and is neither dark nor glaring."""
    red, green, blue = cv2.split(rgb)
    most = cv2.max(cv2.max(red, green), blue)
    least = cv2.min(cv2.min(red, green), blue)
    pale = below(np.asarray(cv2.subtract(most, least), np.uint8), PALE)
    return both(pale, both(at_least(grey, DARKEST), below(grey, LIGHTEST)))


def veiled(scene: Plane, grey: Plane) -> Plane:
    """Where the detail of the scene has faded, and around there."""
    was, now = (cv2.absdiff(plane, cv2.blur(plane, (5, 5))) for plane in (scene, grey))
    fine = at_least(np.asarray(was, np.uint8), DETAIL)
    faded = cv2.compare(np.asarray(was), cv2.add(now, now), cv2.CMP_GT)
    veil = both(fine, np.asarray(faded, np.uint8))
    return np.asarray(cv2.dilate(veil, np.ones((5, 5), np.uint8)), np.uint8)
