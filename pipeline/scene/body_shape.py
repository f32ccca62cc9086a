"""Tell from its box whether a person stands or lies, given how tall the person stands."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.geometry.shapes import Box, Point

UPRIGHT_RATIO = 0.65
"""Share of the standing height from which a person is upright."""
DOWN_RATIO = 0.35
"""Share of the standing height below which a person is down."""
WIDE_DOWN_RATIO = 0.42
"""The same for a wide box: a person lying at a slant to the line of sight looks taller."""
UP_AGAIN_RATIO = 0.5
"""Share of the standing height from which a person who was down has got up, at least to sit."""
WIDE_ASPECT = 1.3
"""Width over height from which a box is wide."""
UPRIGHT_ASPECT = 0.8
"""Width over height up to which a box may be that of a person who stands or sits."""
MIN_CUT_WIDTH = 0.4
"""Least width of a lying person of whom an edge of the frame hides a part, in standing heights:
shoulders and arms of a person who stands measure 0.3."""
EDGE_MARGIN = 0.005
"""A box so near an edge of the frame may be cut off."""
HEIGHT_WINDOW = timedelta(seconds=5)
"""A standing height is the tallest of the last one to two windows."""

TALLEST_SHARE = 0.95
"""Height as a share of the tallest box: boxes vary by 3 % (standard deviation), so that the tallest
of some dozens is about two deviations too tall."""


class BodyShape(NamedTuple):
    """The outline of a person, in standing heights.

    Args:
        height: Height of the box.
        width: Width of the box.
        is_cut: Whether the left, right or lower edge of the frame may hide a part.
    """

    height: float
    width: float
    is_cut: bool

    @property
    def is_wide(self) -> bool:
        """Whether the box is wide, as of a person who lies across the line of sight."""
        return self.width > WIDE_ASPECT * self.height

    @property
    def is_upright(self) -> bool:
        """Whether the person is upright; a person who is cut off is at least as tall."""
        return self.height >= UPRIGHT_RATIO and not self.is_wide

    @property
    def is_down(self) -> bool:
        """Whether the person is down."""
        if self.height >= WIDE_DOWN_RATIO or (self.is_cut and self.width < MIN_CUT_WIDTH):
            return False
        return self.is_wide or self.height < DOWN_RATIO


def body_shape(box: Box, standing_height: float, aspect: float) -> BodyShape:
    """Return the outline of a person.

    Args:
        box: Of the person, fractions of the frame.
        standing_height: Of the same person at this place, fraction of the frame height.
        aspect: Width of the frame over its height.
    """
    is_cut = min(box.x, 1 - box.right, 1 - box.bottom) <= EDGE_MARGIN
    return BodyShape(box.h / standing_height, box.w * aspect / standing_height, is_cut)


class _Sample(NamedTuple):
    at: datetime
    height: float
    foot: Point


class StandingHeight:
    """How tall one person stands: the tallest that the person has looked in the last seconds."""

    def __init__(self) -> None:
        self._tallest: deque[_Sample] = deque(maxlen=2)

    def push(self, at: datetime, box: Box, aspect: float) -> None:
        """Learn from a box, unless it is too wide for a person who stands or sits."""
        if box.w * aspect > UPRIGHT_ASPECT * box.h:
            return
        sample = _Sample(at, box.h, box.foot)
        if not self._tallest or at - self._tallest[-1].at > HEIGHT_WINDOW:
            self._tallest.append(sample)
        elif box.h >= self._tallest[-1].height:
            self._tallest[-1] = sample

    @property
    def feet(self) -> list[Point]:
        """Where the person was measured; empty if the person was not seen upright."""
        return [sample.foot for sample in self._tallest]

    def at(self, here: float, there: Iterable[float]) -> float | None:
        """Return the standing height at a place; ``None`` if the person was not seen upright.

        Args:
            here: Height of the people of the scene at the place.
            there: Their height at each of ``feet``.
        """
        samples = zip(self._tallest, there, strict=True)
        tallest = max((s.height * here / then for s, then in samples), default=None)
        return None if tallest is None else TALLEST_SHARE * tallest


def choose_height(own: float | None, scene: float) -> float:
    """Return the height of a person who stands.

    The scene's is used for somebody who has not been seen upright, and for one who by that height
    is upright as well but short: the person sits, or is cut off. If it says more, it was learned
    from something else.

    Args:
        own: Of this person so far, fraction of the frame height.
        scene: Of the people of the scene at this place.
    """
    return scene if own is None or UPRIGHT_RATIO * scene <= own < scene else own
