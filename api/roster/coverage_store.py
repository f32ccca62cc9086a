"""Read where somebody must be on duty, and the hours in which somebody is."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.hierarchy import codes_above, grid_of
from api.roster.coverage import DutyHours, Period

# Incidents about equipment do not count: one about a gap would keep the gap, and so itself, open.
_WATCHED_AREAS = text("""
    SELECT area_code FROM camera WHERE area_code >= :area AND area_code < :area || ':'
    UNION
    SELECT area_code FROM incident
    WHERE is_open AND class = 'safety' AND area_code >= :area AND area_code < :area || ':'
""")
_KNOWN_AREAS = text("SELECT code FROM area WHERE code = ANY (CAST(:codes AS text[]))")
# Equal hours are one row, unless one of them is replaced: a city has 300,000 shifts a day. Those
# of a micro-grid are hours of its grid, as they are at the escalation level of the grid.
_DUTY_HOURS = text("""
    WITH wanted AS (
        SELECT id, code FROM area WHERE code = ANY (CAST(:others AS text[]))
        UNION ALL
        SELECT id, left(code, 15) FROM area
        WHERE left(code, 15) = ANY (CAST(:grids AS text[])) AND length(code) = 18
    ), hours AS (
        SELECT h.id, w.code, h.during, h.replaces,
            EXISTS (SELECT FROM shift r WHERE r.replaces = h.id) AS is_replaced
        FROM wanted w JOIN shift h ON h.area = w.id JOIN account c ON c.id = h.account AND c.active
        WHERE upper(h.during) > :start AND lower(h.during) < :end
    )
    SELECT (array_agg(id))[1] AS id, code AS area_code, lower(during) AS starts_at,
        upper(during) AS ends_at, replaces
    FROM hours GROUP BY code, during, replaces, CASE WHEN is_replaced THEN id END
""")


async def list_watched_areas(connection: AsyncConnection, *, within: str) -> list[str]:
    """List the codes of the areas with cameras or open incidents inside an area; ``""`` is all."""
    return list((await connection.execute(_WATCHED_AREAS, {"area": within})).scalars())


async def list_areas_above(connection: AsyncConnection, codes: Sequence[str]) -> frozenset[str]:
    """Return the codes of those areas and of the areas above them that are stored."""
    params = {"codes": _all_above(codes)}
    return frozenset((await connection.execute(_KNOWN_AREAS, params)).scalars())


async def find_duty_hours(
    connection: AsyncConnection, known_areas: frozenset[str], window: Period
) -> list[DutyHours]:
    """Return the hours of the shifts in areas and in the micro-grids of their grids.

    Shifts of accounts that are not active are left out, so that they replace nobody.
    """
    grids = {code for code in known_areas if code == grid_of(code)}
    others = {code for code in known_areas if code in grids or grid_of(code) not in grids}
    params = {"start": window.start, "end": window.end}
    codes = {"grids": sorted(grids), "others": sorted(others)}
    rows = await connection.execute(_DUTY_HOURS, params | codes)
    return [DutyHours(**row) for row in rows.mappings()]


def _all_above(codes: Sequence[str]) -> list[str]:
    return sorted({above for code in codes for above in codes_above(code)})
