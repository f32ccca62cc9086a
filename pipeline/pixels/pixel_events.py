"""What the pixel signals see: values that a rule can point at, as it can at tracks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import WHOLE, Box, Point

IN_PLACE = Point(0.0, 0.0)
"""No shift at all."""


class Fate(StrEnum):
    """What became of a place that no longer looks as it did."""

    APPEARED = "appeared"
    """A thing has come to rest there."""
    VANISHED = "vanished"
    """A thing that was always there is gone."""


class Burning(StrEnum):
    """What a fire looks like."""

    FLAME = "flame"
    SMOKE = "smoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A place that has changed for good.

    Args:
        subject: Our number, from 1, never used twice on a camera.
        score: How far it stands out from what was there before, 0 to 1.
        since: When it came to rest, or was taken away.
    """

    subject: int
    box: Box
    score: float
    since: datetime
    fate: Fate

    @property
    def share(self) -> float:
        """Part of the frame that its box covers, 0 to 1."""
        return self.box.w * self.box.h


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the picture compares with what this camera used to see.

    Args:
        score: How sure it is that the view has changed, 0 to 1.
        lost: Part of the picture's fixed structure that is no longer in its place, 0 to 1.
        blur: Part of the usual sharpness that is gone, 0 to 1.
        shift: How far the picture has moved, fractions of the frame; nothing when unknown.
    """

    score: float
    lost: float
    blur: float
    shift: Point = IN_PLACE
    subject: int = 1
    box: Box = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Toss:
    """A small thing that falls as thrown things do.

    Args:
        box: All of its way so far.
        score: How well a parabola fits, 0 to 1.
        since: When it was first seen.
        fall: How far it has come down, in heights of the frame.
    """

    subject: int
    box: Box
    score: float
    since: datetime
    fall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A place that looks like flames or smoke; experimental.

    Args:
        score: How much of what marks a fire was seen, 0 to 1.
        since: When it was first seen.
        area: Part of the frame it covers now.
        growth: How many times larger than at first.
        flicker: Mean change of brightness from picture to picture, levels of 255.
    """

    subject: int
    box: Box
    score: float
    since: datetime
    burning: Burning
    area: float
    growth: float
    flicker: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """No picture has come.

    Args:
        since: When the last one came.
    """

    since: datetime
    subject: int = 1
    box: Box = WHOLE
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """All that one moment showed beyond tracks; empty where nobody asked.

    Args:
        view: ``None`` while the camera's usual view is still being learned.
        outage: ``None`` while pictures come.
    """

    stills: tuple[Still, ...] = ()
    view: View | None = None
    tosses: tuple[Toss, ...] = ()
    fires: tuple[Fire, ...] = ()
    outage: Outage | None = None


NOTHING = Sights()
"""Nothing beyond tracks."""


Placed = TypeVar("Placed", Still, Toss, Fire)
Inside = Callable[[Iterable[Point]], NDArray[np.bool_]]
"""Tells for each point whether it lies in a zone, as ``Zone.contains`` does."""


def within(inside: Inside, sights: Sights) -> Sights:
    """Keep what has its middle in a zone; the view and an outage are of the whole camera."""
    if not (sights.stills or sights.tosses or sights.fires):
        return sights
    return replace(
        sights,
        stills=_within(inside, sights.stills),
        tosses=_within(inside, sights.tosses),
        fires=_within(inside, sights.fires),
    )


def _within(inside: Inside, seen: Iterable[Placed]) -> tuple[Placed, ...]:
    seen = tuple(seen)
    middles = inside([each.box.centre for each in seen])
    return tuple(each for each, is_in in zip(seen, middles, strict=True) if is_in)
