"""Which parts of a picture a look takes in, when not all of it is worth one. Pure.

A network that takes pictures of any size is shown cut-outs of the very pixels that it would
see in a look at the whole: as large, and so as well known to it. Several that lie apart are
several calls; that costs no more than one call on a mosaic of them, and has no seams in which
a network sees what is not there.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.detection import Float32Array
from pipeline.frame import Size
from pipeline.motion.motion_gate import join
from pipeline.tracking.assignment import intersects

STRIDE_PX = 32
"""Sides are multiples of this: the coarsest grid of the networks."""
MARGIN_PX = 16.0
"""Pixels of the canvas that are shown around what must be seen, on each side."""
MIN_SIDE_STRIDES = 5
"""Sides of a patch, in strides, at the least: shown less around a person, networks doubt him."""
CALL_OVERHEAD = 0.1
"""What a call costs however little it is shown, in parts of a call on the whole."""
MAX_COST_SHARE = 0.85
"""From this part of the cost of a look at the whole on, the whole is looked at."""
EDGE_TOLERANCE_PX = 2.0
"""Pixels from an inner edge within which a box may be cut off by it."""


class Region(NamedTuple):
    """A rectangle of the canvas, in its pixels."""

    left: int
    top: int
    width: int
    height: int


def plan_regions(
    required: Float32Array, known_boxes: Float32Array, canvas: Size
) -> tuple[Region, ...]:
    """Choose the patches that show all that must be seen, and cut nothing that is known.

    Args:
        required: [n, 4] left, top, right, bottom in pixels of the canvas: what must be seen.
        known_boxes: [m, 4] likewise: boxes that need no inference but must not be cut.
        canvas: Sides are multiples of ``STRIDE_PX``.

    Returns:
        Patches that share nothing; none if the whole is the better choice.
    """
    if not len(required):
        return ()
    room = np.array([*canvas], np.float32)
    patches = _fitted(_widened(required, room), room)
    while len(cut := _cut_by(patches, known_boxes)):
        patches = _fitted(np.concatenate([patches, _widened(cut, room)]), room)
    if _cost(patches, room) >= MAX_COST_SHARE:
        return ()
    left, top, right, bottom = patches.astype(int).T
    return tuple(map(Region, *(side.tolist() for side in (left, top, right - left, bottom - top))))


def is_cut_off(corners: Float32Array, region: Region, picture: Region) -> NDArray[np.bool_]:
    """Tell which boxes end at an edge of ``region`` beyond which ``picture`` goes on.

    Args:
        corners: [n, 4] left, top, right, bottom in pixels of the canvas.
        picture: Where on the canvas there is a picture at all.
    """
    low = np.array(region[:2])
    high = low + region[2:]
    inner_low = low > np.array(picture[:2])
    inner_high = high < np.array(picture[:2]) + picture[2:]
    at_low = (corners[:, :2] < low + EDGE_TOLERANCE_PX) & inner_low
    at_high = (corners[:, 2:] > high - EDGE_TOLERANCE_PX) & inner_high
    return np.asarray((at_low | at_high).any(axis=1))


def _widened(boxes: Float32Array, room: Float32Array) -> Float32Array:
    wider = boxes + np.array([-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX], np.float32)
    return np.clip(wider, 0, np.tile(room, 2)).astype(np.float32)


def _fitted(boxes: Float32Array, room: Float32Array) -> Float32Array:
    """Give patches around the boxes that share nothing, in sizes that the network takes."""
    apart = _merged(boxes, room)
    while True:
        fitted = _sized(apart, room)
        apart = _merged(fitted, room)
        if len(apart) == len(fitted):
            return fitted


def _sized(boxes: Float32Array, room: Float32Array) -> Float32Array:
    """Widen to the grid of the whole: each cell of it is seen as it is in a look at the whole."""
    low, high = np.floor(boxes[:, :2] / STRIDE_PX), np.ceil(boxes[:, 2:] / STRIDE_PX)
    lacking = np.maximum(MIN_SIDE_STRIDES - (high - low), 0)
    cells = room // STRIDE_PX
    low = np.clip(low - lacking // 2, 0, np.maximum(cells - MIN_SIDE_STRIDES, 0))
    high = np.maximum(high, np.minimum(low + MIN_SIDE_STRIDES, cells))
    return np.concatenate([low, high], axis=1).astype(np.float32) * STRIDE_PX


def _merged(boxes: Float32Array, room: Float32Array) -> Float32Array:
    """Join what overlaps, then pairs whose hull costs less than both, until none does."""
    boxes = join(boxes)
    while len(boxes) > 1:
        hulls = np.concatenate(
            [
                np.minimum(boxes[:, None, :2], boxes[None, :, :2]),
                np.maximum(boxes[:, None, 2:], boxes[None, :, 2:]),
            ],
            axis=2,
        )
        shares = _shares(boxes, room)
        gain = CALL_OVERHEAD + (1 - CALL_OVERHEAD) * (
            shares[:, None] + shares - _shares(hulls, room)
        )
        gain[np.diag_indices(len(boxes))] = -1.0
        i, j = np.unravel_index(gain.argmax(), gain.shape)
        if gain[i, j] < 0:
            break
        others = np.delete(boxes, [i, j], axis=0)
        boxes = join(np.concatenate([others, hulls[i, j][None]]))
    return boxes


def _shares(boxes: Float32Array, room: Float32Array) -> Float32Array:
    sides = boxes[..., 2:] - boxes[..., :2]
    return np.asarray(sides.prod(axis=-1) / room.prod(), np.float32)


def _cost(patches: Float32Array, room: Float32Array) -> float:
    return float((CALL_OVERHEAD + (1 - CALL_OVERHEAD) * _shares(patches, room)).sum())


def _cut_by(patches: Float32Array, known: Float32Array) -> Float32Array:
    """Give the known that lie partly in a patch."""
    if not len(known):
        return known
    within = (
        (known[:, None, :2] >= patches[None, :, :2]) & (known[:, None, 2:] <= patches[None, :, 2:])
    ).all(axis=2)
    return known[np.logical_and(intersects(known, patches), ~within).any(axis=1)]
