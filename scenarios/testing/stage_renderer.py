"""Draw the stage as an image, for scenarios that look at pixels: ground, actors, sensor noise."""

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
"""Standard deviation of the sensor noise, in grey levels."""
LabelledBox = tuple[str, tuple[float, float, float, float]]
"""A label, and its box as left, top, width, height."""


class DrawnPicture:
    """An image of the stage, scaled to the frame size of its camera."""

    def __init__(self, pixels: Pixels, size: Size) -> None:
        self._pixels = pixels
        self.size = size

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Return ``region`` scaled to ``size``, by default to its share of the frame size."""
        height, width = self._pixels.shape[:2]
        rows = slice(round(region.y * height), max(round(region.bottom * height), 1))
        columns = slice(round(region.x * width), max(round(region.right * width), 1))
        own = Size(round(self.size.width * region.w), round(self.size.height * region.h))
        part = self._pixels[rows, columns]
        return np.asarray(cv2.resize(part, size or own, interpolation=cv2.INTER_LINEAR), np.uint8)

    def grey(self, size: Size) -> Pixels:
        """Return the image scaled to ``size``, in grey."""
        return np.asarray(cv2.cvtColor(self.rgb(size), cv2.COLOR_RGB2GRAY), np.uint8)


@dataclass(frozen=True)
class LazyPicture:
    """An image that is drawn on first use: scenarios with long holds read few of them."""

    draw: Callable[[], Pixels]
    size: Size

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> Pixels:
        """Return ``region`` scaled to ``size``, by default to its share of the frame size."""
        return self._drawn.rgb(size, region=region)

    def grey(self, size: Size) -> Pixels:
        """Return the image scaled to ``size``, in grey."""
        return self._drawn.grey(size)

    @cached_property
    def _drawn(self) -> DrawnPicture:
        return DrawnPicture(self.draw(), self.size)


def draw_stage(actors: Iterable[LabelledBox], *, number: int) -> Pixels:
    """Return the ground with all actors, nearest last, and the noise of frame ``number``."""
    pixels = draw_ground().copy()
    height, width = pixels.shape[:2]
    for label, (x, y, w, h) in sorted(actors, key=lambda actor: actor[1][1] + actor[1][3]):
        left, right = (round(min(max(edge, 0), 1) * width) for edge in (x, x + w))
        top, bottom = (round(min(max(edge, 0), 1) * height) for edge in (y, y + h))
        pixels[top:bottom, left:right] = draw_texture(
            label, max(bottom - top, 0), max(right - left, 0)
        )
    return np.asarray(cv2.add(pixels, _sensor_noise(number % 16), dtype=cv2.CV_8U), np.uint8)


@lru_cache(maxsize=1)
def draw_ground() -> Pixels:
    """Return paving with coarse and fine detail, always the same."""
    generator = np.random.default_rng(7)
    grey = np.full((SIZE.height, SIZE.width), 105, np.float32)
    for grain, strength in ((8, 24), (30, 22), (90, 18)):
        coarse = generator.normal(0, strength, (grain, grain)).astype(np.float32)
        grey += cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)
    tint = np.array([1.02, 1.0, 0.94], np.float32)
    return np.asarray(np.clip(grey[:, :, None] * tint, 30, 200), np.uint8)


def draw_texture(label: str, height: int, width: int) -> Pixels:
    """Return a dark pattern that is the same for each label."""
    generator = np.random.default_rng(crc32(label.encode()))
    coarse = generator.integers(10, 60, (4, 3, 3), dtype=np.uint8)
    if not (height and width):
        return np.zeros((height, width, 3), np.uint8)
    return np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
    )


@lru_cache(maxsize=16)
def _sensor_noise(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    generator = np.random.default_rng(number)
    shape = (SIZE.height, SIZE.width, 3)
    return generator.normal(0, NOISE_STD_LEVELS, shape).round().astype(np.int16)
