"""Parse areas from GeoJSON (RFC 7946): a FeatureCollection of areas with their outlines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from api.areas.hierarchy import LEVEL_OF_LENGTH, AreaLevel, codes_above
from api.imports.csv_table import FileProblems
from pipeline.wire.display_names import MAX_ADDRESS_LENGTH, is_one_line

ROOT_LEVELS = frozenset({AreaLevel.CITY, AreaLevel.DISTRICT})
"""Levels that may be imported without an area above them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One area.

    Args:
        outlines: Its parts as PostgreSQL polygons; may be empty.
        address: Shown for cameras in it that have no address of their own; ``None`` leaves what
            is stored.
    """

    where: str
    code: str
    level: AreaLevel
    name: str
    outlines: tuple[str, ...]
    address: str | None = None

    def ancestor_codes(self) -> list[str]:
        """Return the codes of all areas that may contain this one, nearest first."""
        return codes_above(self.code)[1:]


def parse_areas(content: bytes, problems: FileProblems) -> list[AreaRow]:
    """Parse every area of a file.

    Raises:
        InvalidImportFileError: Lists every invalid feature.
    """
    features = _features(content)
    if features is None:
        problems.add("the file", "is not a GeoJSON FeatureCollection")
        raise problems.to_error()
    parsed = [_parse_area(feature, n, problems) for n, feature in enumerate(features, 1)]
    rows = [row for row in parsed if row is not None]
    seen: set[str] = set()
    for row in rows:
        if row.code in seen:
            problems.add(row.where, f"code {row.code} occurs twice in the file")
        seen.add(row.code)
    problems.raise_if_any()
    return rows


def _features(content: bytes) -> list[object] | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        return None
    features = document.get("features")
    return features if isinstance(features, list) else None


def _parse_area(feature: object, number: int, problems: FileProblems) -> AreaRow | None:
    where = f"feature {number}"
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        problems.add(where, "has no properties")
        return None
    properties = feature["properties"]
    code, name = str(properties.get("code", "")), str(properties.get("name", "")).strip()
    level = LEVEL_OF_LENGTH.get(len(code))
    if not (code.isascii() and code.isdigit()) or level is None:
        lengths = ", ".join(map(str, LEVEL_OF_LENGTH))
        problems.add(where, f"code {code!r}: use {lengths} digits for city … micro-grid")
        return None
    where = f"{where} ({code})"
    stated = properties.get("level", level)
    if stated != level:
        problems.add(where, f"level {stated!r}: a code of {len(code)} digits is a {level}")
    if not name or "\0" in name:
        problems.add(where, "name is missing")
    outlines = tuple(_outlines(feature.get("geometry"), where, problems))
    address = _parse_address(properties, where, problems)
    return AreaRow(
        where=where, code=code, level=level, name=name, outlines=outlines, address=address
    )


def _parse_address(properties: dict[str, object], where: str, problems: FileProblems) -> str | None:
    if "address" not in properties:
        return None
    address = str(properties["address"] or "").strip()
    if len(address) > MAX_ADDRESS_LENGTH or not is_one_line(address):
        limit = f"at most {MAX_ADDRESS_LENGTH} characters"
        problems.add(where, f"its address is not one line of {limit}")
    return address


def _outlines(geometry: object, where: str, problems: FileProblems) -> Iterator[str]:
    """Yield the outer ring of each part; an area without geometry has none."""
    if geometry is None:
        return
    try:
        area = shape(geometry)  # type: ignore[arg-type]  # anything else raises, see below
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        problems.add(where, "its geometry cannot be read")
        return
    if not isinstance(area, shapely.Polygon | shapely.MultiPolygon) or area.is_empty:
        problems.add(where, "its geometry is not a Polygon or MultiPolygon")
        return
    if not area.is_valid:
        problems.add(where, f"its outline is invalid: {shapely.is_valid_reason(area)}")
        return
    yield from _rings(area, where, problems)


def _rings(
    area: shapely.Polygon | shapely.MultiPolygon, where: str, problems: FileProblems
) -> Iterator[str]:
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        problems.add(where, "its coordinates are out of range: write lon, lat in WGS-84 degrees")
        return
    for part in shapely.get_parts(area):
        if len(part.interiors):
            problems.add(where, "has a hole: split it into parts without holes")
            return
        corners = ",".join(f"({x!r},{y!r})" for x, y, *_ in part.exterior.coords[:-1])
        yield f"({corners})"
