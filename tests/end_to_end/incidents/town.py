"""A city of quarters: every test has one of its own, with its people, its desk and its cameras.

A quarter is a district with one street and one grid of two micro-grids. It is written as the files
that a real city provides.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gridwatch.demo.town import ONE_DAY, Area, area_feature, write_table
from pipeline.wire import Location

CITY = "9901"
PASSWORD = "correct horse"
ADMIN, EMERGENCY_CONTACT = "admin", "emergency"
N_QUARTERS = 95
WEST, SOUTH, SIDE = 104.0, 30.6, 0.004
"""Side of a micro-grid in degrees, about 400 m; quarters are 2 km apart."""
LONG = 200 * ONE_DAY


@dataclass(frozen=True, slots=True)
class QuarterPlan:
    """The codes and names of one quarter."""

    number: int

    @property
    def district(self) -> str:
        """Its desk and its supervisor belong here."""
        return f"{CITY}{self.number:02}"

    @property
    def street(self) -> str:
        """Its duty officer belongs here."""
        return f"{self.district}001"

    @property
    def grid(self) -> str:
        """The head of the grid belongs here."""
        return f"{self.street}001001"

    @property
    def east(self) -> str:
        """The micro-grid in which alerts are raised."""
        return f"{self.grid}001"

    @property
    def west(self) -> str:
        """The neighbour of it."""
        return f"{self.grid}002"

    def account(self, short_name: str) -> str:
        """Return the full name of an account of this quarter."""
        return f"q{self.number:02}-{short_name}"

    def location(self, code: str) -> Location:
        """Return the middle of a micro-grid."""
        west, south, east, north = self.bounds(code)
        return Location(lon=(west + east) / 2, lat=(south + north) / 2)

    def bounds(self, code: str) -> tuple[float, float, float, float]:
        """Return west, south, east and north of a micro-grid."""
        west = WEST + self.number * 5 * SIDE + (0 if code == self.west else SIDE)
        return (round(west, 6), SOUTH, round(west + SIDE, 6), round(SOUTH + SIDE, 6))

    def areas(self) -> Iterator[Area]:
        """Yield its areas, from the district down."""
        west, south, _, north = self.bounds(self.west)
        whole = (west, south, self.bounds(self.east)[2], north)
        yield Area(self.district, "district", f"District {self.number}", whole)
        yield Area(self.street, "street", "Street", whole)
        yield Area(f"{self.street}001", "community", "Community", whole)
        yield Area(self.grid, "grid", "Grid", whole)
        yield Area(self.east, "micro_grid", "East", self.bounds(self.east))
        yield Area(self.west, "micro_grid", "West", self.bounds(self.west))

    def people(self) -> dict[str, tuple[str, str]]:
        """Return role and area of each account, by short name."""
        return {
            "desk": ("operator", self.district),
            "chief": ("supervisor", self.district),
            "east-1": ("worker", self.east),
            "east-2": ("worker", self.east),
            "west-1": ("worker", self.west),
            "head": ("worker", self.grid),
            "officer": ("worker", self.street),
        }


def quarters() -> list[QuarterPlan]:
    """Return all quarters; nobody is on duty in every fifth of them."""
    return [QuarterPlan(number) for number in range(1, N_QUARTERS + 1)]


def is_staffed(plan: QuarterPlan) -> bool:
    """Return whether the town's roster has shifts for a quarter."""
    return plan.number % 5 != 0


def equipped_quarters() -> dict[str, QuarterPlan]:
    """Return the quarters with a registered camera, by the name of its node.

    The last one has nobody on duty.
    """
    return {
        f"demo/market/box-{number}": QuarterPlan(N_QUARTERS - before_last)
        for number, before_last in ((3, 2), (4, 1), (5, 0))
    }


def free_quarters() -> list[QuarterPlan]:
    """Return the quarters without a registered camera."""
    taken = set(equipped_quarters().values())
    return [plan for plan in quarters() if plan not in taken]


def write_areas(file: Path, plans: list[QuarterPlan], moved: dict[str, str] | None = None) -> Path:
    """Write areas as GeoJSON.

    Args:
        moved: Micro-grids that get the outline of another one.
    """
    whole = (WEST, SOUTH, WEST + 5 * SIDE * N_QUARTERS, SOUTH + SIDE)
    features = [area_feature(Area(CITY, "city", "City", whole))]
    for plan in plans:
        for area in plan.areas():
            code = (moved or {}).get(area.code, area.code)
            bounds = plan.bounds(code) if area.level == "micro_grid" else area.bounds
            features.append(area_feature(Area(area.code, area.level, area.name, bounds)))
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return file


def write_town(folder: Path, *, now: datetime) -> list[Path]:
    """Write the files of the city, in the order in which they must be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    plans = quarters()
    city = [(ADMIN, "admin", CITY), (EMERGENCY_CONTACT, "admin", CITY)]
    people = [
        (plan.account(name), role, area)
        for plan in plans
        for name, (role, area) in plan.people().items()
    ]
    during = [moment.isoformat() for moment in (now - ONE_DAY, now + LONG)]
    shifts: list[list[object]] = [
        [plan.account(name), area, *during]
        for plan in filter(is_staffed, plans)
        for name, (role, area) in plan.people().items()
        if role == "worker"
    ]
    return [
        write_areas(folder / "grids.geojson", plans),
        write_table(
            folder / "accounts.csv",
            ["name", "role", "area", "password", "language"],
            [[name, role, area, PASSWORD, "en"] for name, role, area in (*city, *people)],
        ),
        write_table(folder / "roster.csv", ["account", "area", "during_from", "during_to"], shifts),
        write_table(
            folder / "cameras.csv",
            ["node", "camera", "lon", "lat"],
            [
                [node, "gate", plan.location(plan.east).lon, plan.location(plan.east).lat]
                for node, plan in equipped_quarters().items()
            ],
        ),
    ]
