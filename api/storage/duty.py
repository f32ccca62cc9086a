"""Places and shifts: which areas hold a point, and who works there at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.incidents import PATH, AreaRecord, area_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLine:
    """One area of the chain from the micro-grid to the city."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody's duty in one area."""

    account: int
    name: str
    area_code: str
    source: str
    starts_at: datetime
    ends_at: datetime


# `boundary @> point` alone uses no index; a border point lies in both neighbours, hence ORDER BY.
_AT = text("""
    SELECT code FROM area_part
    WHERE box(boundary) @> box(point(:lon, :lat), point(:lon, :lat))
      AND boundary @> point(:lon, :lat)
    ORDER BY length(code) DESC, code LIMIT 1
""")
_CHAIN = text("""
    SELECT code, name, level FROM area
    WHERE code = ANY (ARRAY[left(:code, 4), left(:code, 6), left(:code, 9), left(:code, 12),
                            left(:code, 15), left(:code, 18)])
    ORDER BY code DESC
""")
_RUNNING = text("""
    SELECT s.account, c.name, r.code AS area_code, s.source,
        lower(s.during) AS starts_at, upper(s.during) AS ends_at
    FROM area r
    CROSS JOIN LATERAL (
        SELECT * FROM shift h
        WHERE int8range(h.area, h.area, '[]') && int8range(r.id, r.id, '[]')
          AND h.during @> CAST(:at AS timestamptz)) s
    JOIN account c ON c.id = s.account AND c.active
    WHERE r.code = ANY (:codes)
       OR (r.code > CAST(:grid AS text) AND r.code < CAST(:grid AS text) || ':')
    ORDER BY r.code, c.name
""")
_AREA = text(f"""
    SELECT r.code AS area_code, r.name AS area_name, r.level AS area_level,
        {PATH.format("r.code")} AS area_path
    FROM area r WHERE r.code = :code
""")


async def area_at(connection: AsyncConnection, lon: float, lat: float) -> str | None:
    """Find the smallest area with this point; on a border, the first by code."""
    code: str | None = (await connection.execute(_AT, {"lon": lon, "lat": lat})).scalar()
    return code


async def chain(connection: AsyncConnection, code: str) -> list[AreaLine]:
    """List an area and all above it, the smallest first."""
    rows = (await connection.execute(_CHAIN, {"code": code})).mappings()
    return [AreaLine(**row) for row in rows]


async def running(
    connection: AsyncConnection, codes: list[str], *, grid: str | None, at: datetime
) -> list[Shift]:
    """List the shifts that run at a time, in these areas and everywhere below ``grid``."""
    asked = {"codes": codes, "grid": grid, "at": at}
    rows = (await connection.execute(_RUNNING, asked)).mappings()
    return [Shift(**row) for row in rows]


async def area(connection: AsyncConnection, code: str) -> AreaRecord | None:
    """Find an area with the names above it."""
    row = (await connection.execute(_AREA, {"code": code})).mappings().first()
    return area_of(row) if row else None
