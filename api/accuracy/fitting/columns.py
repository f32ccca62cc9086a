"""Incidents with a verdict, in columns, and how they are divided. Pure.

Half of the camera-days never fit a calibration: thresholds are chosen by them. Of the other half,
the newest week decides whether a calibration is shipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from api.accuracy.calibration import Judged
from api.accuracy.estimates import FloatArray, IntArray
from api.accuracy.fitting.scoring import CameraKey, FitKey

BoolArray = NDArray[np.bool_]
NEWEST = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredColumns:
    """Incidents of one scenario, revision and model.

    Args:
        cameras: In the order of their numbers.
        z: [n], logit of each score minus that of the usual one.
        numbers: [n], number of the camera.
    """

    key: FitKey
    cameras: Sequence[CameraKey]
    z: FloatArray
    numbers: IntArray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.z)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedColumns(ScoredColumns):
    """Incidents with a verdict.

    Args:
        truths: [n], 1 for true and 0 for false.
        opened: [n], seconds since 1970.
        tests: [n], whether its camera-day is kept for the thresholds.
        inclusion: [n], with which probability an audit of it was drawn and given; ``nan`` without.
        luck: [n], a random number of the incident from 0 to 1.
    """

    truths: FloatArray
    opened: FloatArray
    tests: BoolArray
    inclusion: FloatArray
    luck: FloatArray

    def fitting_rows(self, *, until: float) -> BoolArray:
        """Return which rows fit a calibration: [n].

        Args:
            until: Begin of the newest week, in seconds since 1970.
        """
        return ~self.tests & (self.opened < until)

    def judged(self, rows: BoolArray) -> Judged:
        """Return some rows for ``calibration.fit``."""
        return Judged(z=self.z[rows], cameras=self.numbers[rows], truths=self.truths[rows])


def draw_uniformly(inclusion: FloatArray, luck: FloatArray) -> BoolArray:
    """Thin out audited incidents until each had the same chance: [n].

    Learn then Test needs a sample in which no incident had a better chance than another.

    Args:
        inclusion: [n], probability of the audit; ``nan`` for an incident without one.
        luck: [n], random numbers from 0 to 1.
    """
    is_audited = ~np.isnan(inclusion)
    if not is_audited.any():
        return is_audited
    lowest = float(inclusion[is_audited].min())
    return is_audited & (luck < lowest / np.where(is_audited, inclusion, 1.0))
