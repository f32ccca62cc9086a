"""Incidents of one scenario on many cameras, with their truth, and people who judge them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.accuracy.calibration import Judged, sigmoid
from api.accuracy.estimates import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """What incidents are like.

    Args:
        cameras: How many there are.
        true_share: Of the incidents of a middle camera.
        camera_spread: Standard deviation of the share over cameras, in logits.
        separation: Distance between the scores of true and false incidents, in standard deviations.
        per_day: Incidents of a camera in a day.
        day_spread: Standard deviation of the share over camera-days, in logits.
        rater_error: Share of verdicts that a rater gives wrongly.
        decider_error: Share of disagreements that are decided wrongly, with the clip at hand.
    """

    cameras: int = 40
    true_share: float = 0.8
    camera_spread: float = 1.0
    separation: float = 3.4
    per_day: float = 4.0
    day_spread: float = 0.5
    rater_error: float = 0.02
    decider_error: float = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """Incidents in columns.

    Args:
        z: [n], logits of their scores.
        cameras: [n].
        camera_days: [n], number of the camera-day.
        truths: [n], 1 for true.
    """

    z: FloatArray
    cameras: IntArray
    camera_days: IntArray
    truths: FloatArray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.z)

    def judged(self, truths: FloatArray, is_drawn: BoolArray) -> Judged:
        """Return those that were drawn, with their verdicts."""
        return Judged(z=self.z[is_drawn], cameras=self.cameras[is_drawn], truths=truths[is_drawn])


class World:
    """One scenario on many cameras, drawn anew for each run."""

    def __init__(self, config: WorldConfig, random: np.random.Generator) -> None:
        self.config = config
        self._random = random
        base = math.log(config.true_share / (1 - config.true_share))
        self.camera_logits = base + config.camera_spread * random.standard_normal(config.cameras)

    def draw(self, days: int, *, camera: int | None = None) -> Incidents:
        """Draw the incidents of some days on all cameras, or on one, day after day."""
        config, random = self.config, self._random
        watched = np.arange(config.cameras) if camera is None else np.array([camera])
        counts = random.poisson(config.per_day, size=len(watched) * days)
        camera_days = np.repeat(np.arange(len(counts)), counts)
        cameras = watched[camera_days // days]
        daily = config.day_spread * random.standard_normal(len(counts))
        share = sigmoid(self.camera_logits[cameras] + daily[camera_days])
        truths = (random.random(len(cameras)) < share).astype(np.float64)
        z = config.separation * (truths - 0.5) + random.standard_normal(len(cameras))
        return Incidents(z=z, cameras=cameras, camera_days=camera_days, truths=truths)

    def posterior(self, incidents: Incidents) -> FloatArray:
        """Return the probabilities for somebody who knows the world, but not the day."""
        logits = self.config.separation * incidents.z + self.camera_logits[incidents.cameras]
        return sigmoid(logits)

    def rate(self, truths: FloatArray) -> FloatArray:
        """Return the verdicts of a rater."""
        wrong = self._random.random(len(truths)) < self.config.rater_error
        return np.where(wrong, 1 - truths, truths)

    def rate_twice(self, truths: FloatArray) -> FloatArray:
        """Return the verdicts of two raters; where they differ, a third one decides."""
        return self.rate_again(self.rate(truths), truths)

    def rate_again(self, first: FloatArray, truths: FloatArray) -> FloatArray:
        """Return the verdicts after a second rater; where they differ, a supervisor decides."""
        second = self.rate(truths)
        is_wrong = self._random.random(len(truths)) < self.config.decider_error
        return np.where(first == second, first, np.where(is_wrong, 1 - truths, truths))

    def sample(self, inclusion: FloatArray) -> BoolArray:
        """Draw each incident with its probability."""
        return self._random.random(len(inclusion)) < inclusion
