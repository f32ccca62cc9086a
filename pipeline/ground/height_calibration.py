"""Calibrate the ground plane by the heights of the people who pass the camera."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np

from pipeline.geometry.boxes import FloatArray
from pipeline.geometry.frame_geometry import WIDESCREEN
from pipeline.geometry.shapes import Point, as_array
from pipeline.ground.ground_plane import (
    MAX_CAMERA_HEIGHT_M,
    MIN_CAMERA_HEIGHT_M,
    PERSON_HEIGHT_M,
    Uncertainty,
)
from pipeline.ground.person_heights import HeightSample, PersonHeightSampler
from pipeline.track import Track

FOCAL_LENGTH = 1.2
"""Assumed, in frame heights: a vertical field of view of 45 degrees."""
FOCAL_LENGTH_STD = 0.3
"""Standard deviation of the assumed focal length, as a share."""
DEFAULT_CAMERA_HEIGHT_M = 5.0
"""Used until people at different distances have passed."""
DEFAULT_WEIGHT = 0.2
"""Weight of the default: that of 20 people whose feet spread by a tenth of the frame."""
BINS = 16
SAMPLES_PER_BIN = 64
"""Few, so that the ground is learned anew within minutes when the camera is moved."""
LEARN_EVERY = 25
OUTLIER_SHARES = (0.8, 0.5, 0.35, 0.25, 0.25)
"""Deviation from the line, as a share, from which a sample has no weight, in each round."""
MIN_PERSON_HEIGHT = 0.01
"""Least height of a person in the frame: nothing lies at the horizon."""
STATURE_STD = 0.065
"""Standard deviation, as a share, of the mean height of the people of a place and of how tightly
a detector draws them."""
INITIAL_STD = 0.5
"""Standard deviation of person heights and camera height before anybody has passed."""
CONFIDENCE_95 = 2.0
"""Standard deviations within which 95 % of errors lie."""


class HeightCalibratedGround:
    """Learn the distance of the ground from the heights of people.

    On flat ground the height of a person in the frame is a linear function of the position of the
    feet; its slope gives the height of the camera. The line is fitted again and again to recent
    samples. Children, seated and half hidden people are far too small for their position and get
    no weight (Tukey's biweight). Lateral distances are as good as people are alike (about a
    tenth); distances towards the camera also depend on the focal length, which is assumed. For a
    steep view from above use ``MarkedGround``.

    Args:
        aspect: Width of the frame over its height.
    """

    is_marked = False

    def __init__(self, aspect: float = WIDESCREEN.aspect) -> None:
        self.aspect = aspect
        self._sampler = PersonHeightSampler()
        self._bins: list[deque[HeightSample]] = [deque(maxlen=SAMPLES_PER_BIN) for _ in range(BINS)]
        self._new = self._known = 0
        self._slope, self._centre = PERSON_HEIGHT_M / DEFAULT_CAMERA_HEIGHT_M, Point(0.7, 0.2)
        self._std = _LineStd(height=INITIAL_STD, slope=INITIAL_STD)

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn from people who have come to a place where they were not seen before."""
        for sample in self._sampler.push(tracks, self.aspect):
            self._bins[min(int(sample.foot.y * BINS), BINS - 1)].append(sample)
            self._new += 1
        if self._new >= min(LEARN_EVERY, 1 + self._known / 10):
            self._fit()

    def positions_m(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Return the positions of feet on the ground.

        Returns:
            [n, 2] metres to the right of the camera and away from it.
        """
        points = as_array(feet)
        depth = FOCAL_LENGTH * PERSON_HEIGHT_M / self._line(points[:, 1])
        positions = np.empty((len(depth), 2))
        positions[:, 0] = (points[:, 0] - 0.5) * (self.aspect / FOCAL_LENGTH) * depth
        positions[:, 1] = depth
        return positions

    @property
    def camera_height_m(self) -> float:
        """Height of the camera above the ground."""
        return PERSON_HEIGHT_M / self._slope

    def person_heights(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Return the height in the frame of a person who stands at each place: [n]."""
        return self._line(as_array(feet)[:, 1])

    def uncertainty(self, at: Point) -> Uncertainty:
        """Return how far metres around a place may be off, by the samples so far."""
        [height] = self.person_heights([at])
        reach = self._slope * (at.y - self._centre.x) / float(height)
        lateral = math.hypot(self._std.height, reach * self._std.slope)
        # Depth is focal length over height, so a step of it goes with slope / height squared.
        slope = (1 - 2 * reach) * self._std.slope
        depth = math.hypot(FOCAL_LENGTH_STD, 2 * self._std.height, slope)
        return Uncertainty(
            position_m=None, lateral=CONFIDENCE_95 * lateral, depth=CONFIDENCE_95 * depth
        )

    def _fit(self) -> None:
        """Fit the line, weighted towards the default camera height."""
        samples = list(chain.from_iterable(self._bins))
        self._new, self._known = 0, len(samples)
        foot, height = np.array([(each.foot.y, each.height) for each in samples]).T
        weight = self._initial_weights(foot, height)
        spread = 0.0
        for outlier_share in OUTLIER_SHARES:
            total = float(weight.sum())
            centre = Point(float(weight @ foot) / total, float(weight @ height) / total)
            spread = float(weight @ (foot - centre.x) ** 2)
            rise = float(weight @ ((foot - centre.x) * (height - centre.y)))
            default = PERSON_HEIGHT_M / DEFAULT_CAMERA_HEIGHT_M
            slope = (rise + DEFAULT_WEIGHT * default) / (spread + DEFAULT_WEIGHT)
            self._slope = min(
                max(slope, PERSON_HEIGHT_M / MAX_CAMERA_HEIGHT_M),
                PERSON_HEIGHT_M / MIN_CAMERA_HEIGHT_M,
            )
            self._centre = centre
            deviation = height / self._line(foot) - 1
            weight = np.clip(1 - (deviation / outlier_share) ** 2, 1e-6, 1) ** 2
        people = len({each.subject for each in samples})
        self._estimate_std(weight, deviation, spread, people=people)

    def _initial_weights(self, foot: FloatArray, height: FloatArray) -> FloatArray:
        """Use the taller half of each bin: outliers are nearly always too small."""
        bins = np.minimum((foot * BINS).astype(np.intp), BINS - 1)
        medians = np.zeros(BINS)
        for number in np.unique(bins):
            medians[number] = np.median(height[bins == number])
        return np.where(height >= medians[bins], 1.0, 1e-6)

    def _estimate_std(
        self, weight: FloatArray, deviation: FloatArray, spread: float, *, people: int
    ) -> None:
        """Estimate the error of the line; a person gives many positions but one height."""
        total = max(float(weight.sum()), 1e-6)
        sample_std = max(math.sqrt(float(weight @ deviation**2) / total), 0.06)
        person_std = sample_std * math.sqrt(total / max(people, 1))
        bias = DEFAULT_WEIGHT / (spread + DEFAULT_WEIGHT) * INITIAL_STD
        noise = person_std * self._centre.y / self._slope * math.sqrt(spread)
        noise /= spread + DEFAULT_WEIGHT
        self._std = _LineStd(
            height=math.hypot(STATURE_STD, person_std / math.sqrt(total)),
            slope=math.hypot(bias, noise),
        )

    def _line(self, foot: FloatArray) -> FloatArray:
        heights = (self._centre.y - self._slope * self._centre.x) + self._slope * foot
        return np.asarray(np.maximum(heights, MIN_PERSON_HEIGHT, out=heights))


@dataclass(frozen=True, slots=True)
class _LineStd:
    """Standard deviations of the line, as shares: of its height at the centre and its slope."""

    height: float
    slope: float
