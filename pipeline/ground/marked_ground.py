"""From the frame to metres by points that somebody has marked and measured."""

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

MARKED = 0.003
"""How well a point of the ground is found in the frame, in heights of it: two pixels of 720.
One standard deviation each way."""
RADIUS = 2.45
"""Standard deviations of the worse axis, within which 95 of 100 places lie."""
SURE = 1.96
"""Standard deviations within which 95 of 100 lengths lie."""
NEAREST = 0.02
"""Nothing is further away than fifty times the middle of the marks."""
NARROW = 0.01
"""Least height of a triangle of marks, in heights of the frame or parts of their extent."""
UNFIT = 0.05
"""From so many heights of the frame on, a mark does not belong to the others."""
SMALLEST_M, LARGEST_M = 0.5, 2000.0
"""Extent of all marks."""
PEOPLE = 512
"""Heights that are kept; ``DOUBTFUL`` of them are needed to outweigh an upright view."""
DOUBTFUL = 9
TRIANGLES = tuple(combinations(range(4), 3))


class Mark(NamedTuple):
    """A point of the ground: where it is in the frame, and where it is on a plan, in metres.

    On the plan x goes to the right and y up, as east and north do, from any origin.
    """

    at: Point
    metres: tuple[float, float]


class MarkedGround:
    """Metres by the homography of at least four marked points of flat ground.

    Places, distances and speeds come from the marks alone, of vehicles too. What stands up on
    the ground is not on their plane: how tall people look follows from how wide a metre is
    there, times a factor that those who pass correct (a camera that looks down shortens them).

    Args:
        marks: No three of the best four of them on one line.
        aspect: Width of the frame over its height.

    Raises:
        GroundError: The marks cannot be meant; says which, and the mend.
    """

    is_marked = True

    def __init__(self, marks: Sequence[Mark], aspect: float = WIDESCREEN.aspect) -> None:
        self.aspect = aspect
        self.marks = tuple(marks)
        self._at = np.array([mark.at for mark in marks], np.float64).reshape(-1, 2)
        self._metres = np.array([mark.metres for mark in marks], np.float64).reshape(-1, 2)
        _refuse_few(self._at, self._metres, aspect)
        found = fit_homography(self._at, self._metres)
        _refuse_mixed(found, self._at)
        self._map = _upright(found, self._at)
        self._refuse_unfit()
        self._passers = PersonHeightSampler()
        self._shares = deque([1.0] * DOUBTFUL, maxlen=PEOPLE)
        self._share = 1.0

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn by how much people are shortened."""
        shown = self._passers.push(tracks, self.aspect)
        if shown:
            usual = self._upright_heights(as_array([one.foot for one in shown]))
            self._shares += (one.height / tall for one, tall in zip(shown, usual, strict=True))
            self._share = min(max(float(np.median(self._shares)), 0.2), 1.3)

    def positions_m(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """Where on the ground feet stand.

        Returns:
            [n, 2] metres on the plan of the marks.
        """
        return _carried(self._map, as_array(feet))

    def person_heights(self, feet: Iterable[Point] | FloatArray) -> FloatArray:
        """How tall somebody who stands there looks, in heights of the frame: [n]."""
        return self._share * self._upright_heights(as_array(feet))

    @property
    def camera_height_m(self) -> float:
        """How high the camera hangs: where its horizon is tells, and how people are shortened."""
        fall = float(np.hypot(self._map[2, 0] / self.aspect, self._map[2, 1]))
        high = min(self._share, 1.0) * self._metre_wide() / max(fall, 1e-9)
        return float(min(max(high, MIN_CAMERA_HEIGHT_M), MAX_CAMERA_HEIGHT_M))

    @property
    def residual(self) -> float:
        """How far the marks are from where the others put them, in heights of the frame.

        Root mean square; nothing for four marks, which always fit.
        """
        return float(np.sqrt(np.mean(self._misses() ** 2)))

    def uncertainty(self, at: Point) -> Uncertainty:
        """How far off the metres around a place may be, by how well the marks were marked.

        The doubt of the marks, or of how they fit if that is worse, is carried to the place.
        """
        spread = self._marked() * np.array([1 / self.aspect, 1.0])
        slopes = np.stack([self._slope(at, number) for number in np.ndindex(self._at.shape)], 1)
        errors = slopes * np.tile(spread, len(self._at))
        place = float(np.linalg.eigvalsh(errors[:2] @ errors[:2].T)[-1]) ** 0.5
        across, away = np.linalg.norm(errors[2:], axis=1).tolist()
        return Uncertainty(position_m=RADIUS * place, lateral=SURE * across, depth=SURE * away)

    def _slope(self, at: Point, number: tuple[int, ...]) -> FloatArray:
        """How place, width and depth at a point change with one coordinate of one mark."""
        step = 1e-5
        found = []
        for way in (-step, step):
            marks = self._at.copy()
            marks[number] += way
            found.append(self._measured(_upright(fit_homography(marks, self._metres), marks), at))
        return (found[1] - found[0]) / (2 * step)

    def _measured(self, homography: FloatArray, at: Point) -> FloatArray:
        """A place, and the logarithms of how long a step along and towards the horizon is."""
        step = 1e-4 * np.stack([np.zeros(2), *self._axes(homography)])
        places = _carried(homography, np.asarray(at) + step)
        lengths = np.linalg.norm(places[1:] - places[0], axis=1)
        return np.append(places[0], np.log(lengths))

    def _axes(self, homography: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Steps of a height of the frame: along the horizon, to the right, and towards it."""
        fall = np.array([homography[2, 0] / self.aspect, homography[2, 1]])
        steep = float(np.linalg.norm(fall))
        x, y = fall / steep if steep > 1e-6 else (0.0, 1.0)
        return np.array([y / self.aspect, -x]), np.array([-x / self.aspect, -y])

    def _metre_wide(self) -> float:
        """How many metres a height of the frame is along the horizon, at the marks' middle."""
        along, _ = self._axes(self._map)
        return float(np.linalg.norm(self._map[:2, :2] @ along))

    def _upright_heights(self, feet: FloatArray) -> FloatArray:
        near = np.maximum(feet @ self._map[2, :2] + self._map[2, 2], NEAREST)
        return np.asarray(PERSON_HEIGHT_M * near / self._metre_wide())

    def _misses(self) -> FloatArray:
        """How far each mark is from where the others put it, in heights of the frame."""
        back = apply_homography(np.asarray(np.linalg.inv(self._map)), self._metres)
        return np.asarray(np.hypot(*((back - self._at) * (self.aspect, 1.0)).T))

    def _marked(self) -> float:
        """Standard deviation of a mark each way; how they fit tells, where it is worse."""
        free = 2 * len(self._at) - 8
        return max(MARKED, float(np.sum(self._misses() ** 2) / free) ** 0.5) if free else MARKED

    def _refuse_unfit(self) -> None:
        misses = self._misses()
        worst = int(np.argmax(misses))
        if misses[worst] > UNFIT:
            raise GroundError(
                f"mark {worst + 1} is {misses[worst]:.2f} of the frame's height from where the "
                "others put it; mend it, or leave out what is not on the same flat ground"
            )


