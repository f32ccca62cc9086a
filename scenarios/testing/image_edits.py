"""What is done to a picture, real or drawn, so that a case shows what no clip shows.

Times count from the beginning; an edit without an end lasts. Equal edits give equal pixels.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pipeline.geometry.shapes import FULL_FRAME, Box, Point

START = timedelta()


class Edit(Protocol):
    """Anything that is done to pictures."""

    @property
    def after(self) -> timedelta:
        """When it begins."""
        ...

    @property
    def until(self) -> timedelta | None:
        """When it ends; ``None`` for never."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedObject:
    """A thing lies there: a piece cut from the clip's own beginning, or a drawn one.

    Args:
        box: Where.
        cut_from: The piece of the first picture that is laid there; ``None`` to draw one.
    """

    box: Box
    cut_from: Box | None = None
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LensCover:
    """Something dark and close hangs before the lens, from the left on.

    Args:
        share: Part of the picture it hides.
    """

    share: float = 1.0
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraShift:
    """The camera was turned.

    Args:
        by: How far the picture moves, fractions of the frame.
    """

    by: Point
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defocus:
    """The lens is out of focus.

    Args:
        radius: Heights of the frame.
    """

    radius: float = 0.01
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightChange:
    """The light is another: off, on, a cloud.

    Args:
        gain: How many times as bright.
        area: The part it shines on.
    """

    gain: float
    area: Box = FULL_FRAME
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownObject:
    """Something is thrown, and falls out of the picture.

    Args:
        start: Where it is let go.
        speed: Fractions of the frame a second, at first.
        gravity: Heights of the frame a second squared.
        size: Heights of the frame.
    """

    start: Point
    speed: Point = Point(0.05, 0.0)  # noqa: RUF009  # a tuple, it cannot change
    gravity: float = 0.5
    size: float = 0.015
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flames:
    """Flames that grow to fill a box in ten seconds."""

    box: Box
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoke:
    """Smoke that grows to fill a box in ten seconds."""

    box: Box
    after: timedelta = START
    until: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOutage:
    """No pictures come."""

    after: timedelta = START
    until: timedelta | None = None


def is_active(edit: Edit, after: timedelta) -> bool:
    """Tell whether an edit is in force."""
    return edit.after <= after and (edit.until is None or after < edit.until)
