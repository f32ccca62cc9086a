"""Read the shifts that run at a place and time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.hierarchy import AreaLevel, AreaSummary, codes_above, grid_of
from api.roster.model import Shift

# One round trip: the areas above the codes, the micro-grids of their grids, and the shifts of each.
_AREAS_AND_SHIFTS = text("""
    WITH wanted AS (
        SELECT id, code, name, level FROM area WHERE code = ANY (CAST(:above AS text[]))
        UNION
        SELECT id, code, name, level FROM area
        WHERE left(code, 15) = ANY (CAST(:grids AS text[])) AND length(code) = 18
    )
    SELECT w.code, w.name, w.level, s.id AS shift, s.account, s.account_name, s.source,
        s.starts_at, s.ends_at, s.replaces
    FROM wanted w
    LEFT JOIN LATERAL (
        SELECT h.id, h.account, c.name AS account_name, h.source, h.replaces,
            lower(h.during) AS starts_at, upper(h.during) AS ends_at
        FROM shift h JOIN account c ON c.id = h.account AND c.active
        WHERE h.area = w.id AND upper(h.during) > :at AND lower(h.during) <= :at) s ON true
""")


async def find_running_shifts(
    connection: AsyncConnection, codes: Sequence[str], *, at: datetime
) -> tuple[dict[str, AreaSummary], list[Shift]]:
    """Return areas with all areas above them, and the shifts that run there at a time.

    Shifts of accounts that are not active are left out, so that they replace nobody.

    Returns:
        The areas by code, with the micro-grids of their grids, and the shifts in all of these.
        Unknown codes are left out.
    """
    params = {
        "above": sorted({above for code in codes for above in codes_above(code)}),
        "grids": sorted({grid for code in codes if (grid := grid_of(code))}),
        "at": at,
    }
    rows = (await connection.execute(_AREAS_AND_SHIFTS, params)).mappings().all()
    areas = {
        row["code"]: AreaSummary(code=row["code"], name=row["name"], level=AreaLevel(row["level"]))
        for row in rows
    }
    return areas, [_shift(row) for row in rows if row["shift"] is not None]


def _shift(row: RowMapping) -> Shift:
    return Shift(
        id=row["shift"],
        account=row["account"],
        name=row["account_name"],
        area_code=row["code"],
        source=row["source"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        replaces=row["replaces"],
    )
