"""Frame to tensor and back: stretch, letterbox, square tiles. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from models.catalogue.catalogue import InputSpec
from models.inference.raw_detections import RawDetections
from models.inference.region_planner import STRIDE_PX
from pipeline.detection import Float32Array
from pipeline.frame import Picture, Size
from pipeline.geometry.shapes import FULL_FRAME, Box

PADDING_GREY = 114
"""The grey around a letterboxed frame that the YOLO family was trained with."""
MAX_STRETCH_ASPECT = 1.2
"""Up to this shape a frame is stretched into one square instead of cut into two."""
MIN_TILE_OVERLAP = 0.15
"""Part of a tile that its neighbour sees too, so that who stands on the seam is whole in one."""
SEAM_MARGIN = 0.01
"""A box this near to a seam, in parts of the tile, is taken to be cut by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """One look at a part of the frame.

    Args:
        region: The part, fractions of the frame.
        scaled_size: How many pixels it becomes.
        left: Pixels to its left on the canvas.
        top: Pixels above it on the canvas.
        overlap: Part of it that the neighbouring view sees too, along the way they are cut.
    """

    region: Box
    scaled_size: Size
    left: int = 0
    top: int = 0
    overlap: float = 0.0


@lru_cache(maxsize=256)
def plan_views(frame: Size, spec: InputSpec) -> tuple[InputView, ...]:
    """Plan how a frame of this size is looked at; one view but for tiles."""
    canvas = Size(spec.width, spec.height)
    match spec.fit:
        case "stretch":
            return (InputView(region=FULL_FRAME, scaled_size=canvas),)
        case "tiles":
            return _tiles(frame, canvas)
        case fit:
            scale = min(canvas.width / frame.width, canvas.height / frame.height)
            scaled = Size(round(frame.width * scale), round(frame.height * scale))
            free = (canvas.width - scaled.width, canvas.height - scaled.height)
            left, top = (side // 2 for side in free) if fit == "letterbox-centred" else (0, 0)
            return (InputView(region=FULL_FRAME, scaled_size=scaled, left=left, top=top),)


@lru_cache(maxsize=256)
def trim_padding(frame: Size, spec: InputSpec) -> InputSpec:
    """Give the input without the empty stripes that a letterboxed frame leaves beside it.

    For a network that takes any multiple of ``STRIDE_PX``; the frame keeps its scale.
    """
    if not spec.fit.startswith("letterbox"):
        return spec
    (view,) = plan_views(frame, spec)
    width, height = (ceil(side / STRIDE_PX) * STRIDE_PX for side in view.scaled_size)
    sides = {"width": min(width, spec.width), "height": min(height, spec.height)}
    return spec.model_copy(update=sides)


def fill_tensor(tensor: Float32Array, picture: Picture, view: InputView, spec: InputSpec) -> None:
    """Write what ``view`` shows into ``tensor``, [1, 3, height, width]."""
    pixels = picture.rgb(view.scaled_size, region=view.region)
    low, high = spec.range
    step = (high - low) / 255
    if view.scaled_size != (spec.width, spec.height):
        tensor.fill(low + PADDING_GREY * step)
    rows = slice(view.top, view.top + view.scaled_size.height)
    columns = slice(view.left, view.left + view.scaled_size.width)
    ordered = pixels if spec.channels == "rgb" else pixels[:, :, ::-1]
    part = tensor[0, :, rows, columns]
    np.multiply(ordered.transpose(2, 0, 1), np.float32(step), out=part, dtype=np.float32)
    if low:
        part += low


def to_frame_fractions(raw: RawDetections, view: InputView, spec: InputSpec) -> RawDetections:
    """Turn fractions of the canvas into fractions of the frame; boxes cut by a seam go."""
    scale = np.array([spec.width, spec.height] * 2) / np.array(
        [*view.scaled_size, *view.scaled_size]
    )
    offset = np.array([view.left, view.top] * 2) / np.array([*view.scaled_size, *view.scaled_size])
    inside = raw.corners * scale.astype(np.float32) - offset.astype(np.float32)
    if view.overlap:
        keep = ~_cut(inside, view)
        inside, raw = inside[keep], raw.select(keep)
    region = view.region
    spread = np.array([region.w, region.h] * 2, np.float32)
    corners = inside * spread + np.array([region.x, region.y] * 2, np.float32)
    return raw._replace(corners=np.clip(corners, 0, 1))


def _tiles(frame: Size, canvas: Size) -> tuple[InputView, ...]:
    long, short = max(frame), min(frame)
    if long / short <= MAX_STRETCH_ASPECT:
        return (InputView(region=FULL_FRAME, scaled_size=canvas),)
    count = ceil((long / short - MIN_TILE_OVERLAP) / (1 - MIN_TILE_OVERLAP))
    side, step = short / long, (1 - short / long) / (count - 1)
    shared = 1 - step / side
    regions = (
        Box(i * step, 0, side, 1) if frame.width == long else Box(0, i * step, 1, side)
        for i in range(count)
    )
    return tuple(InputView(region=region, scaled_size=canvas, overlap=shared) for region in regions)


def _cut(inside: Float32Array, view: InputView) -> NDArray[np.bool_]:
    """Tell which boxes end at a seam, and are small enough to be whole in the neighbour."""
    axis = 0 if view.region.w < 1 else 1
    low, high = inside[:, axis], inside[:, axis + 2]
    first = (view.region.x, view.region.y)[axis] <= 0
    last = (view.region.right, view.region.bottom)[axis] >= 1 - 1e-9
    at_low = (low < SEAM_MARGIN) & (not first)
    at_high = (high > 1 - SEAM_MARGIN) & (not last)
    cut: NDArray[np.bool_] = (at_low | at_high) & (high - low < view.overlap)
    return cut
