"""Edits on pixels: equal in, equal out."""

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Pixels
from pipeline.geometry.shapes import Box
from scenarios.testing.edits import (
    Blurred,
    Burns,
    Covered,
    Edit,
    Lit,
    Placed,
    Shifted,
    Smokes,
    Tossed,
    is_on,
)

GROWS_IN = 10.0
"""Seconds in which a fire fills its box."""
CLOTH = (34, 28, 24)
THING = (28, 26, 40)
HAZE = 170.0

Floats = NDArray[np.float32]


def retouched(pixels: Pixels, edits: Iterable[Edit], after: timedelta, *, first: Pixels) -> Pixels:
    """Do to a copy of ``pixels`` what is in force ``after`` the beginning.

    Args:
        first: The clip's first picture, from which pieces are cut.
    """
    picture: Pixels = pixels.copy()
    for edit in edits:
        if is_on(edit, after):
            _add(picture, edit, (after - edit.after).total_seconds(), first)
            picture = _through(picture, edit)
    return picture


def _add(picture: Pixels, edit: Edit, since: float, first: Pixels) -> None:
    """Draw what an edit puts before the camera."""
    match edit:
        case Placed():
            _lay(picture, edit, first)
        case Tossed():
            _tossed(picture, edit, since)
        case Burns():
            _burns(picture, edit.box, since)
        case Smokes():
            _smokes(picture, edit.box, since)


def _through(picture: Pixels, edit: Edit) -> Pixels:
    """The picture as the lens and the light of an edit show it."""
    match edit:
        case Covered():
            _cover(picture, edit.share)
        case Lit():
            inside = _inside(edit.where, picture)
            picture[inside] = _bytes(cv2.convertScaleAbs(picture[inside], alpha=edit.gain))
        case Shifted():
            return _shifted(picture, edit)
        case Blurred():
            return _bytes(cv2.GaussianBlur(picture, (0, 0), edit.radius * picture.shape[0]))
    return picture


def _lay(picture: Pixels, edit: Placed, first: Pixels) -> None:
    """Lay an oval piece of the first picture, or a drawn one, over a box."""
    place = picture[_inside(edit.box, picture)]
    tall, wide = place.shape[:2]
    piece = first[_inside(edit.cut, first)] if edit.cut else _drawn_thing(tall, wide)
    fitted = cv2.resize(piece, (wide, tall), interpolation=cv2.INTER_AREA)
    _blend(place, np.asarray(fitted, np.float32), _oval(tall, wide, soft=0.12))


def _drawn_thing(tall: int, wide: int) -> Pixels:
    """A dark thing with a lighter strap."""
    thing = np.full((tall, wide, 3), THING, np.uint8)
    thing[tall // 3 : tall // 2, :] = (96, 84, 60)
    return thing


def _cover(picture: Pixels, share: float) -> None:
    tall, wide = picture.shape[:2]
    edge = np.clip((share * 1.1 - np.linspace(0, 1, wide)) / 0.1, 0, 1)
    strength = np.broadcast_to(edge, (tall, wide)).astype(np.float32)
    _blend(picture, np.full(picture.shape, CLOTH, np.float32), strength)


def _shifted(picture: Pixels, edit: Shifted) -> Pixels:
    tall, wide = picture.shape[:2]
    move = np.array([[1, 0, edit.by.x * wide], [0, 1, edit.by.y * tall]], np.float32)
    return _bytes(cv2.warpAffine(picture, move, (wide, tall), borderMode=cv2.BORDER_REFLECT))


def _tossed(picture: Pixels, edit: Tossed, since: float) -> None:
    tall, wide = picture.shape[:2]
    x = edit.begin.x + edit.speed.x * since
    y = edit.begin.y + edit.speed.y * since + edit.pull * since * since / 2
    if -0.1 < x < 1.1 and y < 1.1:
        radius = edit.size * tall / 2
        colour = (20, 20, 24) if picture.mean() > 90 else (225, 220, 210)
        where = (round(x * wide * 16), round(y * tall * 16))
        cv2.circle(picture, where, round(radius * 16), colour, -1, cv2.LINE_AA, 4)


def _burns(picture: Pixels, box: Box, since: float) -> None:
    """Tongues of yellow and red that are others in every picture."""
    place, chance = _grown(picture, box, since)
    tall, wide = place.shape[:2]
    heat = _cloud(chance, tall, wide, grain=6) * _oval(tall, wide, soft=0.6)
    colour = np.stack([np.full_like(heat, 255), 90 + 130 * heat, 20 + 60 * heat], axis=2)
    _blend(place, colour, np.clip((heat - 0.25) * 4, 0, 1))


def _smokes(picture: Pixels, box: Box, since: float) -> None:
    """A grey veil, thickest in its middle, that billows."""
    place, chance = _grown(picture, box, since)
    tall, wide = place.shape[:2]
    thick = _oval(tall, wide, soft=0.8) * (0.65 + 0.35 * _cloud(chance, tall, wide, grain=3))
    haze = HAZE + 40 * (_cloud(chance, tall, wide, grain=3) - 0.5)
    _blend(place, np.repeat(haze[:, :, None], 3, axis=2), np.clip(thick * 1.3, 0, 0.9))


def _grown(picture: Pixels, box: Box, since: float) -> tuple[Pixels, np.random.Generator]:
    """The part of a box that a fire has reached, from its foot up, and this moment's chance."""
    part = min(0.3 + 0.7 * since / GROWS_IN, 1.0)
    w, h = box.w * part, box.h * part
    reached = Box(box.foot.x - w / 2, box.bottom - h, w, h)
    return picture[_inside(reached, picture)], np.random.default_rng(round(since * 1000))


def _cloud(chance: np.random.Generator, tall: int, wide: int, *, grain: int) -> Floats:
    """Soft noise, 0 to 1."""
    coarse = chance.random((grain, grain), np.float32)
    return np.asarray(cv2.resize(coarse, (wide, tall), interpolation=cv2.INTER_LINEAR), np.float32)


@lru_cache(maxsize=64)
def _oval(tall: int, wide: int, *, soft: float) -> Floats:
    """1 inside an oval that fills the rectangle, falling to 0 at its edge."""
    y, x = np.ogrid[-1 : 1 : tall * 1j, -1 : 1 : wide * 1j]
    oval = np.clip((1 - np.hypot(x, y)) / soft, 0, 1).astype(np.float32)
    oval.flags.writeable = False
    return oval


def _blend(place: Pixels, colour: NDArray[np.float32], strength: Floats) -> None:
    part = strength[:, :, None]
    place[:] = np.asarray(place * (1 - part) + colour * part + 0.5, np.uint8)


def _inside(box: Box, picture: Pixels) -> tuple[slice, slice]:
    tall, wide = picture.shape[:2]
    left, top = round(box.x * wide), round(box.y * tall)
    right, bottom = round(box.right * wide), round(box.bottom * tall)
    return slice(top, max(bottom, top + 2)), slice(left, max(right, left + 2))


def _bytes(array: object) -> Pixels:
    return np.asarray(array, np.uint8)
