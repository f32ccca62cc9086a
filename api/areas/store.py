"""Look up areas by code and by point."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.hierarchy import AreaLevel, AreaRecord

# `boundary @> point` alone uses no index. A border point lies in both neighbours: ORDER BY decides.
_AT_POINT = text("""
    SELECT code FROM area_part
    WHERE box(boundary) @> box(point(:lon, :lat), point(:lon, :lat))
      AND boundary @> point(:lon, :lat)
    ORDER BY length(code) DESC, code LIMIT 1
""")
_BY_CODE = text("""
    SELECT code AS area_code, name AS area_name, level AS area_level, area_path(code) AS area_path
    FROM area WHERE code = :code
""")
# Larger areas first, so that a short text finds the district before its micro-grids.
_SEARCH = text("""
    SELECT code AS area_code, name AS area_name, level AS area_level, area_path(code) AS area_path
    FROM (
        SELECT code, name, level FROM area
        WHERE starts_with(code, :within)
          AND (strpos(lower(name), lower(:text)) > 0 OR starts_with(code, :text))
        ORDER BY length(code), code LIMIT :limit
    ) AS found ORDER BY length(code), code
""")

_PATHS = text("""
    SELECT code, area_path(code) AS path FROM unnest(CAST(:codes AS text[])) AS t (code)
""")


async def find_area_at(connection: AsyncConnection, lon: float, lat: float) -> str | None:
    """Return the code of the smallest area that contains a point, or ``None``.

    On a border it is the first by code.
    """
    code: str | None = (await connection.execute(_AT_POINT, {"lon": lon, "lat": lat})).scalar()
    return code


async def get_area(connection: AsyncConnection, code: str) -> AreaRecord | None:
    """Return an area with the names above it, or ``None``."""
    row = (await connection.execute(_BY_CODE, {"code": code})).mappings().first()
    return to_area(row) if row else None


async def search_areas(
    connection: AsyncConnection, search_text: str, *, within: str, limit: int
) -> list[AreaRecord]:
    """List the areas whose name contains a text, or whose code begins with it, largest first.

    Args:
        search_text: Empty for every area.
        within: Code of an area; it and those below it are searched.
    """
    params = {"text": search_text, "within": within, "limit": limit}
    rows = (await connection.execute(_SEARCH, params)).mappings()
    return [area for row in rows if (area := to_area(row)) is not None]


async def get_paths(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, list[str]]:
    """Return the names from the city down to each area, by code; codes without any are left out."""
    rows = await connection.execute(_PATHS, {"codes": sorted(set(codes))})
    return {row.code: row.path for row in rows if row.path}


def to_area(row: RowMapping) -> AreaRecord | None:
    """Build an area from ``area_*`` columns; ``None`` for a code that was never imported."""
    if row["area_name"] is None:
        return None
    return AreaRecord(
        code=row["area_code"],
        name=row["area_name"],
        level=AreaLevel(row["area_level"]),
        path=tuple(row["area_path"] or ()),
    )
