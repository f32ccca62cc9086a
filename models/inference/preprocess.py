"""Convert frames to input tensors, and boxes back to the frame: stretch, letterbox, tiles."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from models.catalogue.catalogue import InputSpec
from models.inference.raw_detections import RawDetections
from models.inference.region_planner import STRIDE_PX
from pipeline.frame import Picture, Size
from pipeline.geometry.boxes import Float32Array
from pipeline.geometry.shapes import FULL_FRAME, Box

PADDING_GREY = 114
"""Grey value around a letterboxed frame; the YOLO family is trained with it."""
MAX_STRETCH_ASPECT = 1.2
"""Up to this aspect ratio a frame is stretched into one square instead of cut into tiles."""
MIN_TILE_OVERLAP = 0.15
"""Share of a tile that its neighbour sees too: a person on the seam is whole in one of them."""
SEAM_MARGIN = 0.01
"""A box this close to a seam, as a fraction of the tile, counts as cut by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """A part of the frame and where it goes on the network's canvas.

    Args:
        region: The part of the frame, in fractions of it.
        scaled_size: Its size on the canvas, in pixels.
        left: Pixels to its left on the canvas.
        top: Pixels above it on the canvas.
        overlap: Share of the view that the neighbouring tile covers too; 0 without tiles.
    """

    region: Box
    scaled_size: Size
    left: int = 0
    top: int = 0
    overlap: float = 0.0


@lru_cache(maxsize=256)
def plan_views(frame: Size, spec: InputSpec) -> tuple[InputView, ...]:
    """Return the views of a frame of this size: several for tiles, one otherwise."""
    canvas = Size(spec.width, spec.height)
    match spec.fit:
        case "stretch":
            return (InputView(region=FULL_FRAME, scaled_size=canvas),)
        case "tiles":
            return _plan_tiles(frame, canvas)
        case fit:
            scale = min(canvas.width / frame.width, canvas.height / frame.height)
            scaled = Size(round(frame.width * scale), round(frame.height * scale))
            free = (canvas.width - scaled.width, canvas.height - scaled.height)
            left, top = (side // 2 for side in free) if fit == "letterbox-centred" else (0, 0)
            return (InputView(region=FULL_FRAME, scaled_size=scaled, left=left, top=top),)


@lru_cache(maxsize=256)
def trim_padding(frame: Size, spec: InputSpec) -> InputSpec:
    """Return the input without the padding that a letterboxed frame leaves.

    Only for networks that take any multiple of ``STRIDE_PX``; the frame keeps its scale.
    """
    if not spec.fit.startswith("letterbox"):
        return spec
    (view,) = plan_views(frame, spec)
    width, height = (ceil(side / STRIDE_PX) * STRIDE_PX for side in view.scaled_size)
    sides = {"width": min(width, spec.width), "height": min(height, spec.height)}
    return spec.model_copy(update=sides)


def fill_tensor(tensor: Float32Array, picture: Picture, view: InputView, spec: InputSpec) -> None:
    """Write a view of a picture into ``tensor``, [1, 3, height, width]."""
    pixels = picture.rgb(view.scaled_size, region=view.region)
    ranges = np.array(spec.channel_ranges, np.float32)[:, :, None, None]
    low, step = ranges[:, 0], (ranges[:, 1] - ranges[:, 0]) / 255
    if view.scaled_size != (spec.width, spec.height):
        tensor[0] = low + PADDING_GREY * step
    rows = slice(view.top, view.top + view.scaled_size.height)
    columns = slice(view.left, view.left + view.scaled_size.width)
    ordered = pixels if spec.channels == "rgb" else pixels[:, :, ::-1]
    target = tensor[0, :, rows, columns]
    np.multiply(ordered.transpose(2, 0, 1), step, out=target, dtype=np.float32)
    if low.any():
        target += low


def to_frame_fractions(raw: RawDetections, view: InputView, spec: InputSpec) -> RawDetections:
    """Convert boxes from fractions of the canvas to fractions of the frame.

    Boxes that a seam between tiles cuts are dropped: the neighbouring tile has them whole.
    """
    scaled = np.array([*view.scaled_size, *view.scaled_size])
    scale = np.array([spec.width, spec.height] * 2) / scaled
    offset = np.array([view.left, view.top] * 2) / scaled
    in_view = raw.corners * scale.astype(np.float32) - offset.astype(np.float32)
    if view.overlap:
        keep = ~_is_cut_by_seam(in_view, view)
        in_view, raw = in_view[keep], raw.select(keep)
    region = view.region
    size = np.array([region.w, region.h] * 2, np.float32)
    corners = in_view * size + np.array([region.x, region.y] * 2, np.float32)
    return raw._replace(corners=np.clip(corners, 0, 1))


def _plan_tiles(frame: Size, canvas: Size) -> tuple[InputView, ...]:
    """Cut a frame into overlapping squares along its longer side."""
    long, short = max(frame), min(frame)
    if long / short <= MAX_STRETCH_ASPECT:
        return (InputView(region=FULL_FRAME, scaled_size=canvas),)
    count = ceil((long / short - MIN_TILE_OVERLAP) / (1 - MIN_TILE_OVERLAP))
    side, step = short / long, (1 - short / long) / (count - 1)
    overlap = 1 - step / side
    regions = (
        Box(i * step, 0, side, 1) if frame.width == long else Box(0, i * step, 1, side)
        for i in range(count)
    )
    return tuple(
        InputView(region=region, scaled_size=canvas, overlap=overlap) for region in regions
    )


def _is_cut_by_seam(in_view: Float32Array, view: InputView) -> NDArray[np.bool_]:
    """Mark boxes that end at a seam and are small enough to be whole in the next tile."""
    axis = 0 if view.region.w < 1 else 1
    low, high = in_view[:, axis], in_view[:, axis + 2]
    is_first = (view.region.x, view.region.y)[axis] <= 0
    is_last = (view.region.right, view.region.bottom)[axis] >= 1 - 1e-9
    at_low = (low < SEAM_MARGIN) & (not is_first)
    at_high = (high > 1 - SEAM_MARGIN) & (not is_last)
    cut: NDArray[np.bool_] = (at_low | at_high) & (high - low < view.overlap)
    return cut
