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
STRATA = 10
"""Groups of incidents of similar probability, of equal size."""


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
    """Incidents with the verdict in force, if any.

    Benign, unsure and repeated ones say nothing of how often the scenario is right.

    Args:
        truths: [n], 1 for true and 0 for false; ``nan`` for another verdict, or for none.
        opened: [n], seconds since 1970.
        tests: [n], whether its camera-day is kept for the thresholds.
        audited: [n], whether it was drawn for an audit and judged in one.
        luck: [n], a random number of the incident from 0 to 1.
    """

    truths: FloatArray
    opened: FloatArray
    tests: BoolArray
    audited: BoolArray
    luck: FloatArray

    @property
    def is_judged(self) -> BoolArray:
        """Whether each was judged true or false: [n]."""
        return ~np.isnan(self.truths)

    def fitting_rows(self, *, until: float) -> BoolArray:
        """Return which rows fit a calibration: [n].

        Args:
            until: Begin of the newest week, in seconds since 1970.
        """
        return self.is_judged & ~self.tests & (self.opened < until)

    def judged(self, rows: BoolArray) -> Judged:
        """Return some rows for ``calibration.fit``."""
        return Judged(z=self.z[rows], cameras=self.numbers[rows], truths=self.truths[rows])


def draw_uniformly(probabilities: FloatArray, audited: BoolArray, luck: FloatArray) -> BoolArray:
    """Thin out audited incidents until those of every probability had the same chance: [n].

    Learn then Test needs a sample in which no incident had a better chance than another. Audits
    favour new cameras and what is near the threshold; of incidents of similar probability, the
    audited ones stand for all (post-stratification, Holt & Smith 1979).

    Args:
        probabilities: [n], of all incidents, audited or not.
        luck: [n], random numbers from 0 to 1.

    Returns:
        [n]; nothing where incidents of some probability were never audited.
    """
    if not audited.any():
        return audited
    edges = np.quantile(probabilities, np.linspace(0, 1, STRATA + 1)[1:-1])
    strata = np.searchsorted(edges, probabilities, side="right")
    totals = np.bincount(strata, minlength=STRATA)
    shares = np.bincount(strata, audited, STRATA) / np.maximum(totals, 1)
    lowest = float(shares[totals > 0].min())
    return audited & (luck < lowest / np.maximum(shares[strata], 1e-12))
