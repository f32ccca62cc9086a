"""Calibrate the ground plane by points with known positions on the ground."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from pipeline.errors import GroundError
from pipeline.geometry.boxes import FloatArray
from pipeline.geometry.frame_geometry import WIDESCREEN
from pipeline.geometry.homography import apply_homography, fit_homography
from pipeline.geometry.shapes import COORDINATE_TOLERANCE, Point, as_array
from pipeline.ground.ground_plane import (
    MAX_CAMERA_HEIGHT_M,
    MIN_CAMERA_HEIGHT_M,
    PERSON_HEIGHT_M,
    Uncertainty,
)
from pipeline.ground.person_heights import PersonHeightSampler
from pipeline.track import Track

MARK_STD = 0.003
"""Standard deviation of a mark each way, fractions of the frame height: two pixels of 720."""
POSITION_95 = 2.45
"""Standard deviations of the worse axis within which 95 % of positions lie."""
LENGTH_95 = 1.96
"""Standard deviations within which 95 % of lengths lie."""
MIN_INVERSE_DEPTH = 0.02
"""Nothing is further away than fifty times the centre of the marks."""
MIN_TRIANGLE_HEIGHT = 0.01
"""Least height of a triangle of marks, in frame heights or as a share of their extent."""
MAX_RESIDUAL = 0.05
"""Frame heights from which a mark does not fit the others."""
MIN_EXTENT_M, MAX_EXTENT_M = 0.5, 2000.0
"""Extent of all marks."""
MAX_SAMPLES = 512
INITIAL_SAMPLES = 9
"""Samples of an upright view, which real ones must outweigh."""
TRIANGLES = tuple(combinations(range(4), 3))


class Mark(NamedTuple):
    """A point of the ground: its position in the frame, and in metres on a plan.

    On the plan x points right and y up, as east and north do, from any origin.
    """

    at: Point
    metres: tuple[float, float]


class MarkedGround:
    """Ground plane by the homography of at least four marked points of flat ground.

    Positions, distances and speeds come from the marks alone, for vehicles too. The height of
    people follows from the width of a metre at their place, times a factor learned from the
    people who pass (a camera that looks down shortens them).

    Args:
        marks: At least four; no three of the best four on one line.
        aspect: Width of the frame over its height.

    Raises:
        GroundError: The marks do not define a plane; the message names the mark and what to do.
    """

    is_marked = True

    def __init__(self, marks: Sequence[Mark], aspect: float = WIDESCREEN.aspect) -> None:
        self.aspect = aspect
        self.marks = tuple(marks)
        self._at = np.array([mark.at for mark in marks], np.float64).reshape(-1, 2)
        self._metres = np.array([mark.metres for mark in marks], np.float64).reshape(-1, 2)
        _check_extent(self._at, self._metres, aspect)
        found = fit_homography(self._at, self._metres)
        _check_order(found, self._at)
        self._map = _normalised(found, self._at)
        self._check_residuals()
        self._sampler = PersonHeightSampler()
        self._shares = deque([1.0] * INITIAL_SAMPLES, maxlen=MAX_SAMPLES)
        self._share = 1.0

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn by how much people are shortened."""
        samples = self._sampler.push(tracks, self.aspect)
        if samples:
            usual = self._upright_heights(as_array([each.foot for each in samples]))
            self._shares += (
                each.height / height for each, height in zip(samples, usual, strict=True)
            )
            self._share = min(max(float(np.median(self._shares)), 0.2), 1.3)

    def positions_m(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Return the positions of feet on the ground.

        Returns:
            [n, 2] metres on the plan of the marks.
        """
        return _project(self._map, as_array(feet))

    def person_heights(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Return the height in the frame of a person who stands at each place: [n]."""
        return self._share * self._upright_heights(as_array(feet))

    @property
    def camera_height_m(self) -> float:
        """Height of the camera, from its horizon and from how people are shortened."""
        fall = float(np.hypot(self._map[2, 0] / self.aspect, self._map[2, 1]))
        high = min(self._share, 1.0) * self._metre_wide() / max(fall, 1e-9)
        return float(min(max(high, MIN_CAMERA_HEIGHT_M), MAX_CAMERA_HEIGHT_M))

    @property
    def residual(self) -> float:
        """Root mean square residual of the marks, in frame heights.

        0 for four marks, which always fit.
        """
        return float(np.sqrt(np.mean(self._residuals() ** 2)))

    def uncertainty(self, at: Point) -> Uncertainty:
        """Return how far metres around a place may be off.

        The error of the marks, or their residual if that is larger, is propagated to the place.
        """
        spread = self._marked() * np.array([1 / self.aspect, 1.0])
        slopes = np.stack([self._slope(at, number) for number in np.ndindex(self._at.shape)], 1)
        errors = slopes * np.tile(spread, len(self._at))
        place = float(np.linalg.eigvalsh(errors[:2] @ errors[:2].T)[-1]) ** 0.5
        across, away = np.linalg.norm(errors[2:], axis=1).tolist()
        return Uncertainty(
            position_m=POSITION_95 * place, lateral=LENGTH_95 * across, depth=LENGTH_95 * away
        )

    def _slope(self, at: Point, number: tuple[int, ...]) -> FloatArray:
        """Return the derivative of position, width and depth by one coordinate of one mark."""
        step = 1e-5
        found = []
        for way in (-step, step):
            marks = self._at.copy()
            marks[number] += way
            found.append(
                self._measured(_normalised(fit_homography(marks, self._metres), marks), at)
            )
        return (found[1] - found[0]) / (2 * step)

    def _measured(self, homography: FloatArray, at: Point) -> FloatArray:
        """Return a position, and the log length of a step along the horizon and towards it."""
        step = 1e-4 * np.stack([np.zeros(2), *self._axes(homography)])
        places = _project(homography, np.asarray(at) + step)
        lengths = np.linalg.norm(places[1:] - places[0], axis=1)
        return np.append(places[0], np.log(lengths))

    def _axes(self, homography: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return steps of a frame height: along the horizon to the right, and towards it."""
        fall = np.array([homography[2, 0] / self.aspect, homography[2, 1]])
        steep = float(np.linalg.norm(fall))
        x, y = fall / steep if steep > 1e-6 else (0.0, 1.0)
        return np.array([y / self.aspect, -x]), np.array([-x / self.aspect, -y])

    def _metre_wide(self) -> float:
        """Return the metres of a frame height along the horizon, at the centre of the marks."""
        along, _ = self._axes(self._map)
        return float(np.linalg.norm(self._map[:2, :2] @ along))

    def _upright_heights(self, feet: FloatArray) -> FloatArray:
        near = np.maximum(feet @ self._map[2, :2] + self._map[2, 2], MIN_INVERSE_DEPTH)
        return np.asarray(PERSON_HEIGHT_M * near / self._metre_wide())

    def _residuals(self) -> FloatArray:
        """Return the residual of each mark, in frame heights."""
        back = apply_homography(np.asarray(np.linalg.inv(self._map)), self._metres)
        return np.asarray(np.hypot(*((back - self._at) * (self.aspect, 1.0)).T))

    def _marked(self) -> float:
        """Return the standard deviation of a mark each way, at least that of their residuals."""
        free = 2 * len(self._at) - 8
        return (
            max(MARK_STD, float(np.sum(self._residuals() ** 2) / free) ** 0.5) if free else MARK_STD
        )

    def _check_residuals(self) -> None:
        residuals = self._residuals()
        worst = int(np.argmax(residuals))
        if residuals[worst] > MAX_RESIDUAL:
            raise GroundError(
                f"mark {worst + 1} is {residuals[worst]:.2f} of the frame's height from where the "
                "others put it; correct it, or remove marks that are not on the same flat ground"
            )


def _project(homography: FloatArray, points: FloatArray) -> FloatArray:
    """Project points to the ground; those at the horizon or above it are far away."""
    full = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(full[:, :2] / np.maximum(full[:, 2:], MIN_INVERSE_DEPTH))


def _normalised(homography: FloatArray, marks: FloatArray) -> FloatArray:
    """Scale a homography so that its last component is the inverse depth, 1 at the centre."""
    middle = marks.mean(axis=0)
    return np.asarray(homography / (homography[2, :2] @ middle + homography[2, 2]))


def _check_extent(at: FloatArray, metres: FloatArray, aspect: float) -> None:
    if len(at) < 4:
        raise GroundError(f"needs at least four marks, has {len(at)}")
    if at.min() < -COORDINATE_TOLERANCE or at.max() > 1 + COORDINATE_TOLERANCE:
        raise GroundError("a mark lies outside of the frame (0..1)")
    extent = float(np.ptp(metres, axis=0).max())
    if not MIN_EXTENT_M <= extent <= MAX_EXTENT_M:
        raise GroundError(
            f"the marks are {extent:g} m apart; write metres on a plan, x to the right and y up"
        )
    for points, size in ((at * (aspect, 1.0), 1.0), (metres, extent)):
        if _best_triangle_height(points) < MIN_TRIANGLE_HEIGHT * size:
            raise GroundError(
                "three of the marks are nearly on one line; mark corners that are far apart"
            )


def _best_triangle_height(points: FloatArray) -> float:
    """Return the least triangle height of the four points for which it is greatest."""
    fours = np.array(list(combinations(range(len(points)), 4)))
    a, b, c = (points[fours[:, corners]] for corners in zip(*TRIANGLES, strict=True))
    (x, y), (u, v) = (b - a).T, (c - a).T
    longest = np.maximum.reduce([np.linalg.norm(side, axis=2) for side in (b - a, c - a, c - b)])
    heights = np.abs(x * v - y * u).T / np.maximum(longest, 1e-12)
    return float(heights.min(axis=1).max())


def _check_order(homography: FloatArray, marks: FloatArray) -> None:
    """Check that a camera above the ground can see the marks in this order."""
    near = marks @ homography[2, :2] + homography[2, 2]
    if abs(np.sign(near).sum()) < len(near):
        raise GroundError(
            "the marks are in another order on the ground than in the frame: "
            "two of them are mixed up"
        )
    if np.linalg.det(homography) * near[0] > 0:  # the frame's y goes down, that of a plan up
        raise GroundError(
            "the marks are mirrored; write metres as x to the right and y up on the plan "
            "(east, north), seen from above"
        )
