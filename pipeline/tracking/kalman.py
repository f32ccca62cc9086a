"""A Kalman filter of constant velocity for all boxes of a camera at once.

Centre and size move independently, with equal noise in units of the box's height, so that one
2 x 2 covariance per box is enough; it is stored as three columns. The size has no velocity: a
person who walks behind a car seems to shrink, and must not be predicted to shrink on.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.geometry.boxes import BoolArray, FloatArray, IndexArray

ACCEL_PSD = 0.5
"""Power spectral density of the acceleration, heights squared per second cubed."""
MEASUREMENT_VAR = 0.05**2
"""Variance of a detected box, heights squared."""
INITIAL_VELOCITY_VAR = 1.0
"""Variance of the velocity of a new box, heights squared per second squared."""
MAX_COVARIANCE = 100.0


@dataclass(slots=True)
class KalmanState:
    """State and covariance of all boxes.

    Args:
        cxcywh: [n, 4] centre x, centre y, width, height.
        velocity: [n, 2] of the centre, per second.
        covariance: [n, 3] variance of position, covariance, variance of velocity, in heights.
    """

    cxcywh: FloatArray
    velocity: FloatArray
    covariance: FloatArray

    @classmethod
    def empty(cls) -> Self:
        """Return a state of no boxes."""
        return cls(np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 3)))

    def predict(self, seconds: float) -> None:
        """Advance all boxes by ``seconds``."""
        self.cxcywh[:, :2] += self.velocity * seconds
        position, mixed, velocity = self.covariance.T
        position += seconds * (2 * mixed + seconds * velocity) + ACCEL_PSD * seconds**3 / 3
        mixed += seconds * velocity + ACCEL_PSD * seconds**2 / 2
        velocity += ACCEL_PSD * seconds
        np.minimum(self.covariance, MAX_COVARIANCE, out=self.covariance)
        np.maximum(self.covariance, 0.0, out=self.covariance)

    def update(self, rows: IndexArray, boxes: FloatArray) -> None:
        """Correct the boxes of ``rows`` by measured ones: [m, 4] left, top, right, bottom."""
        state, covariance = self.cxcywh[rows], self.covariance[rows]
        position, mixed, velocity = covariance.T
        gain = position / (position + MEASUREMENT_VAR)
        velocity_gain = mixed / (position + MEASUREMENT_VAR)
        residual = _xyxy_to_cxcywh(boxes) - state
        self.cxcywh[rows] = state + gain[:, None] * residual
        self.velocity[rows] += velocity_gain[:, None] * residual[:, :2]
        velocity -= velocity_gain * mixed
        covariance[:, :2] *= (1 - gain)[:, None]
        self.covariance[rows] = covariance

    def append(self, boxes: FloatArray) -> Self:
        """Return these boxes followed by new ones: [m, 4] left, top, right, bottom."""
        fresh = _xyxy_to_cxcywh(boxes)
        covariance = np.tile([MEASUREMENT_VAR, 0.0, INITIAL_VELOCITY_VAR], (len(fresh), 1))
        return type(self)(
            np.concatenate([self.cxcywh, fresh]),
            np.concatenate([self.velocity, np.zeros((len(fresh), 2))]),
            np.concatenate([self.covariance, covariance]),
        )

    def select(self, mask: BoolArray) -> Self:
        """Return the boxes of a mask."""
        return type(self)(self.cxcywh[mask], self.velocity[mask], self.covariance[mask])

    def xyxy(self) -> FloatArray:
        """Return [n, 4] left, top, right, bottom; they may leave the frame."""
        centre, half = self.cxcywh[:, :2], self.cxcywh[:, 2:] / 2
        boxes = np.empty_like(self.cxcywh)
        np.subtract(centre, half, out=boxes[:, :2])
        np.add(centre, half, out=boxes[:, 2:])
        return boxes

    def in_frame(self) -> BoolArray:
        """Return whether the centre of each box is inside the frame."""
        inside = (self.cxcywh >= 0) & (self.cxcywh <= 1)
        return inside[:, 0] & inside[:, 1]


def _xyxy_to_cxcywh(boxes: FloatArray) -> FloatArray:
    centred = np.empty_like(boxes)
    np.subtract(boxes[:, 2:], boxes[:, :2], out=centred[:, 2:])
    np.add(boxes[:, :2], boxes[:, 2:], out=centred[:, :2])
    centred[:, :2] /= 2
    return centred
