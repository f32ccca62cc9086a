"""A Kalman filter of constant velocity for all boxes of a camera at once.

Centre and size move independently, with equal noise in units of the box's height, so that one
2 x 2 covariance per box is enough. The size has no velocity: a person who walks behind a car
seems to shrink, and must not be predicted to shrink on.

The state is one matrix, float64 [9, n], a column for each box: rows of one kind lie together in
memory, and a step costs a few operations on whole rows.
"""

from functools import lru_cache

import numpy as np

from pipeline.geometry.boxes import FloatArray

STATE_ROWS = 9
BOX, VELOCITY, COVARIANCE = slice(0, 4), slice(4, 6), slice(6, 9)
"""Rows: centre x, centre y, width, height; velocity of the centre per second; variance of the
position, covariance, variance of the velocity, in heights."""
POSITION_VAR, MIXED_COVARIANCE, VELOCITY_VAR = 6, 7, 8
ACCEL_PSD = 0.5
"""Power spectral density of the acceleration, heights squared per second cubed."""
MEASUREMENT_VAR = 0.05**2
"""Variance of a detected box, heights squared."""
INITIAL_VELOCITY_VAR = 1.0
"""Variance of the velocity of a new box, heights squared per second squared."""
MAX_COVARIANCE = 100.0
TO_CENTRE = np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [-1, 0, 1, 0], [0, -1, 0, 1]])
"""Left, top, right, bottom to centre x, centre y, width, height."""
TO_CORNERS = np.array([[1, 0, -0.5, 0], [0, 1, 0, -0.5], [1, 0, 0.5, 0], [0, 1, 0, 0.5]])
"""The other way."""


def predict(state: FloatArray, seconds: float) -> None:
    """Advance all boxes by ``seconds``."""
    state[:2] += state[VELOCITY] * seconds
    transition, noise = _covariance_step(seconds)
    covariance = transition @ state[COVARIANCE] + noise
    np.minimum(covariance, MAX_COVARIANCE, out=covariance)
    np.maximum(covariance, 0.0, out=state[COVARIANCE])


@lru_cache(maxsize=64)
def _covariance_step(seconds: float) -> tuple[FloatArray, FloatArray]:
    """Return the matrix of a step, [3, 3], and the noise that it adds, [3, 1]."""
    transition = np.array([[1, 2 * seconds, seconds**2], [0, 1, seconds], [0, 0, 1]])
    return transition, ACCEL_PSD * np.array([[seconds**3 / 3], [seconds**2 / 2], [seconds]])


def update(state: FloatArray, corners: FloatArray) -> None:
    """Correct boxes by measured ones, column by column: [4, n] left, top, right, bottom."""
    divisor = 1 / (state[POSITION_VAR] + MEASUREMENT_VAR)
    gain, velocity_gain = state[POSITION_VAR] * divisor, state[MIXED_COVARIANCE] * divisor
    residual = TO_CENTRE @ corners
    residual -= state[BOX]
    state[BOX] += gain * residual
    state[VELOCITY] += velocity_gain * residual[:2]
    state[VELOCITY_VAR] -= velocity_gain * state[MIXED_COVARIANCE]
    state[POSITION_VAR:VELOCITY_VAR] *= 1 - gain


def initial_state(corners: FloatArray) -> FloatArray:
    """Return the state of new boxes: [4, m] left, top, right, bottom."""
    state = np.zeros((STATE_ROWS, corners.shape[1]))
    state[BOX] = TO_CENTRE @ corners
    state[POSITION_VAR], state[VELOCITY_VAR] = MEASUREMENT_VAR, INITIAL_VELOCITY_VAR
    return state


def corners_of(state: FloatArray) -> FloatArray:
    """Return [4, n] left, top, right, bottom; they may leave the frame."""
    return TO_CORNERS @ state[BOX]
