"""Synthetic cameras over flat ground: projection to the frame and back."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import Box
from pipeline.track import Track
from tests.pipeline.builders import BEGIN

Numbers = NDArray[np.float64]

ASPECT = 16 / 9
MARKED_AT = np.array(
    [
        (0.12, 0.92),
        (0.86, 0.9),
        (0.76, 0.52),
        (0.22, 0.55),
        (0.5, 0.72),
        (0.4, 0.62),
        (0.7, 0.8),
        (0.2, 0.7),
    ]
)
"""Places in the frame that are ground to every camera here."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera on a mast; angles in radians, the focal length in heights of the frame."""

    mast_m: float = 5.0
    tilt: float = 0.35
    turn: float = 0.4
    roll: float = 0.0
    focus: float = 1.3
    origin: tuple[float, float] = (0.0, 0.0)

    def frame(self, ground: Numbers, *, up_m: float = 0.0) -> Numbers:
        """Where places of the plan are in the frame, or what stands ``up_m`` above them: [n, 2]."""
        x, y = (np.asarray(ground, np.float64) - self.origin).T
        right = x * math.cos(self.turn) - y * math.sin(self.turn)
        ahead = x * math.sin(self.turn) + y * math.cos(self.turn)
        below = self.mast_m - up_m
        deep = ahead * math.cos(self.tilt) + below * math.sin(self.tilt)
        down = below * math.cos(self.tilt) - ahead * math.sin(self.tilt)
        u, v = self.focus * right / deep, self.focus * down / deep
        across = u * math.cos(self.roll) - v * math.sin(self.roll)
        lower = u * math.sin(self.roll) + v * math.cos(self.roll)
        return np.stack([0.5 + across / ASPECT, 0.5 + lower], axis=1)

    def ground(self, frame: Numbers) -> Numbers:
        """Where on the plan places of the frame are, if they are below the horizon: [n, 2]."""
        across, lower = ((np.asarray(frame) - 0.5) * (ASPECT, 1.0)).T / self.focus
        u = across * math.cos(self.roll) + lower * math.sin(self.roll)
        v = lower * math.cos(self.roll) - across * math.sin(self.roll)
        far = self.mast_m / (v * math.cos(self.tilt) + math.sin(self.tilt))
        right, ahead = far * u, far * (math.cos(self.tilt) - v * math.sin(self.tilt))
        x = right * math.cos(self.turn) + ahead * math.sin(self.turn)
        y = ahead * math.cos(self.turn) - right * math.sin(self.turn)
        return np.stack([x, y], axis=1) + self.origin

    def sees(self, place: tuple[float, float], *, tall_m: float = 1.7, subject: int = 1) -> Track:
        """Return a person who stands there."""
        [foot] = self.frame(np.array([place]))
        [head] = self.frame(np.array([place]), up_m=tall_m)
        tall = float(foot[1] - head[1])
        return Track(
            subject=subject,
            label="person",
            box=Box(float(foot[0]) - tall / 8, float(head[1]), tall / 4, tall),
            score=0.9,
            first_seen_at=BEGIN,
            stationary_since=BEGIN,
        )
