"""Where boxes go: a Kalman filter of constant velocity, all boxes of a camera at once.

Centre and size move independently with equal noise in units of the box's height, so that
one 2 x 2 covariance a box is enough, kept as columns. A size has no velocity: who walks
behind a car seems to shrink, and must not go on shrinking.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

UNREST = 0.5
"""Spectral density of the acceleration, heights squared per second cubed: people turn."""
BLUR = 0.05**2
"""Variance of a detected box, heights squared."""
HASTE = 1.0
"""Variance of the first velocity, heights squared per second squared."""


@dataclass(slots=True)
class Motion:
    """Places, velocities and their doubt.

    Args:
        at: [n, 4] centre x, centre y, width, height.
        speed: [n, 2] of the centre, a second.
        doubt: [n, 3] variance of place, covariance, variance of velocity; heights.
    """

    at: Numbers
    speed: Numbers
    doubt: Numbers

    @classmethod
    def none(cls) -> Self:
        """No boxes yet."""
        return cls(np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 3)))

    def predict(self, seconds: float) -> None:
        """Move all boxes on."""
        self.at[:, :2] += self.speed * seconds
        place, both, speed = self.doubt.T
        place += seconds * (2 * both + seconds * speed) + UNREST * seconds**3 / 3
        both += seconds * speed + UNREST * seconds**2 / 2
        speed += UNREST * seconds
        np.minimum(self.doubt, 100.0, out=self.doubt)
        np.maximum(self.doubt, 0.0, out=self.doubt)

    def correct(self, rows: NDArray[np.intp], edges: Numbers) -> None:
        """Pull the boxes of ``rows`` towards what was seen of them."""
        at, doubt = self.at[rows], self.doubt[rows]
        place, both, speed = doubt.T
        gain = place / (place + BLUR)
        push = both / (place + BLUR)
        away = _centred(edges) - at
        self.at[rows] = at + gain[:, None] * away
        self.speed[rows] += push[:, None] * away[:, :2]
        speed -= push * both
        doubt[:, :2] *= (1 - gain)[:, None]
        self.doubt[rows] = doubt

    def joined(self, edges: Numbers) -> Self:
        """These boxes and new ones behind them."""
        fresh = _centred(edges)
        doubt = np.tile([BLUR, 0.0, HASTE], (len(fresh), 1))
        return type(self)(
            np.concatenate([self.at, fresh]),
            np.concatenate([self.speed, np.zeros((len(fresh), 2))]),
            np.concatenate([self.doubt, doubt]),
        )

    def only(self, mask: NDArray[np.bool_]) -> Self:
        """Some of them."""
        return type(self)(self.at[mask], self.speed[mask], self.doubt[mask])

    def edges(self) -> Numbers:
        """[n, 4] left, top, right, bottom; may leave the frame."""
        middle, half = self.at[:, :2], self.at[:, 2:] / 2
        edges = np.empty_like(self.at)
        np.subtract(middle, half, out=edges[:, :2])
        np.add(middle, half, out=edges[:, 2:])
        return edges

    def in_frame(self) -> NDArray[np.bool_]:
        """Whether the middle of each box is still inside."""
        inside = (self.at >= 0) & (self.at <= 1)
        return inside[:, 0] & inside[:, 1]


def _centred(edges: Numbers) -> Numbers:
    centred = np.empty_like(edges)
    np.subtract(edges[:, 2:], edges[:, :2], out=centred[:, 2:])
    np.add(edges[:, :2], edges[:, 2:], out=centred[:, :2])
    centred[:, :2] /= 2
    return centred
