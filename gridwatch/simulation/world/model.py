"""Values of the simulated world: places, cameras, people, and what truly happens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from pipeline.alert import Alert
from pipeline.signal import Level
from pipeline.wire import Location, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera of a node.

    Args:
        site_group: Cameras of one group are registered as seeing the same place; ``""`` for a
            camera that is registered alone, even if others see the same place.
    """

    node: Node
    name: str
    location: Location
    site_group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere that cameras look at: a square, a gate, a crossing.

    Args:
        overlap_is_declared: The site has declared that the views of the cameras overlap.
    """

    name: str
    micro_grid: str
    cameras: tuple[Camera, ...]
    overlap_is_declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The duty of an account in an area."""

    account: str
    area: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account of the district; accounts are named by their post."""

    name: str
    role: str
    area: str
    shifts: tuple[Shift, ...] = ()

    def is_on_shift(self, at: datetime) -> bool:
        """Return whether one of the shifts runs at a time."""
        return any(shift.starts_at <= at < shift.ends_at for shift in self.shifts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An area; only micro-grids have bounds (west, south, east, north in degrees)."""

    code: str
    name: str
    bounds: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """Everything that exists before the day begins."""

    areas: tuple[Area, ...]
    places: tuple[Place, ...]
    people: tuple[Person, ...]
    nodes: tuple[Node, ...]

    @property
    def overlaps(self) -> list[tuple[Camera, Camera]]:
        """The pairs of cameras whose overlap is declared."""
        return [
            pair
            for place in self.places
            if place.overlap_is_declared
            for pair in combinations(place.cameras, 2)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of happening.

    Args:
        family: Of the scenarios that see it.
        scenarios: Those that may see one happening, the most usual one first.
        levels: The level at the beginning, each as often as it is listed.
        lasts: Usual length.
    """

    family: str
    scenarios: tuple[str, ...]
    levels: tuple[Level, ...]
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happens once at one place, or that a camera wrongly sees there.

    Args:
        number: Unique; the judge uses it.
        worsens_at: When its level rises to critical; ``None`` for never.
        is_true: Whether anything really happens.
        is_outage: The cameras of the place lose their picture: a power cut.
    """

    number: int
    kind: Kind
    place: Place
    level: Level
    starts_at: datetime
    ends_at: datetime
    worsens_at: datetime | None = None
    is_true: bool = True
    is_outage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A revision of an alert that a camera's node decides on.

    Args:
        at: When, in true time.
        happening: Number of the happening that it reports.
    """

    at: datetime
    camera: Camera
    alert: Alert
    happening: int
