"""Read, fold and check the counters of rows."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json

COUNTER_LOCK = 7_469_722
"""Held by whoever writes ``counter``; any number, the same in every version."""
ALL_AREAS, NO_AREA = "", "?"

_READ = text("""
    SELECT kind, CAST(sum(n) AS bigint) AS n FROM (
        SELECT kind, n FROM counter WHERE area = ANY (CAST(:keys AS text[]))
        UNION ALL
        SELECT kind, n FROM counter_change
        WHERE (:with_unplaced AND area IS NULL) OR starts_with(area, :area)
    ) AS counted GROUP BY kind
""")
_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")
_FOLD = text("""
    WITH taken AS (DELETE FROM counter_change RETURNING kind, area, n),
    summed AS (
        SELECT key, kind, sum(n) AS n FROM taken, counter_areas(area) AS key
        GROUP BY key, kind HAVING sum(n) <> 0)
    INSERT INTO counter (area, kind, n) SELECT key, kind, n FROM summed
    ON CONFLICT (area, kind) DO UPDATE SET n = counter.n + excluded.n
""")
# What each counter would have to be, beside the changes that are not folded yet: one statement
# sees both at the same moment.
_WRONG = text("""
    WITH stored AS (
        SELECT 'incident.' || state AS kind, area_code AS area, count(*) AS n
        FROM incident GROUP BY state, area_code
        UNION ALL SELECT 'alert', NULL, count(*) FROM alert
        UNION ALL SELECT 'message', NULL, count(*) FROM inbox
        UNION ALL SELECT 'work_order', NULL, count(*) FROM work_order
        UNION ALL SELECT 'quarantined', NULL, coalesce(sum(times), 0) FROM quarantine
        UNION ALL SELECT kind, area, -n FROM counter_change
    ), expected AS (
        SELECT key AS area, kind, CAST(sum(n) AS bigint) AS n
        FROM stored, counter_areas(area) AS key GROUP BY key, kind
    )
    SELECT coalesce(e.area, c.area) AS area, coalesce(e.kind, c.kind) AS kind,
        coalesce(e.n, 0) AS n
    FROM expected e FULL JOIN counter c ON c.area = e.area AND c.kind = e.kind
    WHERE coalesce(e.n, 0) <> coalesce(c.n, 0)
""")
_CORRECT = text("""
    INSERT INTO counter (area, kind, n)
    SELECT area, kind, n FROM json_to_recordset(CAST(:rows AS json)) AS t (
        area text, kind text, n bigint)
    ON CONFLICT (area, kind) DO UPDATE SET n = excluded.n
""")
_CHECKED_AT = text("SELECT checked_at FROM counter_check")
_SET_CHECKED = text("""
    INSERT INTO counter_check (checked_at) VALUES (:now)
    ON CONFLICT (is_one) DO UPDATE SET checked_at = excluded.checked_at
""")


async def read_counters(
    connection: AsyncConnection, *, area: str, with_unplaced: bool = True
) -> dict[str, int]:
    """Return the numbers of rows by kind in an area.

    Args:
        area: ``ALL_AREAS`` counts every row.
        with_unplaced: Whether those without an area are counted too.
    """
    keys = [area, NO_AREA] if with_unplaced and area != ALL_AREAS else [area]
    params = {"keys": keys, "area": area, "with_unplaced": with_unplaced}
    rows = await connection.execute(_READ, params)
    return {row.kind: row.n for row in rows}


def incidents_by_state(counters: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers of incidents by state; a state without any is left out."""
    prefix = "incident."
    return {
        kind.removeprefix(prefix): n
        for kind, n in counters.items()
        if kind.startswith(prefix) and n
    }


async def lock_counters(connection: AsyncConnection) -> bool:
    """Lock the counters until the end of the transaction; return whether nobody else has."""
    is_mine: bool = (await connection.execute(_LOCK, {"lock": COUNTER_LOCK})).scalar_one()
    return is_mine


async def fold_changes(connection: AsyncConnection) -> None:
    """Add the changes to the counters; the counters are locked."""
    await connection.execute(_FOLD)


async def correct_counters(connection: AsyncConnection, *, now: datetime) -> int:
    """Count all rows, and correct the counters that are wrong; the counters are locked.

    Returns:
        How many were wrong.
    """
    wrong = [dict(row) for row in (await connection.execute(_WRONG)).mappings()]
    if wrong:
        await connection.execute(_CORRECT, {"rows": as_json(wrong)})
    await connection.execute(_SET_CHECKED, {"now": now})
    return len(wrong)


async def get_last_check(connection: AsyncConnection) -> datetime | None:
    """Return when the counters were last compared with the rows; ``None`` if never."""
    at: datetime | None = (await connection.execute(_CHECKED_AT)).scalar()
    return at
