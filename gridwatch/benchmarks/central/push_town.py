"""A town of two districts for `bench push`: one with a worker on duty everywhere, one with nobody.

It is written as files that a real town provides, and imported the same way. Alerts are numbered;
numbers that follow each other are streets apart, as incidents near each other may be merged.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gridwatch.demo.town import (
    MICRO_GRID_DEG,
    ONE_DAY,
    PASSWORD,
    SOUTH,
    WEST,
    Area,
    area_feature,
    write_table,
)
from pipeline.wire import Location

CITY, STAFFED, UNSTAFFED = "9901", "990101", "990102"
STREETS, MICRO_GRIDS = 128, 8
"""Streets of a district, and micro-grids of a street."""
PLACES = STREETS * MICRO_GRIDS
SCENARIOS = (
    "crowd_gathering",
    "fall",
    "intrusion",
    "illegal_parking",
    "object_left",
    "water_edge",
    "wrong_way",
    "loitering",
    "off_post",
    "dog_unattended",
    "high_toss",
    "road_pedestrian",
)
"""Each of another family, as incidents of one family in one place may be merged."""


def scenario_of(number: int) -> str:
    """Return the scenario of an alert; it is another one whenever the places start again."""
    return SCENARIOS[(number + number // PLACES) % len(SCENARIOS)]


def place_of(number: int, *, is_staffed: bool) -> Location:
    """Return the centre of the micro-grid of an alert."""
    street, micro_grid = number % STREETS, number // STREETS % MICRO_GRIDS
    west, south = _corner(STAFFED if is_staffed else UNSTAFFED, street, micro_grid)
    return Location(lon=west + MICRO_GRID_DEG / 2, lat=south + MICRO_GRID_DEG / 2)


def write_town(folder: Path, *, now: datetime) -> list[Path]:
    """Write the files of the town.

    Args:
        now: Every shift lasts from the day before to the day after.

    Returns:
        The files in the order in which they must be imported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    areas = folder / "grids.geojson"
    features = [area_feature(area) for area in _areas()]
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    during = [(now - ONE_DAY).isoformat(), (now + ONE_DAY).isoformat()]
    return [
        areas,
        write_table(
            folder / "accounts.csv",
            ["name", "role", "area", "password", "language"],
            [["OP-01", "operator", CITY, PASSWORD, "en"]],
        ),
        write_table(
            folder / "roster.csv",
            ["account", "role", "area", "during_from", "during_to"],
            [[f"W-{code}", "worker", code, *during] for code in _staffed_areas()],
        ),
    ]


def _areas() -> Iterator[Area]:
    side = MICRO_GRID_DEG
    yield Area(CITY, "city", "city", (WEST, SOUTH, WEST + STREETS * side, SOUTH + 32 * side))
    for district in (STAFFED, UNSTAFFED):
        west, south = _corner(district, 0, 0)
        outline = (west, south, west + STREETS * side, south + MICRO_GRIDS * side)
        yield Area(district, "district", district, outline)
        for street in range(STREETS):
            west, south = _corner(district, street, 0)
            outline = (west, south, west + side, south + MICRO_GRIDS * side)
            for code, level in zip(_street_codes(district, street), LEVELS, strict=True):
                yield Area(code, level, code, outline)
            for micro_grid in range(MICRO_GRIDS):
                west, south = _corner(district, street, micro_grid)
                code = _micro_grid_code(district, street, micro_grid)
                yield Area(code, "micro_grid", code, (west, south, west + side, south + side))


LEVELS = ("street", "community", "grid")


def _street_codes(district: str, street: int) -> list[str]:
    """Return the codes of a street, of its one community, and of the one grid in it."""
    code = f"{district}{street + 1:03}"
    return [code, f"{code}001", f"{code}001001"]


def _micro_grid_code(district: str, street: int, micro_grid: int) -> str:
    return f"{_street_codes(district, street)[-1]}{micro_grid + 1:03}"


def _staffed_areas() -> Iterator[str]:
    """Yield the micro-grids and the grids of the staffed district."""
    for street in range(STREETS):
        yield _street_codes(STAFFED, street)[-1]
        for micro_grid in range(MICRO_GRIDS):
            yield _micro_grid_code(STAFFED, street, micro_grid)


def _corner(district: str, street: int, micro_grid: int) -> tuple[float, float]:
    """Return the south-west corner of a micro-grid; streets run north, 400 m apart."""
    row = micro_grid + (0 if district == STAFFED else MICRO_GRIDS)
    return round(WEST + street * MICRO_GRID_DEG, 6), round(SOUTH + row * MICRO_GRID_DEG, 6)
