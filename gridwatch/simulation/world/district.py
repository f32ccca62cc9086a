"""Build the district: streets down to micro-grids, places with cameras, people and their shifts."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from gridwatch.simulation.world.model import Area, Camera, District, Person, Place, Shift
from gridwatch.simulation.world.profile import LOCAL_OFFSET, Profile
from pipeline.wire import Location, Node

CITY, DISTRICT = "9901", "990101"
WEST, SOUTH = 104.040, 30.640
MICRO_GRID_DEG = 0.004
"""Side of a micro-grid in degrees, about 400 m."""
COLUMNS = 16
COMMUNITIES, GRIDS, MICRO_GRIDS = 2, 2, 4
"""Communities of a street, grids of a community, micro-grids of a grid."""
PLACES = 3
"""Places of a micro-grid, about 150 m apart."""
NEAR_DEG = 0.0002
"""Distance between cameras of one place, about 20 m."""
Shifts = tuple[tuple[int, int], ...]
"""First and last local hour of each shift of a day."""

DAY_SHIFTS: Shifts = ((7, 15), (15, 23))
"""Those of a micro-grid; at night its grid has one worker."""
ALL_SHIFTS: Shifts = (*DAY_SHIFTS, (23, 31))


def build_district(profile: Profile, rng: Random) -> District:
    """Build a district of ``profile.streets`` streets."""
    areas = [Area(code=CITY, name="示范市"), Area(code=DISTRICT, name="河东区")]
    streets = [f"{DISTRICT}{n:03}" for n in range(1, profile.streets + 1)]
    for street in streets:
        areas += [Area(code=street, name=f"第{int(street[-3:])}街道"), *_areas_below(street)]
    micro_grids = [area.code for area in areas if area.bounds]
    places = [place for code in micro_grids for place in _places(code, rng)]
    nodes = sorted({camera.node for place in places for camera in place.cameras}, key=str)
    return District(
        areas=tuple(areas),
        places=tuple(places),
        people=tuple(_people(areas, profile)),
        nodes=tuple(nodes),
    )


def write_import_files(district: District, folder: Path) -> list[Path]:
    """Write the district as the files that ``gridwatch central import`` reads, in their order."""
    grids = folder / "grids.geojson"
    features = [_feature(area) for area in district.areas]
    grids.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    people = district.people
    shifts = [shift for person in people for shift in person.shifts if person.role == "worker"]
    cameras = [camera for place in district.places for camera in place.cameras]
    return [
        grids,
        _write_table(
            folder / "accounts.csv",
            ["name", "role", "area", "password"],
            [[person.name, person.role, person.area, ""] for person in people],
        ),
        _write_table(
            folder / "roster.csv",
            ["account", "area", "during_from", "during_to"],
            [[s.account, s.area, s.starts_at.isoformat(), s.ends_at.isoformat()] for s in shifts],
        ),
        _write_table(
            folder / "cameras.csv",
            ["node", "camera", "lon", "lat", "site_group"],
            [[c.node, c.name, c.location.lon, c.location.lat, c.site_group] for c in cameras],
        ),
    ]


def _areas_below(street: str) -> Iterator[Area]:
    """Yield the areas of a street; its micro-grids lie in two rows of eight."""
    number = int(street[-3:]) - 1
    index = number * COMMUNITIES * GRIDS * MICRO_GRIDS
    for community in _children(street, COMMUNITIES):
        yield Area(code=community, name=f"社区{community[6:]}")
        for grid in _children(community, GRIDS):
            yield Area(code=grid, name=f"网格{grid[6:]}")
            for micro_grid in _children(grid, MICRO_GRIDS):
                yield Area(code=micro_grid, name=f"微网格{micro_grid[6:]}", bounds=_bounds(index))
                index += 1


def _children(code: str, count: int) -> list[str]:
    return [f"{code}{n:03}" for n in range(1, count + 1)]


def _bounds(index: int) -> tuple[float, float, float, float]:
    west = WEST + (index % COLUMNS) * MICRO_GRID_DEG
    south = SOUTH + (index // COLUMNS) * MICRO_GRID_DEG
    return west, south, west + MICRO_GRID_DEG, south + MICRO_GRID_DEG


def _places(micro_grid: str, rng: Random) -> Iterator[Place]:
    """Yield the places of a micro-grid.

    Cameras of one place form a site group, or have a declared overlap, or are just near.
    """
    west, south, *_ = _bounds(_index_of(micro_grid))
    for n in range(PLACES):
        name = f"{micro_grid[6:]}-{n + 1}"
        relation = rng.choice(("alone", "alone", "site_group", "overlap", "near"))
        lon = west + MICRO_GRID_DEG * (0.2 + 0.3 * n)
        lat = south + MICRO_GRID_DEG * rng.uniform(0.3, 0.7)
        count = {"alone": 1, "near": 2}.get(relation) or rng.choice((2, 3))
        yield Place(
            name=name,
            micro_grid=micro_grid,
            cameras=tuple(
                Camera(
                    node=_node_of(micro_grid),
                    name=f"cam-{name}-{c + 1}",
                    location=Location(lon=round(lon + c * NEAR_DEG, 6), lat=round(lat, 6)),
                    site_group=f"site-{name}" if relation == "site_group" else "",
                )
                for c in range(count)
            ),
            overlap_is_declared=relation == "overlap",
        )


def _node_of(micro_grid: str) -> Node:
    """Return the node of the cameras of a micro-grid: each community has one."""
    return Node("hedong", f"street-{micro_grid[6:9]}", f"box-{micro_grid[9:12]}")


def _index_of(micro_grid: str) -> int:
    street, community, grid, micro = (int(micro_grid[i : i + 3]) - 1 for i in (6, 9, 12, 15))
    return ((street * COMMUNITIES + community) * GRIDS + grid) * MICRO_GRIDS + micro


def _people(areas: Iterable[Area], profile: Profile) -> Iterator[Person]:
    """Yield desks, heads and workers.

    By day every micro-grid has a worker and every grid a head, by night every grid has one
    worker; communities, streets and the district have an officer on duty at all hours.
    """
    yield Person(name="AD-01", role="admin", area=CITY)
    yield Person(name="SV-01", role="supervisor", area=DISTRICT)
    for area in areas:
        match len(area.code):
            case 18:
                yield from _crew("W", area.code, DAY_SHIFTS, profile)
            case 15:
                yield from _crew("G", area.code, ALL_SHIFTS, profile)
            case 12 | 9 | 6:
                yield from _crew("O", area.code, ALL_SHIFTS, profile)
        if len(area.code) == 9:
            yield from _crew("D", area.code, ALL_SHIFTS, profile, role="operator")


def _crew(
    post: str, area: str, shift_hours: Shifts, profile: Profile, *, role: str = "worker"
) -> Iterator[Person]:
    """Yield one person for each shift of a post."""
    midnight = _first_midnight(profile)
    for n, (first, last) in enumerate(shift_hours, 1):
        name = f"{post}-{area[4:]}-{n}"
        shifts = tuple(
            Shift(
                account=name,
                area=area,
                starts_at=midnight + timedelta(days=day, hours=first),
                ends_at=midnight + timedelta(days=day, hours=last),
            )
            for day in range(-1, 3)
        )
        yield Person(name=name, role=role, area=area, shifts=shifts)


def _first_midnight(profile: Profile) -> datetime:
    local = profile.starts_at + LOCAL_OFFSET
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - LOCAL_OFFSET


def _feature(area: Area) -> dict[str, object]:
    """Return an area as a GeoJSON feature (RFC 7946)."""
    geometry = None
    if area.bounds:
        west, south, east, north = area.bounds
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
    properties = {"code": area.code, "name": area.name}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _write_table(file: Path, columns: list[str], rows: Iterable[list[object]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(columns)
        table.writerows(rows)
    return file