def _carried(homography: FloatArray, points: FloatArray) -> FloatArray:
    """To the ground; what lies at the horizon or above it is far away."""
    full = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(full[:, :2] / np.maximum(full[:, 2:], NEAREST))


def _upright(homography: FloatArray, marks: FloatArray) -> FloatArray:
    """Scale it so that the depth is one over the last component, 1 in the middle of the marks."""
    middle = marks.mean(axis=0)
    return np.asarray(homography / (homography[2, :2] @ middle + homography[2, 2]))


def _refuse_few(at: FloatArray, metres: FloatArray, aspect: float) -> None:
    if len(at) < 4:
        raise GroundError(f"needs at least four marks, has {len(at)}")
    if at.min() < -COORDINATE_TOLERANCE or at.max() > 1 + COORDINATE_TOLERANCE:
        raise GroundError("a mark lies outside of the frame (0..1)")
    extent = float(np.ptp(metres, axis=0).max())
    if not SMALLEST_M <= extent <= LARGEST_M:
        raise GroundError(
            f"the marks are {extent:g} m apart; write metres on a plan, x to the right and y up"
        )
    for points, size in ((at * (aspect, 1.0), 1.0), (metres, extent)):
        if _stoutest(points) < NARROW * size:
            raise GroundError(
                "three of the marks are nearly on one line; mark corners that are far apart"
            )


def _stoutest(points: FloatArray) -> float:
    """The least height of a triangle of the four points of which it is greatest."""
    fours = np.array(list(combinations(range(len(points)), 4)))
    a, b, c = (points[fours[:, corners]] for corners in zip(*TRIANGLES, strict=True))
    (x, y), (u, v) = (b - a).T, (c - a).T
    longest = np.maximum.reduce([np.linalg.norm(side, axis=2) for side in (b - a, c - a, c - b)])
    heights = np.abs(x * v - y * u).T / np.maximum(longest, 1e-12)
    return float(heights.min(axis=1).max())


def _refuse_mixed(homography: FloatArray, marks: FloatArray) -> None:
    """Refuse an order of marks that no camera above the ground can see."""
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
