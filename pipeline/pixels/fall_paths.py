"""Ways through the picture, and which of them are falls."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import Box


class Spot(NamedTuple):
    """Something small that moved.

    Args:
        t: Seconds from any fixed moment.
        x: Fraction of the frame's width.
        y: Fraction of its height.
        area: Pixels.
    """

    t: float
    x: float
    y: float
    area: int


Way = tuple[Spot, ...]
"""The same thing over time, oldest first."""

PULLS = (0.12, 4.0)
"""Acceleration downwards, heights of the frame a second squared: views 80 m to 2.5 m high."""
FASTEST = 2.5
"""Heights of the frame a second."""
SIDEWAYS = 0.8
"""Widths of the frame a second: who throws does not throw level across the picture."""
SLACK = 0.02
"""How far a spot may be from where its way leads, fractions of the frame."""
ENOUGH = 5
"""Spots that make a way; three always fit a parabola."""
ROUGH = 0.008
"""Mean distance of the spots from the parabola, fractions of the frame."""
STEADY = 6.0
"""How many times larger than at its smallest a thrown thing may look."""


class Fit(NamedTuple):
    """A parabola through a way."""

    pull: float
    rough: float
    first_speed: float


def distances(ways: Sequence[Way], spots: Sequence[Spot]) -> NDArray[np.float64]:
    """How far each spot is from where each way leads; endless for somewhere else.

    Returns:
        [ways, spots], fractions of the frame.
    """
    t, x, y, _ = np.array(spots, np.float64).T
    last_t, last_x, last_y, _ = np.array([way[-1] for way in ways]).T[:, :, None]
    before_t, before_x, before_y, _ = np.array([way[-2:][0] for way in ways]).T[:, :, None]
    step, past = t - last_t, last_t - before_t
    begun = past == 0
    past = np.where(begun, 1.0, past)
    across = np.abs(x - last_x - (last_x - before_x) / past * step)
    level = last_y + (last_y - before_y) / past * step
    pulled = level + PULLS[1] * step * (step + past) / 2
    away = np.maximum(across, np.maximum(level - y, y - pulled))
    near = np.where(away <= SLACK, np.maximum(away, 0.0), np.inf)
    sinks, drifts = (y - last_y) / step, np.abs(x - last_x) / step
    start = (sinks >= -0.1) & (sinks <= FASTEST) & (drifts <= SIDEWAYS)
    return np.where(begun, np.where(start, SLACK, np.inf), near)


def fitted(way: Way) -> Fit:
    """Lay a parabola through a way of four spots or more: x even, y ever faster."""
    t, x, y = (np.array(values) for values in list(zip(*way, strict=True))[:3])
    t = t - t[0]
    powers = np.stack([np.ones_like(t), t, t * t], axis=1)
    down, *_ = np.linalg.lstsq(powers, y)
    across, *_ = np.linalg.lstsq(powers[:, :2], x)
    off = np.hypot(powers @ down - y, powers[:, :2] @ across - x)
    rough = float(np.sqrt((off**2).sum() / (len(way) - 2)))
    return Fit(pull=float(2 * down[2]), rough=rough, first_speed=float(down[1]))


def is_fall(way: Way, *, least: float) -> bool:
    """Tell whether a way is that of a thing that falls, ``least`` heights of the frame or more."""
    if len(way) < ENOUGH or fallen(way) < max(least, abs(way[-1].x - way[0].x)):
        return False
    areas = [spot.area for spot in way]
    if max(areas) > STEADY * max(min(areas), 4):
        return False
    fit = fitted(way)
    return PULLS[0] <= fit.pull <= PULLS[1] and fit.rough <= ROUGH


def fallen(way: Way) -> float:
    """How far it has come down, in heights of the frame."""
    return way[-1].y - min(spot.y for spot in way)


def around(way: Sequence[Spot], spare: float = 0.01) -> Box:
    """The box of a whole way."""
    left, top = (max(min(values) - spare, 0.0) for values in _places(way))
    right, bottom = (min(max(values) + spare, 1.0) for values in _places(way))
    return Box(left, top, right - left, bottom - top)


def _places(way: Sequence[Spot]) -> tuple[list[float], list[float]]:
    return [spot.x for spot in way], [spot.y for spot in way]
