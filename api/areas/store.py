"""Look up areas by code and by point."""

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
