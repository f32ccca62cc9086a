"""From the frame to metres on flat ground: what all ways have in common, and that of no survey."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import Point
from pipeline.ground.person_heights import HeightSample, PersonHeightSampler
from pipeline.track import Track

Numbers = NDArray[np.float64]

PERSON_HEIGHT_M = 1.7
"""How tall people are who stand or walk upright."""
MIN_CAMERA_HEIGHT_M, MAX_CAMERA_HEIGHT_M = 2.0, 50.0
"""How high a camera may hang."""
FLATTEST = 0.01
"""Least height of a person in the frame: nothing lies at the horizon."""
SURE = 2.0
"""Standard deviations within which 95 of 100 errors lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """How far metres at one place of the frame may be off, 95 times of 100.

    Feet come on top: the lower edge of a box is good to about a twentieth of its height.

    Args:
        position_m: Where on the ground the place is, metres; ``None`` where no mark tells.
        lateral: A short distance along the horizon, as a share of it.
        depth: One towards the horizon, as a share of it.
    """

    position_m: float | None
    lateral: float
    depth: float


class Ground(Protocol):
    """How a camera's frame lies on the ground; heights are those of the frame.

    ``aspect`` is the frame's width over its height; ``is_marked`` tells that the distance of
    things does not depend on people having passed.
    """

    aspect: float
    is_marked: bool

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn from the people of a frame."""
        ...

    def positions_m(self, feet: Iterable[Point] | Numbers) -> Numbers:
        """Where on the ground feet stand: [n, 2] metres, finite everywhere in the frame."""
        ...

    def person_heights(self, feet: Iterable[Point] | Numbers) -> Numbers:
        """How tall somebody who stands there looks: [n]."""
        ...

    @property
    def camera_height_m(self) -> float:
        """How high the camera hangs."""
        ...

    def uncertainty(self, at: Point) -> Uncertainty:
        """How far off the metres around a place may be."""
        ...


FOCUS = 1.2
"""Focal length in heights of the frame: a lens that sees 45 degrees up and down."""
DEFAULT_CAMERA_HEIGHT_M = 5.0
"""How high a camera hangs, until people of different distance have told."""
BINS = 16
KEPT = 64
"""Heights kept a bin: the ground is learned anew within minutes when a camera is moved."""
TRUST = 0.2
"""Weight of the default camera height: that of 20 people whose feet spread by 0.1 of the frame."""
LEARN_EVERY = 25
FAR_OFF = (0.8, 0.5, 0.35, 0.25, 0.25)
"""From which share of a height on somebody is no grown person upright, in each round of a fit."""

STATURE = 0.065
"""Standard deviation, as a share, of how tall the people of a place are on average, and of how
tightly a detector draws them."""
LENS = 0.3
"""Standard deviation of the focal length that is assumed, as a share: no survey, no lens."""
UNKNOWN = 0.5
"""Standard deviation of heights and mast before anybody has passed."""


class HeightCalibratedGround:
    """Learn from people's heights how far away the ground is.

    On flat ground a person's height in the frame grows in a straight line with the place
    of the feet; its slope tells how high the camera hangs. The line is fitted again and again
    to those who have passed of late; children, the seated and the half hidden, who are far
    too small for their place, weigh nothing (Tukey's biweight). Sideways distances are good
    to the spread of people's heights (about a tenth); those towards the camera also depend
    on the lens, which is assumed. A steep view from above is not served: mark the ground.

    Args:
        aspect: Width of the frame over its height.
    """

    is_marked = False

    def __init__(self, aspect: float = 16 / 9) -> None:
        self.aspect = aspect
        self._passers = PersonHeightSampler()
        self._seen: list[deque[HeightSample]] = [deque(maxlen=KEPT) for _ in range(BINS)]
        self._new = self._known = 0
        self._slope, self._centre = PERSON_HEIGHT_M / DEFAULT_CAMERA_HEIGHT_M, Point(0.7, 0.2)
        self._spread_of = _Spread(tall=UNKNOWN, slope=UNKNOWN)

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn from those who have come to a place where they were not seen before."""
        for shown in self._passers.push(tracks, self.aspect):
            self._seen[min(int(shown.foot.y * BINS), BINS - 1)].append(shown)
            self._new += 1
        if self._new >= min(LEARN_EVERY, 1 + self._known / 10):
            self._learn()

    def _learn(self) -> None:
        """Lay a line through the heights, drawn towards that of a usual mast."""
        shown = list(chain.from_iterable(self._seen))
        self._new, self._known = 0, len(shown)
        foot, height = np.array([(one.foot.y, one.height) for one in shown]).T
        weight = self._first_weights(foot, height)
        spread = 0.0
        for far_off in FAR_OFF:
            total = float(weight.sum())
            centre = Point(float(weight @ foot) / total, float(weight @ height) / total)
            spread = float(weight @ (foot - centre.x) ** 2)
            rise = float(weight @ ((foot - centre.x) * (height - centre.y)))
            slope = (rise + TRUST * PERSON_HEIGHT_M / DEFAULT_CAMERA_HEIGHT_M) / (spread + TRUST)
            self._slope = min(
                max(slope, PERSON_HEIGHT_M / MAX_CAMERA_HEIGHT_M),
                PERSON_HEIGHT_M / MIN_CAMERA_HEIGHT_M,
            )
            self._centre = centre
            off = height / self._line(foot) - 1
            weight = np.clip(1 - (off / far_off) ** 2, 1e-6, 1) ** 2
        self._doubt_of(weight, off, spread, people=len({one.subject for one in shown}))

    def _first_weights(self, foot: Numbers, height: Numbers) -> Numbers:
        """Begin with the taller half of each bin: who is far off is nearly always too small."""
        bins = np.minimum((foot * BINS).astype(np.intp), BINS - 1)
        middle = np.zeros(BINS)
        for number in np.unique(bins):
            middle[number] = np.median(height[bins == number])
        return np.where(height >= middle[bins], 1.0, 1e-6)

    def _doubt_of(self, weight: Numbers, off: Numbers, spread: float, *, people: int) -> None:
        """Note how well the line is known: who passes shows many places, but one height."""
        counted = max(float(weight.sum()), 1e-6)
        unlike = max(math.sqrt(float(weight @ off**2) / counted), 0.06)
        each = unlike * math.sqrt(counted / max(people, 1))
        drawn = TRUST / (spread + TRUST) * UNKNOWN
        noise = each * self._centre.y / self._slope * math.sqrt(spread) / (spread + TRUST)
        tall = math.hypot(STATURE, each / math.sqrt(counted))
        self._spread_of = _Spread(tall=tall, slope=math.hypot(drawn, noise))

    def positions_m(self, feet: Iterable[Point] | Numbers) -> Numbers:
        """Where on the ground feet stand.

        Returns:
            [n, 2] metres to the right of the camera and away from it.
        """
        at = columns(feet)
        away = FOCUS * PERSON_HEIGHT_M / self._line(at[:, 1])
        at_m = np.empty((len(away), 2))
        at_m[:, 0] = (at[:, 0] - 0.5) * (self.aspect / FOCUS) * away
        at_m[:, 1] = away
        return at_m

    @property
    def camera_height_m(self) -> float:
        """How high the camera hangs, as people's heights tell it."""
        return PERSON_HEIGHT_M / self._slope

    def person_heights(self, feet: Iterable[Point] | Numbers) -> Numbers:
        """How tall somebody who stands there looks, in heights of the frame: [n]."""
        return self._line(columns(feet)[:, 1])

    def uncertainty(self, at: Point) -> Uncertainty:
        """How far off the metres around a place may be, by those who have passed so far."""
        [tall] = self.person_heights([at])
        reach = self._slope * (at.y - self._centre.x) / float(tall)
        across = math.hypot(self._spread_of.tall, reach * self._spread_of.slope)
        # The depth is the lens over the height, so its steps go with slope / height squared.
        slope = (1 - 2 * reach) * self._spread_of.slope
        away = math.hypot(LENS, 2 * self._spread_of.tall, slope)
        return Uncertainty(position_m=None, lateral=SURE * across, depth=SURE * away)

    def _line(self, foot: Numbers) -> Numbers:
        looks = (self._centre.y - self._slope * self._centre.x) + self._slope * foot
        return np.asarray(np.maximum(looks, FLATTEST, out=looks))


@dataclass(frozen=True, slots=True)
class _Spread:
    """Standard deviations of the line: of its height in the middle, and of its slope, as shares."""

    tall: float
    slope: float


def columns(feet: Iterable[Point] | Numbers) -> Numbers:
    """[n, 2] of any points."""
    listed = feet if isinstance(feet, np.ndarray) else list(feet)
    return np.asarray(listed, np.float64).reshape(-1, 2)
