"""The stage as a picture, for scenarios that look at pixels: ground, actors, noise."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

import cv2
import numpy as np

from pipeline.frame import Pixels, Size
from pipeline.geometry.shapes import FULL_FRAME, Box

SIZE = Size(320, 180)
NOISE_STD_LEVELS = 3.0
"""Levels of noise that a camera makes by itself."""
LabelledBox = tuple[str, tuple[float, float, float, float]]
"""A label, and where it is: left, top, width, height."""


class DrawnPicture:
    """A picture of the stage, as large as the camera of the cases takes it."""

    def __init__(self, pixels: Pixels, size: Size) -> None:
        self._pixels = pixels
        self.size = size

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Scale ``region`` to ``size``, or to what it has of the whole picture's."""
        tall, wide = self._pixels.shape[:2]
        rows = slice(round(region.y * tall), max(round(region.bottom * tall), 1))
        columns = slice(round(region.x * wide), max(round(region.right * wide), 1))
        own = Size(round(self.size.width * region.w), round(self.size.height * region.h))
        part = self._pixels[rows, columns]
        return np.asarray(cv2.resize(part, size or own, interpolation=cv2.INTER_LINEAR), np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Scale it, and take its colours out."""
        return np.asarray(cv2.cvtColor(self.rgb(size), cv2.COLOR_RGB2GRAY), np.uint8)


@dataclass(frozen=True)
class LazyPicture:
    """A picture that is drawn once somebody looks at it: rules of minutes look at few."""

    draw: Callable[[], Pixels]
    size: Size

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Scale ``region`` to ``size``, or to what it has of the whole picture's."""
        return self._drawn.rgb(size, region=region)

    def grey(self, size: Size) -> Pixels:
        """Scale it, and take its colours out."""
        return self._drawn.grey(size)

    @cached_property
    def _drawn(self) -> DrawnPicture:
        return DrawnPicture(self.draw(), self.size)


def draw_stage(actors: Iterable[LabelledBox], *, number: int) -> Pixels:
    """Draw the ground and all who stand on it, nearest last, with the noise of frame ``number``."""
    pixels = draw_ground().copy()
    tall, wide = pixels.shape[:2]
    for label, (x, y, w, h) in sorted(actors, key=lambda actor: actor[1][1] + actor[1][3]):
        left, right = (round(min(max(edge, 0), 1) * wide) for edge in (x, x + w))
        top, bottom = (round(min(max(edge, 0), 1) * tall) for edge in (y, y + h))
        pixels[top:bottom, left:right] = draw_texture(
            label, max(bottom - top, 0), max(right - left, 0)
        )
    return np.asarray(cv2.add(pixels, _sensor_noise(number % 16), dtype=cv2.CV_8U), np.uint8)


@lru_cache(maxsize=1)
def draw_ground() -> Pixels:
    """Paving with coarse and fine detail; always the same."""
    chance = np.random.default_rng(7)
    grey = np.full((SIZE.height, SIZE.width), 105, np.float32)
    for grain, strength in ((8, 24), (30, 22), (90, 18)):
        coarse = chance.normal(0, strength, (grain, grain)).astype(np.float32)
        grey += cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)
    tint = np.array([1.02, 1.0, 0.94], np.float32)
    return np.asarray(np.clip(grey[:, :, None] * tint, 30, 200), np.uint8)


def draw_texture(label: str, tall: int, wide: int) -> Pixels:
    """A dark pattern of its own for each label."""
    chance = np.random.default_rng(crc32(label.encode()))
    coarse = chance.integers(10, 60, (4, 3, 3), dtype=np.uint8)
    if not (tall and wide):
        return np.zeros((tall, wide, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (wide, tall), interpolation=cv2.INTER_NEAREST), np.uint8)


@lru_cache(maxsize=16)
def _sensor_noise(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    chance = np.random.default_rng(number)
    shape = (SIZE.height, SIZE.width, 3)
    return chance.normal(0, NOISE_STD_LEVELS, shape).round().astype(np.int16)
