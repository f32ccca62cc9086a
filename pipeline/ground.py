"""From the frame to metres on flat ground, without a survey."""

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Point
from pipeline.track import Track

Numbers = NDArray[np.float64]

PERSON_M = 1.7
"""How tall people are, seated and small ones included by the median."""
FOCUS = 1.2
"""Focal length in heights of the frame: a lens that sees 45 degrees up and down."""
MAST_M = 5.0
"""How high a camera hangs, until people of different distance have told."""
LOWEST_M, HIGHEST_M = 2.0, 50.0
FLATTEST = 0.01
"""Least height of a person in the frame: nothing lies at the horizon."""
BINS = 16
KEPT = 64
"""Heights kept a bin: the ground is learned anew within minutes when a camera is moved."""
TRUST = 0.2
"""Weight of ``MAST_M``: that of 20 people whose feet are spread by a tenth of the frame."""
LEARN_EVERY = 25


class FromPeople:
    """Learn from people's heights how far away the ground is.

    On flat ground a person's height in the frame grows in a straight line with the place
    of the feet; its slope tells how high the camera hangs. Sideways distances are good to
    the spread of people's heights (about a tenth); those towards the camera also depend
    on the lens, which is assumed. A steep view from above is not served: calibrate it.

    Args:
        aspect: Width of the frame over its height.
    """

    def __init__(self, aspect: float = 16 / 9) -> None:
        self.aspect = aspect
        self._seen: list[deque[Point]] = [deque(maxlen=KEPT) for _ in range(BINS)]
        self._new = 0
        self._learnt = False
        self._slope = PERSON_M / MAST_M
        self._centre = Point(0.7, 0.2)

    def push(self, tracks: Iterable[Track]) -> None:
        """Learn from the people of a frame who are seen from head to foot."""
        for track in tracks:
            foot = track.box.bottom
            is_up = track.box.h > track.box.w * self.aspect  # who lies is not how tall people are
            if track.label == "person" and is_up and foot < 0.995 and track.box.y > 0.005:
                self._seen[min(int(foot * BINS), BINS - 1)].append(Point(foot, track.box.h))
                self._new += 1
        if self._new >= LEARN_EVERY or (self._new and not self._learnt):
            self._learn()

    def _learn(self) -> None:
        """Lay a line through the median heights, drawn towards that of a usual mast."""
        self._new, self._learnt = 0, True
        seen = [np.asarray(bin_) for bin_ in self._seen if bin_]
        foot, height = np.array([np.median(bin_, axis=0) for bin_ in seen]).T
        weight = np.array([len(bin_) for bin_ in seen], np.float64)
        centre = np.average(foot, weights=weight), np.average(height, weights=weight)
        spread = float(np.sum(weight * (foot - centre[0]) ** 2))
        rise = float(np.sum(weight * (foot - centre[0]) * (height - centre[1])))
        slope = (rise + TRUST * PERSON_M / MAST_M) / (spread + TRUST)
        self._slope = min(max(slope, PERSON_M / HIGHEST_M), PERSON_M / LOWEST_M)
        self._centre = Point(float(centre[0]), float(centre[1]))

    def places(self, feet: Iterable[Point] | Numbers) -> Numbers:
        """Where on the ground feet stand.

        Returns:
            [n, 2] metres to the right of the camera and away from it.
        """
        at = _columns(feet)
        away = FOCUS * PERSON_M / self._tall(at)
        x = at[:, 0]
        return np.stack([(x - 0.5) * self.aspect * away / FOCUS, away], axis=1)

    @property
    def mast_m(self) -> float:
        """How high the camera hangs, as people's heights tell it."""
        return PERSON_M / self._slope

    def heights(self, feet: Iterable[Point] | Numbers) -> Numbers:
        """How tall somebody who stands there looks, in heights of the frame: [n]."""
        return self._tall(_columns(feet))

    def _tall(self, feet: Numbers) -> Numbers:
        looks = self._centre.y + self._slope * (feet[:, 1] - self._centre.x)
        return np.asarray(np.maximum(looks, FLATTEST))


def _columns(feet: Iterable[Point] | Numbers) -> Numbers:
    listed = feet if isinstance(feet, np.ndarray) else list(feet)
    return np.asarray(listed, np.float64).reshape(-1, 2)
