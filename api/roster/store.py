"""Places and shifts: which areas hold a point, and who works there at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.queries import PATH, AreaRecord, area_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSummary:
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
# One way there and back: the areas above, the micro-grids around, and the shifts of each.
_DUTY = text("""
    WITH wanted AS (
        SELECT id, code, name, level, true AS is_above FROM area
        WHERE code = ANY (ARRAY[left(:code, 4), left(:code, 6), left(:code, 9), left(:code, 12),
                                left(:code, 15), left(:code, 18)])
        UNION ALL
        SELECT id, code, name, level, false FROM area
        WHERE code > left(:code, 15) AND code < left(:code, 15) || ':'
          AND length(:code) >= 15 AND code <> :code
    )
    SELECT w.code, w.name, w.level, w.is_above, c.id AS account, c.name AS account_name,
        s.source, lower(s.during) AS starts_at, upper(s.during) AS ends_at
    FROM wanted w
    LEFT JOIN LATERAL (
        SELECT h.account, h.source, h.during FROM shift h
        WHERE int8range(h.area, h.area, '[]') && int8range(w.id, w.id, '[]')
          AND h.during @> CAST(:at AS timestamptz)) s ON true
    LEFT JOIN account c ON c.id = s.account AND c.active
    ORDER BY w.code DESC, c.name
""")
_AREA = text(f"""
    SELECT r.code AS area_code, r.name AS area_name, r.level AS area_level,
        {PATH.format("r.code")} AS area_path
    FROM area r WHERE r.code = :code
""")


async def find_area_at(connection: AsyncConnection, lon: float, lat: float) -> str | None:
    """Find the smallest area with this point; on a border, the first by code."""
    code: str | None = (await connection.execute(_AT, {"lon": lon, "lat": lat})).scalar()
    return code


async def find_shifts(
    connection: AsyncConnection, code: str, *, at: datetime
) -> tuple[list[AreaSummary], list[Shift]]:
    """Look up an area with all above it, the smallest first, and who works there at a time.

    Returns:
        The areas, and the shifts that run in them and in the micro-grids of the same grid.
    """
    rows = (await connection.execute(_DUTY, {"code": code, "at": at})).mappings().all()
    above = {
        row["code"]: AreaSummary(code=row["code"], name=row["name"], level=row["level"])
        for row in rows
        if row["is_above"]
    }
    shifts = [
        Shift(
            account=row["account"],
            name=row["account_name"],
            area_code=row["code"],
            source=row["source"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
        )
        for row in rows
        if row["account"] is not None
    ]
    return list(above.values()), shifts


async def get_area(connection: AsyncConnection, code: str) -> AreaRecord | None:
    """Find an area with the names above it."""
    row = (await connection.execute(_AREA, {"code": code})).mappings().first()
    return area_of(row) if row else None
