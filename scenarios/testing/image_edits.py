"""Changes to the image, real or drawn, for cases that no clip shows.

Times count from the start of the case; an edit without an end lasts to the end of it. Equal edits
give equal pixels.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pipeline.geometry.shapes import FULL_FRAME, Box, Point

START = timedelta()


class Edit(Protocol):
    """A change to the image, or the absence of one, for some time."""

    @property
    def after(self) -> timedelta:
        """When it starts."""
        ...

    @property
    def until(self) -> timedelta | None:
        """When it ends; ``None`` for at the end of the case."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedObject:
    """An object lies in the scene.

    Args:
        box: Where it lies.
        cut_from: Part of the clip's first frame to paste there; ``None`` to draw an object.
    """

    box: Box
    cut_from: Box | None = None
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LensCover:
    """Something dark covers the lens, from the left.

    Args:
        share: Part of the frame that it hides.
    """

    share: float = 1.0
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraShift:
    """The camera has been turned.

    Args:
        by: How far the image moves, in fractions of the frame.
    """

    by: Point
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defocus:
    """The lens is out of focus.

    Args:
        radius: Blur radius, in heights of the frame.
    """

    radius: float = 0.01
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightChange:
    """The light changes: lamps go on or off, a cloud passes.

    Args:
        gain: Factor on the brightness.
        area: Part of the frame that changes.
    """

    gain: float
    area: Box = FULL_FRAME
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownObject:
    """An object is thrown and falls out of the frame.

    Args:
        start: Where it leaves the hand.
        speed: Initial velocity, in fractions of the frame per second.
        gravity: Acceleration, in heights of the frame per second squared.
        size: Diameter, in heights of the frame.
    """

    start: Point
    speed: Point = Point(0.05, 0.0)  # noqa: RUF009  # a tuple is immutable
    gravity: float = 0.5
    size: float = 0.015
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flames:
    """Flames grow until they fill a box after ten seconds."""

    box: Box
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoke:
    """Smoke grows until it fills a box after ten seconds."""

    box: Box
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOutage:
    """The camera delivers no frames."""

    after: timedelta = START
    until: timedelta | None = None


def is_active(edit: Edit, after: timedelta) -> bool:
    """Return whether an edit applies at this time."""
    return edit.after <= after and (edit.until is None or after < edit.until)
