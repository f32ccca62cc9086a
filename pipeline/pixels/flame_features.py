"""Describe regions that are bright and warm: what a flame does, and what looks like it does not.

A flame is hottest inside: towards its edge it gets darker and redder, and it lights what is
around it in its own colour. Its outline changes all the time while its foot stays. A headlight
has a white surround and moves as a whole; a screen has sharp straight edges and no surround of
its own; a flag or a red coat keeps one ratio of red to green in light and shade; an indicator
lamp is small, and either on or off. The colours follow the flame model of Celik and Demirel,
"Fire detection in video sequences using a generic color model", Fire Safety Journal 44 (2009).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Pixels
from pipeline.geometry.boxes import Float32Array
from pipeline.pixels.masks import Blob, Plane, find_blobs

MIN_FLAME_PX = 8
"""Pixels of 160 x 90."""
MIN_RED, MIN_WARMTH = 180, 40
"""Levels: red, and red minus blue, of a flame."""
CORE_LEVEL = 210
"""Brightness of the saturated core of a flame, levels."""
RING = 2
"""Pixels between a region and the ring around it, and the width of the ring."""
NAMES = (
    "warm_ring", "core_share", "redder_outwards", "step_change", "area_variation", "drift",
    "foot_motion", "raggedness", "warmth", "flicker", "edge_step", "fill", "log_area",
    "reversals", "scene_level", "hottest",
)  # fmt: skip
"""The features, in order."""


@dataclass(frozen=True, slots=True)
class HotRegion:
    """A bright, warm region of one image.

    Args:
        mask: The region, uint8 [height, width], inside ``blob``.
        stills: Features of this image alone.
    """

    blob: Blob
    mask: Plane
    stills: tuple[float, ...]
    grey: Plane


def hot_mask(rgb: Pixels, grey: Plane) -> Plane:
    """Return where an image has the colours of a flame, or is saturated and not blue."""
    red, green, blue = (plane.astype(np.int16) for plane in cv2.split(rgb))
    ordered = (red >= green) & (green >= blue - 10)
    warm = ordered & (red >= MIN_RED) & (red - blue >= MIN_WARMTH)
    core = (grey >= CORE_LEVEL) & (red >= blue - 10)
    return np.where(warm | core, 255, 0).astype(np.uint8)


def find_hot_regions(rgb: Pixels, grey: Plane, new: Plane) -> list[HotRegion]:
    """Find the regions that are hot and, at least by half, new.

    Args:
        rgb: uint8 [height, width, 3].
        grey: The same without colours.
        new: Mask of what is brighter than the background, or not known.
    """
    hot = hot_mask(rgb, grey)
    regions = []
    for blob in find_blobs(hot, min_px=MIN_FLAME_PX, max_count=60):
        mask = blob.crop(hot)
        n_new = cv2.countNonZero(cv2.bitwise_and(mask, new))
        if 2 * n_new >= blob.area:
            around = _padded(blob)
            stills = _still_features(rgb[around], grey[around], mask[around], blob)
            stills = (*stills, float(grey.mean()) / 100)
            regions.append(HotRegion(blob, mask[blob.slices].copy(), stills, grey))
    return regions


def _padded(blob: Blob) -> tuple[slice, slice]:
    """Return the rectangle of a blob with room for the ring around it."""
    pad = 2 * RING + 1
    rows = slice(max(blob.top - pad, 0), blob.top + blob.height + pad)
    return rows, slice(max(blob.left - pad, 0), blob.left + blob.width + pad)


def _still_features(rgb: Pixels, grey: Plane, mask: Plane, blob: Blob) -> tuple[float, ...]:
    inner = cv2.dilate(mask, np.ones((2 * RING - 1, 2 * RING - 1), np.uint8))
    outer = cv2.dilate(mask, np.ones((4 * RING + 1, 4 * RING + 1), np.uint8))
    is_ring, is_inside, is_around = (outer > inner), mask > 0, outer > 0
    red, green, blue = (plane.astype(np.float32) for plane in cv2.split(rgb))
    warmth = red - blue
    is_warm = (warmth >= 20) & (red >= green) & (green >= blue - 5)
    ratio = green / (red + 1)
    level = grey.astype(np.float32)
    edge = float(level[is_inside].mean() - level[is_ring].mean()) if is_ring.any() else 0.0
    outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    perimeter = sum(cv2.arcLength(each, closed=True) for each in outline)
    return (
        float(is_warm[is_ring].mean()) if is_ring.any() else 0.0,
        float((grey[is_inside] >= CORE_LEVEL).mean()),
        _correlation(level[is_inside], ratio[is_inside]),
        perimeter**2 / (4 * np.pi * blob.area),
        float(warmth[is_around].mean()) / 100,
        edge / 100,
        blob.area / (blob.width * blob.height),
        float(ratio[is_inside & (grey >= np.percentile(grey[is_inside], 80))].mean()),
    )


def _correlation(a: Float32Array, b: Float32Array) -> float:
    a, b = a - a.mean(), b - b.mean()
    energy = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / energy if energy > 1e-3 else 0.0


def describe(history: Sequence[HotRegion]) -> NDArray[np.float64]:
    """Return the features of a region over its images, in order of ``NAMES``."""
    stills = np.mean([each.stills for each in history], axis=0)
    warm_ring, core, redder, ragged, warmth, edge, fill, hottest, scene_level = stills
    areas = np.array([each.blob.area for each in history], np.float64)
    size = float(np.sqrt(areas.mean()))
    centres = np.array([(each.blob.x, each.blob.y) for each in history])
    feet = np.array([each.blob.top + each.blob.height for each in history], np.float64)
    pairs = list(pairwise(history))
    changes = [_step_change(a, b) for a, b in pairs]
    flickers = [_flicker(a, b) for a, b in pairs]
    return np.array(
        [
            warm_ring, core, redder, np.mean(changes), areas.std() / areas.mean(),
            float(np.hypot(*(centres[-1] - centres[0]))) / size, feet.std() / size, ragged,
            warmth, np.mean(flickers) / 10, edge, fill, np.log10(areas.mean()),
            _reversals(areas), scene_level, hottest,
        ]
    )  # fmt: skip


def _reversals(areas: NDArray[np.float64]) -> float:
    """Return how often growing turns into shrinking or back, as a share of the possible times."""
    steps = np.diff(areas)
    return float(np.mean(steps[1:] * steps[:-1] < 0)) if len(steps) > 1 else 0.0


def _step_change(a: HotRegion, b: HotRegion) -> float:
    """Return the share of two outlines that only one of them covers."""
    left, top = min(a.blob.left, b.blob.left), min(a.blob.top, b.blob.top)
    right = max(a.blob.left + a.blob.width, b.blob.left + b.blob.width)
    bottom = max(a.blob.top + a.blob.height, b.blob.top + b.blob.height)
    planes = np.zeros((2, bottom - top, right - left), np.bool_)
    for plane, each in zip(planes, (a, b), strict=True):
        y, x = each.blob.top - top, each.blob.left - left
        plane[y : y + each.blob.height, x : x + each.blob.width] = each.mask > 0
    union = np.count_nonzero(planes.any(axis=0))
    return 1 - int(np.count_nonzero(planes.all(axis=0))) / max(int(union), 1)


def _flicker(a: HotRegion, b: HotRegion) -> float:
    """Return the mean change of brightness where the later region is, levels."""
    return float(cv2.absdiff(a.grey[b.blob.slices], b.grey[b.blob.slices]).mean())
