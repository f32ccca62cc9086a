"""Grids from GeoJSON (RFC 7946): a FeatureCollection of areas with their outlines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from api.imports.csv_table import FileProblems

LENGTHS = {"city": 4, "district": 6, "street": 9, "community": 12, "grid": 15, "micro_grid": 18}
LEVELS = {length: level for level, length in LENGTHS.items()}
ROOT_LEVELS = frozenset({"city", "district"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One area, and its outlines as PostgreSQL polygons."""

    where: str
    code: str
    level: str
    name: str
    outlines: tuple[str, ...]

    def ancestor_codes(self) -> list[str]:
        """Codes of all areas that could hold it, the nearest first."""
        return [self.code[:n] for n in sorted(LEVELS, reverse=True) if n < len(self.code)]


def parse_areas(content: bytes, mistakes: FileProblems) -> list[AreaRow]:
    """Read all areas of a file.

    Raises:
        ImportRefusedError: Names every feature that cannot be taken.
    """
    features = _features(content)
    if features is None:
        mistakes.add("the file", "is no GeoJSON FeatureCollection")
        raise mistakes.to_error()
    rows = [row for n, one in enumerate(features, 1) if (row := _area(one, n, mistakes))]
    seen: set[str] = set()
    for row in rows:
        if row.code in seen:
            mistakes.add(row.where, f"code {row.code} stands in the file twice")
        seen.add(row.code)
    mistakes.raise_if_any()
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


def _area(feature: object, number: int, mistakes: FileProblems) -> AreaRow | None:
    where = f"feature {number}"
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        mistakes.add(where, "has no properties")
        return None
    known = feature["properties"]
    code, name = str(known.get("code", "")), str(known.get("name", "")).strip()
    level = LEVELS.get(len(code))
    if not (code.isascii() and code.isdigit()) or level is None:
        lengths = ", ".join(map(str, LEVELS))
        mistakes.add(where, f"code {code!r}: use {lengths} digits for city … micro-grid")
        return None
    where = f"{where} ({code})"
    if known.get("level", level) != level:
        mistakes.add(where, f"level {known['level']!r}: a code of {len(code)} digits is a {level}")
    if not name or "\0" in name:
        mistakes.add(where, "name is missing")
    outlines = tuple(_outlines(feature.get("geometry"), where, mistakes))
    return AreaRow(where=where, code=code, level=level, name=name, outlines=outlines)


def _outlines(geometry: object, where: str, mistakes: FileProblems) -> Iterator[str]:
    """Write each part's outer ring; an area without geometry has none."""
    if geometry is None:
        return
    try:
        area = shape(geometry)  # type: ignore[arg-type]  # anything else raises, below
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        mistakes.add(where, "its geometry cannot be read")
        return
    if not isinstance(area, shapely.Polygon | shapely.MultiPolygon) or area.is_empty:
        mistakes.add(where, "its geometry is no Polygon or MultiPolygon")
        return
    if not area.is_valid:
        mistakes.add(where, f"its outline is broken: {shapely.is_valid_reason(area)}")
        return
    yield from _rings(area, where, mistakes)


def _rings(
    area: shapely.Polygon | shapely.MultiPolygon, where: str, mistakes: FileProblems
) -> Iterator[str]:
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        mistakes.add(where, "its outline leaves the globe: write lon, lat in WGS-84 degrees")
        return
    for part in shapely.get_parts(area):
        if len(part.interiors):
            mistakes.add(where, "has a hole: cut it into parts without holes")
            return
        corners = ",".join(f"({x!r},{y!r})" for x, y, *_ in part.exterior.coords[:-1])
        yield f"({corners})"
