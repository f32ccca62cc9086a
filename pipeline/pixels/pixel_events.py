"""What the analysis of pixels reports: values that a signal can refer to, as it can to tracks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from pipeline.geometry.boxes import BoolArray
from pipeline.geometry.shapes import FULL_FRAME, Box, Point

NO_SHIFT = Point(0.0, 0.0)


class StaticChange(StrEnum):
    """How a place differs from the background."""

    APPEARED = "appeared"
    """An object has come to rest there."""
    VANISHED = "vanished"
    """An object of the background is gone."""


class FireKind(StrEnum):
    """What a fire looks like."""

    FLAME = "flame"
    SMOKE = "smoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticObject:
    """An object that appeared or disappeared and has not changed since.

    Args:
        subject: From 1, never used twice on a camera.
        score: Contrast with the background, 0 to 1.
        since: When it came to rest or was taken away.
    """

    subject: int
    box: Box
    score: float
    since: datetime
    change: StaticChange

    @property
    def share(self) -> float:
        """Share of the frame that its box covers, 0 to 1."""
        return self.box.w * self.box.h


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseCrowd:
    """People who stand so close that they hide each other; their number is an estimate.

    Args:
        subject: From 1, in this frame only.
        box: Around all of them.
        score: Mean score of the boxes that count, 0 to 1; low, as most are half hidden.
        people: How many.
        per_m2: Others per square metre around the person with most of them.
    """

    subject: int
    box: Box
    score: float
    people: int
    per_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChange:
    """How the view differs from the usual one of the camera.

    Args:
        score: Confidence that the view has changed, 0 to 1.
        lost_share: Share of the fixed structure that is no longer in its place, 0 to 1.
        blur: Share of the usual sharpness that is gone, 0 to 1.
        shift: How far the image has moved, fractions of the frame; zero if unknown.
    """

    score: float
    lost_share: float
    blur: float
    shift: Point = NO_SHIFT
    subject: int = 1
    box: Box = FULL_FRAME


@dataclass(frozen=True, slots=True, kw_only=True)
class FallingObject:
    """A small object on the path of a falling body.

    Args:
        box: The path so far.
        score: How well a parabola fits, 0 to 1.
        since: When it was first seen.
        drop: How far it has fallen, fractions of the frame height.
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
        score: How strongly it flickers and grows, 0 to 1.
        since: When it was first seen.
        area: Share of the frame that it covers now.
        growth: Its area as a multiple of the first one.
        flicker: Mean change of brightness between images, levels of 255.
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
    """A stream gap.

    Args:
        since: When the last frame arrived.
    """

    since: datetime
    subject: int = 1
    box: Box = FULL_FRAME
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelEvents:
    """Everything that is known about a moment beyond tracks; empty without a capability.

    Args:
        view_change: ``None`` while the usual view is being learned.
        outage: ``None`` while frames arrive.
    """

    static_objects: tuple[StaticObject, ...] = ()
    view_change: ViewChange | None = None
    falling_objects: tuple[FallingObject, ...] = ()
    fires: tuple[Fire, ...] = ()
    dense_crowds: tuple[DenseCrowd, ...] = ()
    outage: Outage | None = None


NO_EVENTS = PixelEvents()


Located = TypeVar("Located", StaticObject, FallingObject, Fire, DenseCrowd)
Contains = Callable[[Iterable[Point]], BoolArray]
"""Returns for each point whether it lies in a zone, as ``Zone.contains`` does."""


def events_in_zone(contains: Contains, events: PixelEvents) -> PixelEvents:
    """Keep events whose centre is inside a zone; view changes and outages are always kept."""
    located = events.static_objects, events.falling_objects, events.fires, events.dense_crowds
    if not any(located):
        return events
    return replace(
        events,
        static_objects=_inside(contains, events.static_objects),
        falling_objects=_inside(contains, events.falling_objects),
        fires=_inside(contains, events.fires),
        dense_crowds=_inside(contains, events.dense_crowds),
    )


def _inside(contains: Contains, events: Iterable[Located]) -> tuple[Located, ...]:
    events = tuple(events)
    inside = contains([event.box.centre for event in events])
    return tuple(event for event, is_in in zip(events, inside, strict=True) if is_in)
