"""The demonstration town: six levels of areas, accounts by role code, a roster, two cameras.

It is written as the files that a real town provides, and imported the same way.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

WEST, SOUTH = 104.040, 30.640
MICRO_GRID_DEG = 0.004
"""Side of a micro-grid in degrees, about 400 m."""

NODE = "demo/market/box-1"
PASSWORD = "gridwatch"  # noqa: S105 - the demo listens on this machine only
CITY, DISTRICT, STREET = "9901", "990101", "990101001"
COLUMNS, ROWS = 4, 4
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Area:
    """One area; ``bounds`` is west, south, east, north in degrees."""

    code: str
    level: str
    name: str
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """A camera of the town, what people call it, and its position."""

    name: str
    title: str
    lon: float
    lat: float


CAMERAS = (
    DemoCamera("north-gate", "集市北门", WEST + 1.5 * MICRO_GRID_DEG, SOUTH + 3.5 * MICRO_GRID_DEG),
    DemoCamera(
        "south-drive", "南侧车道", WEST + 2.5 * MICRO_GRID_DEG, SOUTH + 0.5 * MICRO_GRID_DEG
    ),
)
EAST_LANE = DemoCamera(
    "east-lane", "东侧小路", WEST + 3.5 * MICRO_GRID_DEG, SOUTH + 2.5 * MICRO_GRID_DEG
)
"""Only in the live demo, which shows more than two cameras do."""

VISITOR, OPERATOR, WORKER, SILENT_WORKER = "W-08", "SV-01", "W-09", "W-14"
"""The worker at the north gate, whose phone the visitor opens; who acts at the desk and at the
south drive by itself; and the worker at the east lane, who does not answer."""


def rectangle(left: int, bottom: int, across: int, up: int) -> tuple[float, float, float, float]:
    """Return the bounds of a block of micro-grids, in degrees."""
    west, south = WEST + left * MICRO_GRID_DEG, SOUTH + bottom * MICRO_GRID_DEG
    return (
        west,
        south,
        round(west + across * MICRO_GRID_DEG, 6),
        round(south + up * MICRO_GRID_DEG, 6),
    )


def areas() -> Iterator[Area]:
    """Yield all areas, from the city down: 2 communities of 2 grids of 4 micro-grids."""
    whole = rectangle(0, 0, COLUMNS, ROWS)
    yield Area(CITY, "city", "示范市", whole)
    yield Area(DISTRICT, "district", "河东区", whole)
    yield Area(STREET, "street", "集市街道", whole)
    for c, side in enumerate(("西苑", "东苑")):
        community = f"{STREET}{c + 1:03}"
        yield Area(community, "community", f"{side}社区", rectangle(2 * c, 0, 2, ROWS))
        for g in range(2):
            grid = f"{community}{g + 1:03}"
            yield Area(grid, "grid", f"{side}第{g + 1}网格", rectangle(2 * c, 2 * g, 2, 2))
            for m in range(4):
                block = rectangle(2 * c + m % 2, 2 * g + m // 2, 1, 1)
                name = f"{side}第{g + 1}网格第{m + 1}微网格"
                yield Area(f"{grid}{m + 1:03}", "micro_grid", name, block)


def area_feature(area: Area) -> dict[str, object]:
    """Return an area as a GeoJSON feature (RFC 7946)."""
    west, south, east, north = area.bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": area.code, "level": area.level, "name": area.name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def accounts() -> Iterator[tuple[str, str, str]]:
    """Yield account name, role and area; accounts are named by their post, not by a person."""
    yield "AD-01", "admin", CITY
    yield "AU-01", "auditor", CITY
    yield "SV-01", "supervisor", DISTRICT
    yield "OP-01", "operator", DISTRICT
    grids = [area.code for area in areas() if area.level == "grid"]
    micro = [area.code for area in areas() if area.level == "micro_grid"]
    yield from ((f"GH-{n:02}", "worker", code) for n, code in enumerate(grids, 1))
    yield from ((f"W-{n:02}", "worker", code) for n, code in enumerate(micro, 1))


def write_town(
    folder: Path, *, now: datetime, cameras: Sequence[DemoCamera] = CAMERAS
) -> list[Path]:
    """Write the town's files.

    Args:
        now: All shifts last from the day before for a month.

    Returns:
        The files in the order in which they must be imported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grids = folder / "grids.geojson"
    collection = {"type": "FeatureCollection", "features": [area_feature(area) for area in areas()]}
    grids.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    during = [moment.isoformat() for moment in (today - ONE_DAY, today + 30 * ONE_DAY)]
    people = list(accounts())
    workers = [(name, area) for name, role, area in people if role == "worker"]
    return [
        grids,
        write_table(
            folder / "accounts.csv",
            ["name", "role", "area", "password", "language"],
            [[name, role, area, PASSWORD, "zh-CN"] for name, role, area in people],
        ),
        write_table(
            folder / "roster.csv",
            ["account", "area", "during_from", "during_to"],
            [[name, area, *during] for name, area in workers],
        ),
        write_table(
            folder / "cameras.csv",
            ["node", "camera", "lon", "lat", "site_group"],
            [[NODE, camera.name, camera.lon, camera.lat, ""] for camera in cameras],
        ),
    ]


def write_table(file: Path, columns: list[str], rows: Iterable[list[object]]) -> Path:
    """Write a CSV file with a header line."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(columns)
        table.writerows(rows)
    return file
