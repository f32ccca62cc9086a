"""Choose the regions of a frame that a network runs on when not all of it needs inference.

A network that takes any input size runs on crops of the very pixels it would see in the full
frame, so objects have the same size as there. Crops that lie apart are separate calls: that
costs no more than one call on a mosaic of them, and has no seams that look like objects.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array, intersects, merge_overlapping

STRIDE_PX = 32
"""Sides are multiples of this: the stride of the coarsest feature map of the networks."""
MARGIN_PX = 16.0
"""Canvas pixels around a required area, on each side."""
MIN_SIDE_STRIDES = 5
"""Shortest side of a region, in strides: with less context, networks lose confidence."""
CALL_OVERHEAD = 0.1
"""Fixed cost of a call, as a share of a call on the full frame."""
MAX_COST_SHARE = 0.85
"""From this share of the cost of the full frame on, the full frame is run instead."""
EDGE_TOLERANCE_PX = 2.0
"""A box that ends this close to an inner edge may be cut by it."""


class Region(NamedTuple):
    """A rectangle on the canvas, in pixels."""

    left: int
    top: int
    width: int
    height: int


def plan_regions(
    required: Float32Array, known_boxes: Float32Array, canvas: Size
) -> tuple[Region, ...]:
    """Choose regions that cover all required areas and cut no known box.

    Args:
        required: Areas to cover, [n, 4] left, top, right, bottom in pixels of the canvas.
        known_boxes: Boxes that need no inference but must not be cut, [m, 4] likewise.
        canvas: Size whose sides are multiples of ``STRIDE_PX``.

    Returns:
        Disjoint regions; empty if nothing is required or the full frame is cheaper.
    """
    if not len(required):
        return ()
    canvas_px = np.array([*canvas], np.float32)
    regions = _fit_regions(_add_margin(required, canvas_px), canvas_px)
    while len(cut := _cut_boxes(regions, known_boxes)):
        regions = _fit_regions(np.concatenate([regions, _add_margin(cut, canvas_px)]), canvas_px)
    if _cost(regions, canvas_px) >= MAX_COST_SHARE:
        return ()
    left, top, right, bottom = regions.astype(int).T
    return tuple(map(Region, *(side.tolist() for side in (left, top, right - left, bottom - top))))


def is_cut_off(corners: Float32Array, region: Region, picture_area: Region) -> NDArray[np.bool_]:
    """Return which boxes end at an edge of the region where the picture goes on.

    Args:
        corners: [n, 4] left, top, right, bottom in pixels of the canvas.
        region: The region that the boxes were detected in.
        picture_area: The part of the canvas that the picture fills.
    """
    low = np.array(region[:2])
    high = low + region[2:]
    is_inner_low = low > np.array(picture_area[:2])
    is_inner_high = high < np.array(picture_area[:2]) + picture_area[2:]
    at_low = (corners[:, :2] < low + EDGE_TOLERANCE_PX) & is_inner_low
    at_high = (corners[:, 2:] > high - EDGE_TOLERANCE_PX) & is_inner_high
    return np.asarray((at_low | at_high).any(axis=1))


def _add_margin(boxes: Float32Array, canvas_px: Float32Array) -> Float32Array:
    wider = boxes + np.array([-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX], np.float32)
    return np.clip(wider, 0, np.tile(canvas_px, 2)).astype(np.float32)


def _fit_regions(boxes: Float32Array, canvas_px: Float32Array) -> Float32Array:
    """Return disjoint regions around the boxes, in sizes that the network takes."""
    disjoint = _merge(boxes, canvas_px)
    while True:
        aligned = _align(disjoint, canvas_px)
        disjoint = _merge(aligned, canvas_px)
        if len(disjoint) == len(aligned):
            return aligned


def _align(boxes: Float32Array, canvas_px: Float32Array) -> Float32Array:
    """Widen boxes to the stride grid, so that every cell is as in a run on the full frame."""
    low, high = np.floor(boxes[:, :2] / STRIDE_PX), np.ceil(boxes[:, 2:] / STRIDE_PX)
    missing = np.maximum(MIN_SIDE_STRIDES - (high - low), 0)
    cells = canvas_px // STRIDE_PX
    low = np.clip(low - missing // 2, 0, np.maximum(cells - MIN_SIDE_STRIDES, 0))
    high = np.maximum(high, np.minimum(low + MIN_SIDE_STRIDES, cells))
    return np.concatenate([low, high], axis=1).astype(np.float32) * STRIDE_PX


def _merge(boxes: Float32Array, canvas_px: Float32Array) -> Float32Array:
    """Join overlapping boxes, then pairs whose hull costs less than both of them."""
    boxes = merge_overlapping(boxes)
    while len(boxes) > 1:
        hulls = np.concatenate(
            [
                np.minimum(boxes[:, None, :2], boxes[None, :, :2]),
                np.maximum(boxes[:, None, 2:], boxes[None, :, 2:]),
            ],
            axis=2,
        )
        areas = _area_shares(boxes, canvas_px)
        extra_area = areas[:, None] + areas - _area_shares(hulls, canvas_px)
        gain = CALL_OVERHEAD + (1 - CALL_OVERHEAD) * extra_area
        gain[np.diag_indices(len(boxes))] = -1.0
        i, j = np.unravel_index(gain.argmax(), gain.shape)
        if gain[i, j] < 0:
            break
        others = np.delete(boxes, [i, j], axis=0)
        boxes = merge_overlapping(np.concatenate([others, hulls[i, j][None]]))
    return boxes


def _area_shares(boxes: Float32Array, canvas_px: Float32Array) -> Float32Array:
    sides = boxes[..., 2:] - boxes[..., :2]
    return np.asarray(sides.prod(axis=-1) / canvas_px.prod(), np.float32)


def _cost(regions: Float32Array, canvas_px: Float32Array) -> float:
    """Return the cost of running all regions, as a share of one run on the full frame."""
    return float((CALL_OVERHEAD + (1 - CALL_OVERHEAD) * _area_shares(regions, canvas_px)).sum())


def _cut_boxes(regions: Float32Array, known_boxes: Float32Array) -> Float32Array:
    """Return the known boxes that lie partly inside a region."""
    if not len(known_boxes):
        return known_boxes
    is_inside = (
        (known_boxes[:, None, :2] >= regions[None, :, :2])
        & (known_boxes[:, None, 2:] <= regions[None, :, 2:])
    ).all(axis=2)
    return known_boxes[np.logical_and(intersects(known_boxes, regions), ~is_inside).any(axis=1)]
