"""Apply image edits to pixels; equal arguments give equal pixels."""

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Pixels
from pipeline.geometry.shapes import Box
from scenarios.testing.image_edits import (
    CameraShift,
    Defocus,
    Edit,
    Flames,
    LensCover,
    LightChange,
    PlacedObject,
    Smoke,
    ThrownObject,
    is_active,
)

GROWTH_S = 10.0
"""How long flames or smoke take to fill their box."""
COVER_RGB = (34, 28, 24)
OBJECT_RGB = (28, 26, 40)
SMOKE_LEVEL = 170.0

Floats = NDArray[np.float32]


def apply_edits(
    pixels: Pixels, edits: Iterable[Edit], after: timedelta, *, first_frame: Pixels
) -> Pixels:
    """Return a copy of ``pixels`` with the edits that apply ``after`` the start of the case.

    Args:
        first_frame: First frame of the clip, from which objects are cut.
    """
    picture: Pixels = pixels.copy()
    for edit in edits:
        if is_active(edit, after):
            _draw_in_scene(picture, edit, (after - edit.after).total_seconds(), first_frame)
            picture = _apply_to_picture(picture, edit)
    return picture


def _draw_in_scene(picture: Pixels, edit: Edit, since: float, first: Pixels) -> None:
    """Draw what an edit adds to the scene, in place."""
    match edit:
        case PlacedObject():
            _draw_placed_object(picture, edit, first)
        case ThrownObject():
            _draw_thrown_object(picture, edit, since)
        case Flames():
            _draw_flames(picture, edit.box, since)
        case Smoke():
            _draw_smoke(picture, edit.box, since)


def _apply_to_picture(picture: Pixels, edit: Edit) -> Pixels:
    """Return the image as the lens and the light of an edit show it."""
    match edit:
        case LensCover():
            _draw_cover(picture, edit.share)
        case LightChange():
            inside = _slices(edit.area, picture)
            picture[inside] = _as_uint8(cv2.convertScaleAbs(picture[inside], alpha=edit.gain))
        case CameraShift():
            return _shift(picture, edit)
        case Defocus():
            return _as_uint8(cv2.GaussianBlur(picture, (0, 0), edit.radius * picture.shape[0]))
    return picture


def _draw_placed_object(picture: Pixels, edit: PlacedObject, first: Pixels) -> None:
    """Blend an oval part of the first frame, or a drawn object, into a box."""
    area = picture[_slices(edit.box, picture)]
    height, width = area.shape[:2]
    piece = (
        first[_slices(edit.cut_from, first)] if edit.cut_from else _default_object(height, width)
    )
    fitted = cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA)
    _blend(area, np.asarray(fitted, np.float32), _oval_mask(height, width, soft=0.12))


def _default_object(height: int, width: int) -> Pixels:
    """Return a dark object with a lighter strap."""
    thing = np.full((height, width, 3), OBJECT_RGB, np.uint8)
    thing[height // 3 : height // 2, :] = (96, 84, 60)
    return thing


def _draw_cover(picture: Pixels, share: float) -> None:
    height, width = picture.shape[:2]
    edge = np.clip((share * 1.1 - np.linspace(0, 1, width)) / 0.1, 0, 1)
    strength = np.broadcast_to(edge, (height, width)).astype(np.float32)
    _blend(picture, np.full(picture.shape, COVER_RGB, np.float32), strength)


def _shift(picture: Pixels, edit: CameraShift) -> Pixels:
    height, width = picture.shape[:2]
    move = np.array([[1, 0, edit.by.x * width], [0, 1, edit.by.y * height]], np.float32)
    return _as_uint8(cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REFLECT))


def _draw_thrown_object(picture: Pixels, edit: ThrownObject, since: float) -> None:
    height, width = picture.shape[:2]
    x = edit.start.x + edit.speed.x * since
    y = edit.start.y + edit.speed.y * since + edit.gravity * since * since / 2
    if -0.1 < x < 1.1 and y < 1.1:
        radius = edit.size * height / 2
        colour = (20, 20, 24) if picture.mean() > 90 else (225, 220, 210)
        where = (round(x * width * 16), round(y * height * 16))
        cv2.circle(picture, where, round(radius * 16), colour, -1, cv2.LINE_AA, 4)


def _draw_flames(picture: Pixels, box: Box, since: float) -> None:
    """Draw yellow and red flames that differ from frame to frame."""
    area, generator = _reached_area(picture, box, since)
    height, width = area.shape[:2]
    heat = _soft_noise(generator, height, width, grain=6) * _oval_mask(height, width, soft=0.6)
    colour = np.stack([np.full_like(heat, 255), 90 + 130 * heat, 20 + 60 * heat], axis=2)
    _blend(area, colour, np.clip((heat - 0.25) * 4, 0, 1))


def _draw_smoke(picture: Pixels, box: Box, since: float) -> None:
    """Draw billowing grey smoke, densest in the middle."""
    area, generator = _reached_area(picture, box, since)
    height, width = area.shape[:2]
    thick = _oval_mask(height, width, soft=0.8) * (
        0.65 + 0.35 * _soft_noise(generator, height, width, grain=3)
    )
    haze = SMOKE_LEVEL + 40 * (_soft_noise(generator, height, width, grain=3) - 0.5)
    _blend(area, np.repeat(haze[:, :, None], 3, axis=2), np.clip(thick * 1.3, 0, 0.9))


def _reached_area(picture: Pixels, box: Box, since: float) -> tuple[Pixels, np.random.Generator]:
    """Return the part of a box that a fire has reached, and a generator for this frame."""
    part = min(0.3 + 0.7 * since / GROWTH_S, 1.0)
    w, h = box.w * part, box.h * part
    reached = Box(box.foot.x - w / 2, box.bottom - h, w, h)
    return picture[_slices(reached, picture)], np.random.default_rng(round(since * 1000))


def _soft_noise(generator: np.random.Generator, height: int, width: int, *, grain: int) -> Floats:
    """Return smooth noise from 0 to 1."""
    coarse = generator.random((grain, grain), np.float32)
    return np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


@lru_cache(maxsize=64)
def _oval_mask(height: int, width: int, *, soft: float) -> Floats:
    """Return a mask: 1 inside an oval that fills the rectangle, falling to 0 at its edge."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    oval = np.clip((1 - np.hypot(x, y)) / soft, 0, 1).astype(np.float32)
    oval.flags.writeable = False
    return oval


def _blend(area: Pixels, colour: NDArray[np.float32], strength: Floats) -> None:
    part = strength[:, :, None]
    area[:] = np.asarray(area * (1 - part) + colour * part + 0.5, np.uint8)


def _slices(box: Box, picture: Pixels) -> tuple[slice, slice]:
    height, width = picture.shape[:2]
    left, top = round(box.x * width), round(box.y * height)
    right, bottom = round(box.right * width), round(box.bottom * height)
    return slice(top, max(bottom, top + 2)), slice(left, max(right, left + 2))


def _as_uint8(array: object) -> Pixels:
    return np.asarray(array, np.uint8)
