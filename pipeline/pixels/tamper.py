"""Whether the camera still sees what it used to: covered, turned or out of focus."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import Point
from pipeline.pixels.masks import Plane
from pipeline.pixels.pixel_events import IN_PLACE, ViewChange

Floats = NDArray[np.float32]
"""[height, width]; slopes are two of them, across and down."""

EVERY = timedelta(seconds=1)
"""How often a picture is looked at."""
LEARN = 10
"""Looks until the usual view is known."""
SLOWLY = 1 / 300
"""Weight of one look later on: five minutes to follow the sun."""
HALF = (160, 90)
"""Structure is compared at this size, so that a trembling mast is no other view."""
CELLS = (16, 9)
"""The picture is judged in so many parts, across and down."""
NOISE = 24.0
"""Slope that the sensor makes by itself, in Sobel units."""
FIRM = 0.35
"""How steady a slope must be to belong to the scene."""
KEPT = 0.4
"""A part of the picture that agrees less than so much with its usual look is lost."""
SPARSE = 0.004
"""A scene with firm slopes in fewer of its pixels shows nothing."""
UNCHANGED = 0.25
"""Up to this part lost, the usual view goes on being learned."""
TOLD = 0.15
"""Least quality of the match for a shift to be told."""
ACCEPT = timedelta(minutes=30)
"""A changed view that stays so long is the usual one from then on."""


@dataclass(slots=True)
class _Usual:
    """The view as it was."""

    slopes: Floats
    fine: float
    looks: int = 0

    def learn(self, slopes: Floats, fine: float) -> None:
        """Take a look, the first ones with more weight."""
        self.looks += 1
        weight = max(1 / self.looks, SLOWLY)
        cv2.accumulateWeighted(slopes, self.slopes, weight)
        self.fine += weight * (fine - self.fine)


class TamperDetector:
    """Compare the directions of edges with a slowly learned reference.

    Edges are divided by the contrast around, so that neither lamps nor clouds count. A
    hole in the pictures changes nothing: a camera turned meanwhile is found. A picture
    without any structure counts as lost as a whole: nobody can see anything on it.
    """

    def __init__(self) -> None:
        self._usual: _Usual | None = None
        self._view: ViewChange | None = None
        self._last: datetime | None = None
        self._odd_since: datetime | None = None

    def push(self, at: datetime, grey: Plane) -> ViewChange | None:
        """Take a picture; the view is unknown during the first ten seconds."""
        if self._last is None or at - self._last >= EVERY:
            self._last = at
            self._look(at, grey)
        return self._view

    def _look(self, at: datetime, grey: Plane) -> None:
        slopes, fine = edges(grey), fineness(grey)
        if self._usual is None:
            self._usual = _Usual(np.zeros_like(slopes), 0.0)
        usual = self._usual
        if usual.looks >= LEARN:
            self._view = compare(usual.slopes, slopes, blur=1 - fine / max(usual.fine, 1e-3))
        if self._view is None or max(self._view.lost_share, self._view.blur) < UNCHANGED:
            self._odd_since = None
            usual.learn(slopes, fine)
            return
        self._odd_since = self._odd_since or at
        if at - self._odd_since >= ACCEPT:
            self._usual = self._view = self._odd_since = None


def compare(usual: Floats, slopes: Floats, *, blur: float) -> ViewChange:
    """Tell what of the usual slopes is in its place."""
    firmness = _along(usual, usual)
    firm = firmness > FIRM**2
    if np.count_nonzero(firm) < SPARSE * firm.size:
        return ViewChange(score=1.0, lost_share=1.0, blur=0.0)
    agree = _along(usual, slopes)
    there, kept = (_cells(plane * firm) for plane in (firmness, agree))
    counts = there > FIRM**2 * SPARSE
    lost = float(np.mean(kept[counts] < KEPT * there[counts]))
    blur = min(max(blur, 0.0), 1.0)
    moved = _shift(usual, slopes) if lost >= UNCHANGED else IN_PLACE
    return ViewChange(score=max(lost, blur), lost_share=lost, blur=blur, shift=moved)


def edges(grey: Plane) -> Floats:
    """Slopes across and down, each divided by the contrast around it; float32 [2, h, w]."""
    small = cv2.resize(grey, HALF, interpolation=cv2.INTER_AREA)
    across, down = (cv2.Sobel(small, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    steep = cv2.magnitude(across, down)
    around = np.maximum(cv2.blur(steep, (31, 31)), np.float32(NOISE))
    return np.asarray(np.stack([across, down]) / (steep + around), np.float32)


def fineness(grey: Plane) -> float:
    """How much of the contrast lies in the finest detail; a lamp changes both alike."""
    near, far = (cv2.blur(grey, (side, side)) for side in (3, 13))
    fine, coarse = (cv2.norm(grey, plane, cv2.NORM_L1) / grey.size for plane in (near, far))
    return fine / (coarse + 1.0)


def _along(some: Floats, others: Floats) -> Floats:
    """How much slopes point the same way; ``einsum`` takes twenty times as long."""
    (across, down), (right, under) = some, others
    return np.asarray(across * right + down * under, np.float32)


def _cells(plane: Floats) -> Floats:
    return np.asarray(cv2.resize(plane, CELLS, interpolation=cv2.INTER_AREA), np.float32)


def _shift(usual: Floats, slopes: Floats) -> Point:
    """How far the picture has moved; nothing if it is another one altogether."""
    then, now = (cv2.magnitude(*planes) for planes in (usual, slopes))
    (right, down), quality = cv2.phaseCorrelate(then, now)
    if quality < TOLD:
        return IN_PLACE
    # The same pictures give another last digit each time: equal frames must give equal alerts.
    return Point(round(right / HALF[0], 6), round(down / HALF[1], 6))
