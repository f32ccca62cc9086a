"""What the pixel signals see: values that a rule can point at, as it can at tracks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.shapes import FULL_FRAME, Box, Point

IN_PLACE = Point(0.0, 0.0)
"""No shift at all."""


class StaticChange(StrEnum):
    """What became of a place that no longer looks as it did."""

    APPEARED = "appeared"
    """A thing has come to rest there."""
    VANISHED = "vanished"
    """A thing that was always there is gone."""


class FireKind(StrEnum):
    """What a fire looks like."""

    FLAME = "flame"
    SMOKE = "smoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticObject:
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
    change: StaticChange

    @property
    def share(self) -> float:
        """Part of the frame that its box covers, 0 to 1."""
        return self.box.w * self.box.h


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChange:
    """How the picture compares with what this camera used to see.

    Args:
        score: How sure it is that the view has changed, 0 to 1.
        lost_share: Part of the picture's fixed structure that is no longer in its place, 0 to 1.
        blur: Part of the usual sharpness that is gone, 0 to 1.
        shift: How far the picture has moved, fractions of the frame; nothing when unknown.
    """

    score: float
    lost_share: float
    blur: float
    shift: Point = IN_PLACE
    subject: int = 1
    box: Box = FULL_FRAME


@dataclass(frozen=True, slots=True, kw_only=True)
class FallingObject:
    """A small thing that falls as thrown things do.

    Args:
        box: All of its way so far.
        score: How well a parabola fits, 0 to 1.
        since: When it was first seen.
        drop: How far it has come down, in heights of the frame.
    """

    subject: int
    box: Box
    score: float
    since: datetime
    drop: float


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
    kind: FireKind
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
    box: Box = FULL_FRAME
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelEvents:
    """All that one moment showed beyond tracks; empty where nobody asked.

    Args:
        view_change: ``None`` while the camera's usual view is still being learned.
        outage: ``None`` while pictures come.
    """

    static_objects: tuple[StaticObject, ...] = ()
    view_change: ViewChange | None = None
    falling_objects: tuple[FallingObject, ...] = ()
    fires: tuple[Fire, ...] = ()
    outage: Outage | None = None


NO_EVENTS = PixelEvents()
"""Nothing beyond tracks."""


Placed = TypeVar("Placed", StaticObject, FallingObject, Fire)
Inside = Callable[[Iterable[Point]], NDArray[np.bool_]]
"""Tells for each point whether it lies in a zone, as ``Zone.contains`` does."""


def events_in_zone(inside: Inside, sights: PixelEvents) -> PixelEvents:
    """Keep what has its middle in a zone; the view and an outage are of the whole camera."""
    if not (sights.static_objects or sights.falling_objects or sights.fires):
        return sights
    return replace(
        sights,
        static_objects=_within(inside, sights.static_objects),
        falling_objects=_within(inside, sights.falling_objects),
        fires=_within(inside, sights.fires),
    )


def _within(inside: Inside, seen: Iterable[Placed]) -> tuple[Placed, ...]:
    seen = tuple(seen)
    middles = inside([each.box.centre for each in seen])
    return tuple(each for each, is_in in zip(seen, middles, strict=True) if is_in)
