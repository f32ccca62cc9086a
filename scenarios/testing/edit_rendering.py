"""Edits on pixels: equal in, equal out."""

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
"""Seconds in which a fire fills its box."""
COVER_RGB = (34, 28, 24)
OBJECT_RGB = (28, 26, 40)
SMOKE_LEVEL = 170.0

Floats = NDArray[np.float32]


def apply_edits(
    pixels: Pixels, edits: Iterable[Edit], after: timedelta, *, first_frame: Pixels
) -> Pixels:
    """Do to a copy of ``pixels`` what is in force ``after`` the beginning.

    Args:
        first_frame: The clip's first picture, from which pieces are cut.
    """
    picture: Pixels = pixels.copy()
    for edit in edits:
        if is_active(edit, after):
            _draw_in_scene(picture, edit, (after - edit.after).total_seconds(), first_frame)
            picture = _apply_to_picture(picture, edit)
    return picture


def _draw_in_scene(picture: Pixels, edit: Edit, since: float, first: Pixels) -> None:
    """Draw what an edit puts before the camera."""
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
    """The picture as the lens and the light of an edit show it."""
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
    """Lay an oval piece of the first picture, or a drawn one, over a box."""
    place = picture[_slices(edit.box, picture)]
    tall, wide = place.shape[:2]
    piece = first[_slices(edit.cut_from, first)] if edit.cut_from else _default_object(tall, wide)
    fitted = cv2.resize(piece, (wide, tall), interpolation=cv2.INTER_AREA)
    _blend(place, np.asarray(fitted, np.float32), _oval_mask(tall, wide, soft=0.12))


def _default_object(tall: int, wide: int) -> Pixels:
    """A dark thing with a lighter strap."""
    thing = np.full((tall, wide, 3), OBJECT_RGB, np.uint8)
    thing[tall // 3 : tall // 2, :] = (96, 84, 60)
    return thing


def _draw_cover(picture: Pixels, share: float) -> None:
    tall, wide = picture.shape[:2]
    edge = np.clip((share * 1.1 - np.linspace(0, 1, wide)) / 0.1, 0, 1)
    strength = np.broadcast_to(edge, (tall, wide)).astype(np.float32)
    _blend(picture, np.full(picture.shape, COVER_RGB, np.float32), strength)


def _shift(picture: Pixels, edit: CameraShift) -> Pixels:
    tall, wide = picture.shape[:2]
    move = np.array([[1, 0, edit.by.x * wide], [0, 1, edit.by.y * tall]], np.float32)
    return _as_uint8(cv2.warpAffine(picture, move, (wide, tall), borderMode=cv2.BORDER_REFLECT))


def _draw_thrown_object(picture: Pixels, edit: ThrownObject, since: float) -> None:
    tall, wide = picture.shape[:2]
    x = edit.start.x + edit.speed.x * since
    y = edit.start.y + edit.speed.y * since + edit.gravity * since * since / 2
    if -0.1 < x < 1.1 and y < 1.1:
        radius = edit.size * tall / 2
        colour = (20, 20, 24) if picture.mean() > 90 else (225, 220, 210)
        where = (round(x * wide * 16), round(y * tall * 16))
        cv2.circle(picture, where, round(radius * 16), colour, -1, cv2.LINE_AA, 4)


def _draw_flames(picture: Pixels, box: Box, since: float) -> None:
    """Tongues of yellow and red that are others in every picture."""
    place, chance = _reached_area(picture, box, since)
    tall, wide = place.shape[:2]
    heat = _soft_noise(chance, tall, wide, grain=6) * _oval_mask(tall, wide, soft=0.6)
    colour = np.stack([np.full_like(heat, 255), 90 + 130 * heat, 20 + 60 * heat], axis=2)
    _blend(place, colour, np.clip((heat - 0.25) * 4, 0, 1))


def _draw_smoke(picture: Pixels, box: Box, since: float) -> None:
    """A grey veil, thickest in its middle, that billows."""
    place, chance = _reached_area(picture, box, since)
    tall, wide = place.shape[:2]
    thick = _oval_mask(tall, wide, soft=0.8) * (
        0.65 + 0.35 * _soft_noise(chance, tall, wide, grain=3)
    )
    haze = SMOKE_LEVEL + 40 * (_soft_noise(chance, tall, wide, grain=3) - 0.5)
    _blend(place, np.repeat(haze[:, :, None], 3, axis=2), np.clip(thick * 1.3, 0, 0.9))


def _reached_area(picture: Pixels, box: Box, since: float) -> tuple[Pixels, np.random.Generator]:
    """The part of a box that a fire has reached, from its foot up, and this moment's chance."""
    part = min(0.3 + 0.7 * since / GROWTH_S, 1.0)
    w, h = box.w * part, box.h * part
    reached = Box(box.foot.x - w / 2, box.bottom - h, w, h)
    return picture[_slices(reached, picture)], np.random.default_rng(round(since * 1000))


def _soft_noise(chance: np.random.Generator, tall: int, wide: int, *, grain: int) -> Floats:
    """Soft noise, 0 to 1."""
    coarse = chance.random((grain, grain), np.float32)
    return np.asarray(cv2.resize(coarse, (wide, tall), interpolation=cv2.INTER_LINEAR), np.float32)


@lru_cache(maxsize=64)
def _oval_mask(tall: int, wide: int, *, soft: float) -> Floats:
    """1 inside an oval that fills the rectangle, falling to 0 at its edge."""
    y, x = np.ogrid[-1 : 1 : tall * 1j, -1 : 1 : wide * 1j]
    oval = np.clip((1 - np.hypot(x, y)) / soft, 0, 1).astype(np.float32)
    oval.flags.writeable = False
    return oval


def _blend(place: Pixels, colour: NDArray[np.float32], strength: Floats) -> None:
    part = strength[:, :, None]
    place[:] = np.asarray(place * (1 - part) + colour * part + 0.5, np.uint8)


def _slices(box: Box, picture: Pixels) -> tuple[slice, slice]:
    tall, wide = picture.shape[:2]
    left, top = round(box.x * wide), round(box.y * tall)
    right, bottom = round(box.right * wide), round(box.bottom * tall)
    return slice(top, max(bottom, top + 2)), slice(left, max(right, left + 2))


def _as_uint8(array: object) -> Pixels:
    return np.asarray(array, np.uint8)
