"""Read the shifts that run at a place and time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.hierarchy import AreaLevel, AreaSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A worker's duty in one area.

    Args:
        source: ``rule``, ``override``, ``swap`` or ``callup``.
    """

    account: int
    name: str
    area_code: str
    source: str
    starts_at: datetime
    ends_at: datetime


# One round trip: the areas above the code, the micro-grids of its grid, and the shifts of each.
_AREAS_AND_SHIFTS = text("""
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


async def find_shifts(
    connection: AsyncConnection, code: str, *, at: datetime
) -> tuple[list[AreaSummary], list[Shift]]:
    """Return an area with all areas above it, and the shifts that run there at a time.

    Returns:
        The areas, smallest first, and the shifts in them and in the micro-grids of the same
        grid. Both are empty if the code is unknown.
    """
    rows = (await connection.execute(_AREAS_AND_SHIFTS, {"code": code, "at": at})).mappings().all()
    above = {
        row["code"]: AreaSummary(code=row["code"], name=row["name"], level=AreaLevel(row["level"]))
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
