"""Apply image edits to pixels; equal arguments give equal pixels."""

import math
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
    """Draw flames: hottest at the foot, redder towards the edge, rising, with a dancing tip."""
    area, _ = _reached_area(picture, box, since)
    full_height, width = area.shape[:2]
    tip = 0.85 + 0.1 * math.sin(2 * math.pi * 1.7 * since) + 0.05 * math.sin(23 * since)
    height = max(round(full_height * tip), 2)
    area = area[full_height - height :]
    heat = _flame_heat(height, width, since)
    red, green, blue = heat * 420, heat * 300 - 60, heat * 260 - 200
    colour = np.clip(np.stack([red, green, blue], axis=2), 0, 255).astype(np.float32)
    _blend(area, colour, np.clip(heat * 3, 0, 1))


def _flame_heat(height: int, width: int, since: float) -> Floats:
    """Return the heat of a flame: rising noise inside an outline that is narrow at the top."""
    y, x = np.mgrid[0 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    outline = np.clip(1.25 - (np.abs(x) / (0.25 + 0.75 * y**0.8)) ** 2, 0, 1)
    outline *= np.clip(1.6 * y + 0.2, 0, 1)
    coarse, fine = (
        _rising_noise(height, width, grain, since * speed)
        for grain, speed in (((8, 6), 9.0), ((20, 12), 18.0))
    )
    return np.asarray(np.clip(outline * (0.55 + 0.5 * coarse + 0.35 * fine) - 0.12, 0, 1.5))


def _rising_noise(height: int, width: int, grain: tuple[int, int], risen: float) -> Floats:
    """Return smooth noise that has risen by so many of its rows."""
    rows, columns = grain
    field = np.random.default_rng(rows).random((128, columns), np.float32)
    seen = np.roll(field, -int(risen), axis=0)[:rows]
    scaled = cv2.resize(seen, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, np.float32)


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
