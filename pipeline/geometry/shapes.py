"""Points, boxes, zones and lines, as fractions of the frame; (0, 0) is the top left."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import ClassVar, NamedTuple, Self

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.errors import GeometryError

COORDINATE_TOLERANCE = 1e-6
"""How far rounding may move a coordinate beyond the edge of the frame."""


class Point(NamedTuple):
    """A point in the frame, 0 to 1 each way."""

    x: float
    y: float


Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom, 0 to 1 each."""
Points = Iterable[Point] | NDArray[np.float64]
"""Points, or an array [n, 2]."""


class Box(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rectangle in the frame: left, top, width, height, 0 to 1 each.

    Raises:
        GeometryError: It is empty, or leaves the frame.
    """

    x: float
    y: float
    w: float
    h: float

    def __post_init__(self) -> None:
        """Check that the box lies inside the frame."""
        inside = (
            min(self.x, self.y) >= -COORDINATE_TOLERANCE
            and max(self.right, self.bottom) <= 1 + COORDINATE_TOLERANCE
        )
        if not (inside and self.w > 0 and self.h > 0):
            raise GeometryError(f"box {self.x, self.y, self.w, self.h} is empty or leaves 0..1")

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.h

    @property
    def centre(self) -> Point:
        """The centre."""
        return Point(self.x + self.w / 2, self.y + self.h / 2)

    @property
    def foot(self) -> Point:
        """The middle of the lower edge, where the object stands."""
        return Point(self.x + self.w / 2, self.y + self.h)

    def rounded(self) -> Self:
        """Return the box rounded to four decimals, inside the frame."""
        x, y = (min(max(round(v, 4), 0.0), 0.9999) for v in (self.x, self.y))
        w = max(min(round(self.w, 4), round(1 - x, 4)), 0.0001)
        h = max(min(round(self.h, 4), round(1 - y, 4)), 0.0001)
        return type(self)(x, y, w, h)


FULL_FRAME = Box(0.0, 0.0, 1.0, 1.0)
"""The whole frame as a box."""
FRAME_CORNERS = frozenset({Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)})
"""The corners of the whole frame."""


@dataclass(frozen=True)
class Zone:
    """A named polygon.

    Args:
        name: ``[a-z0-9-]{1,64}``, unique on its camera.
        points: At least three corners in order, inside the frame.

    Raises:
        GeometryError: Fewer than three corners, crossing edges, no area, or outside the frame.
    """

    name: str
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        """Check that the polygon encloses an area of the frame."""
        if len(self.points) < 3:
            raise GeometryError(f"zone {self.name}: needs three corners, has {len(self.points)}")
        flat = [value for point in self.points for value in point]
        if min(flat) < -COORDINATE_TOLERANCE or max(flat) > 1 + COORDINATE_TOLERANCE:
            raise GeometryError(f"zone {self.name}: a corner leaves the frame (0..1)")
        if not self.polygon.is_valid or self.polygon.area == 0:
            raise GeometryError(f"zone {self.name}: its edges cross, or it has no area")

    def __hash__(self) -> int:
        """Hash the name only, which is unique on a camera: zones are looked up in every frame."""
        return hash(self.name)

    @classmethod
    @cache
    def full_frame(cls, name: str = "frame") -> Self:
        """Return the whole frame as a zone; the same object at each call."""
        return cls(name, (Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))

    @cached_property
    def _is_whole(self) -> bool:
        return frozenset(self.points) == FRAME_CORNERS

    @cached_property
    def polygon(self) -> shapely.Polygon:
        """The prepared shapely polygon."""
        polygon = shapely.Polygon(self.points)
        shapely.prepare(polygon)
        return polygon

    @cached_property
    def area(self) -> float:
        """Share of the frame that the zone covers."""
        return float(self.polygon.area)

    @cached_property
    def bounds(self) -> Bounds:
        """The bounding box."""
        return _extent(self.points)

    def contains(self, points: Points) -> NDArray[np.bool_]:
        """Return which points lie inside the zone or on its edge.

        Returns:
            bool [n], in the order of the points.
        """
        at = as_array(points)
        if self._is_whole or not len(at):  # a shapely call costs the same for 0 points as for 50
            return np.ones(len(at), np.bool_)
        return np.asarray(shapely.intersects_xy(self.polygon, at[:, 0], at[:, 1]), dtype=np.bool_)


@dataclass(frozen=True)
class Line:
    """A named line to be crossed; it has no area.

    Args:
        name: ``[a-z0-9-]{1,64}``, unique on its camera.
        start: One end, inside the frame.
        end: The other end; seen from ``start``, the inside is on the right.

    Raises:
        GeometryError: It has no length, or leaves the frame.
    """

    name: str
    start: Point
    end: Point
    area: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        """Check that the line has a length and lies inside the frame."""
        flat = (*self.start, *self.end)
        if min(flat) < -COORDINATE_TOLERANCE or max(flat) > 1 + COORDINATE_TOLERANCE:
            raise GeometryError(f"line {self.name}: an end leaves the frame (0..1)")
        if math.dist(self.start, self.end) < COORDINATE_TOLERANCE:
            raise GeometryError(f"line {self.name}: both ends are one point")

    def __hash__(self) -> int:
        """Hash the name only; see ``Zone``."""
        return hash(self.name)

    @property
    def points(self) -> tuple[Point, ...]:
        """Both ends."""
        return (self.start, self.end)

    @cached_property
    def bounds(self) -> Bounds:
        """The bounding box; its width or height may be 0."""
        return _extent(self.points)

    def contains(self, points: Points) -> NDArray[np.bool_]:
        """Return ``False`` for each point: a line has no area."""
        return np.zeros(len(as_array(points)), np.bool_)


ZoneOrLine = Zone | Line
"""What a scenario is bound to."""


class ZoneKind(StrEnum):
    """What a scenario has to be bound to."""

    AREA = "area"
    """Zones; the whole frame if none is drawn."""
    LINE = "line"
    """At least one line."""
    FRAME = "frame"
    """The whole frame, always."""


def make_zone_or_line(name: str, points: Iterable[Point]) -> ZoneOrLine:
    """Return a line for two points, a zone for more.

    Raises:
        GeometryError: The points make neither.
    """
    corners = tuple(points)
    return Line(name, *corners) if len(corners) == 2 else Zone(name, corners)


def _extent(points: Iterable[Point]) -> Bounds:
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def as_array(points: Points) -> NDArray[np.float64]:
    """Return points as [n, 2]."""
    listed = points if isinstance(points, np.ndarray) else list(points)
    return np.asarray(listed, np.float64).reshape(-1, 2)
