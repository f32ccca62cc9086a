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

ACCEL_PSD = 0.5
"""Spectral density of the acceleration, heights squared per second cubed: people turn."""
MEASUREMENT_VAR = 0.05**2
"""Variance of a detected box, heights squared."""
INITIAL_VELOCITY_VAR = 1.0
"""Variance of the first velocity, heights squared per second squared."""


@dataclass(slots=True)
class KalmanState:
    """Places, velocities and their doubt.

    Args:
        cxcywh: [n, 4] centre x, centre y, width, height.
        velocity: [n, 2] of the centre, a second.
        covariance: [n, 3] variance of place, covariance, variance of velocity; heights.
    """

    cxcywh: Numbers
    velocity: Numbers
    covariance: Numbers

    @classmethod
    def empty(cls) -> Self:
        """No boxes yet."""
        return cls(np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 3)))

    def predict(self, seconds: float) -> None:
        """Move all boxes on."""
        self.cxcywh[:, :2] += self.velocity * seconds
        place, both, speed = self.covariance.T
        place += seconds * (2 * both + seconds * speed) + ACCEL_PSD * seconds**3 / 3
        both += seconds * speed + ACCEL_PSD * seconds**2 / 2
        speed += ACCEL_PSD * seconds
        np.minimum(self.covariance, 100.0, out=self.covariance)
        np.maximum(self.covariance, 0.0, out=self.covariance)

    def update(self, rows: NDArray[np.intp], edges: Numbers) -> None:
        """Pull the boxes of ``rows`` towards what was seen of them."""
        at, doubt = self.cxcywh[rows], self.covariance[rows]
        place, both, speed = doubt.T
        gain = place / (place + MEASUREMENT_VAR)
        push = both / (place + MEASUREMENT_VAR)
        away = _centred(edges) - at
        self.cxcywh[rows] = at + gain[:, None] * away
        self.velocity[rows] += push[:, None] * away[:, :2]
        speed -= push * both
        doubt[:, :2] *= (1 - gain)[:, None]
        self.covariance[rows] = doubt

    def append(self, edges: Numbers) -> Self:
        """These boxes and new ones behind them."""
        fresh = _centred(edges)
        doubt = np.tile([MEASUREMENT_VAR, 0.0, INITIAL_VELOCITY_VAR], (len(fresh), 1))
        return type(self)(
            np.concatenate([self.cxcywh, fresh]),
            np.concatenate([self.velocity, np.zeros((len(fresh), 2))]),
            np.concatenate([self.covariance, doubt]),
        )

    def select(self, mask: NDArray[np.bool_]) -> Self:
        """Some of them."""
        return type(self)(self.cxcywh[mask], self.velocity[mask], self.covariance[mask])

    def xyxy(self) -> Numbers:
        """[n, 4] left, top, right, bottom; may leave the frame."""
        middle, half = self.cxcywh[:, :2], self.cxcywh[:, 2:] / 2
        edges = np.empty_like(self.cxcywh)
        np.subtract(middle, half, out=edges[:, :2])
        np.add(middle, half, out=edges[:, 2:])
        return edges

    def in_frame(self) -> NDArray[np.bool_]:
        """Whether the middle of each box is still inside."""
        inside = (self.cxcywh >= 0) & (self.cxcywh <= 1)
        return inside[:, 0] & inside[:, 1]


def _centred(edges: Numbers) -> Numbers:
    centred = np.empty_like(edges)
    np.subtract(edges[:, 2:], edges[:, :2], out=centred[:, 2:])
    np.add(edges[:, :2], edges[:, 2:], out=centred[:, :2])
    centred[:, :2] /= 2
    return centred
