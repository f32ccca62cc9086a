"""Read who is on duty or at the desk, and whether they can be reached."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.notify.model import MAX_TEST_AGE
from api.roster.reachability.model import REACHABLE, AreaReach, ReachablePerson, ReachReason

# Shifts that run now, without those that are replaced now.
_ON_DUTY = """
    on_duty AS (
        SELECT DISTINCT h.account, a.code
        FROM area a
        JOIN shift h ON h.area = a.id
            AND upper(h.during) > :now AND lower(h.during) <= :now
        JOIN account c ON c.id = h.account AND c.active
        WHERE a.code >= :area AND a.code < :area || ':' AND NOT EXISTS (
            SELECT FROM shift r JOIN account s ON s.id = r.account AND s.active
            WHERE r.replaces = h.id AND upper(r.during) > :now AND lower(r.during) <= :now)
    )
"""
# What `ReachReason` says, in that order. A webhook of the settings has an empty address.
_REASONS = """
    channel_state AS (
        SELECT c.account, c.failed_at IS NOT NULL AS is_failing,
            CASE c.kind WHEN 'push' THEN s.tested_at ELSE c.tested_at END AS tested_at
        FROM channel c
        LEFT JOIN (
            SELECT account, max(tested_at) AS tested_at FROM push_subscription GROUP BY account
        ) AS s ON s.account = c.account
        WHERE c.is_enabled AND c.kind <> 'app' AND (c.kind <> 'push' OR s.account IS NOT NULL)
    ), reach AS (
        SELECT account, CASE
            WHEN bool_or(tested_at > :tested_after AND NOT is_failing) THEN 'tested'
            WHEN bool_or(tested_at > :tested_after) THEN 'failing'
            WHEN bool_or(tested_at IS NOT NULL) THEN 'outdated'
            ELSE 'not_tested' END AS reason
        FROM channel_state GROUP BY account
    )
"""
_REASON = """
    CASE WHEN p.online_until > :now THEN 'online' ELSE coalesce(h.reason, 'no_channel') END
"""
_PEOPLE = text(f"""
    WITH {_ON_DUTY}, {_REASONS}, person AS (
        SELECT c.id, c.name, c.role, c.area_code, d.duty, {_REASON} AS reason,
            p.online_since, p.online_until
        FROM account c
        LEFT JOIN (
            SELECT account, array_agg(code ORDER BY code) AS duty FROM on_duty GROUP BY account
        ) AS d ON d.account = c.id
        LEFT JOIN presence p ON p.account = c.id
        LEFT JOIN reach h ON h.account = c.id
        WHERE c.active AND (d.account IS NOT NULL OR (
            c.role IN ('operator', 'supervisor', 'admin')
            AND c.area_code >= :area AND c.area_code < :area || ':'))
    )
    SELECT n.*, q.account IS NOT NULL AND CASE WHEN q.starts_at < q.ends_at
            THEN CAST(here.at AS time) >= q.starts_at AND CAST(here.at AS time) < q.ends_at
            ELSE CAST(here.at AS time) >= q.starts_at OR CAST(here.at AS time) < q.ends_at
            END AS is_quiet,
        count(*) OVER () AS total,
        count(*) FILTER (WHERE reason = ANY (CAST(:reachable AS text[]))) OVER () AS n_reachable
    FROM person n
    LEFT JOIN quiet_hours q ON q.account = n.id
    CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) AT TIME ZONE q.time_zone AS at) AS here
    ORDER BY reason = ANY (CAST(:reachable AS text[])), n.duty IS NULL, n.duty, n.name
    LIMIT :limit
""")
_AREAS = text(f"""
    WITH {_ON_DUTY}, {_REASONS}
    SELECT d.code AS area_code, count(*) AS on_duty,
        count(*) FILTER (WHERE {_REASON} = ANY (CAST(:reachable AS text[]))) AS reachable
    FROM on_duty d
    LEFT JOIN presence p ON p.account = d.account
    LEFT JOIN reach h ON h.account = d.account
    GROUP BY d.code ORDER BY d.code
""")


async def list_people(
    connection: AsyncConnection, area: str, *, now: datetime, limit: int
) -> tuple[list[ReachablePerson], int, int]:
    """List who is on duty in an area or works at a desk in it; who cannot be reached comes first.

    Returns:
        The first people, the number of all, and the number of those who can be reached.
    """
    rows = (await connection.execute(_PEOPLE, _params(area, now) | {"limit": limit})).mappings()
    found = rows.all()
    people = [
        ReachablePerson(
            id=row["id"],
            name=row["name"],
            role=row["role"],
            area_code=row["area_code"],
            duty=tuple(row["duty"] or ()),
            reason=ReachReason(row["reason"]),
            online_since=row["online_since"] if row["reason"] == ReachReason.ONLINE else None,
            last_online_at=None if row["reason"] == ReachReason.ONLINE else row["online_until"],
            is_quiet=bool(row["is_quiet"]),
        )
        for row in found
    ]
    total, n_reachable = (found[0]["total"], found[0]["n_reachable"]) if found else (0, 0)
    return people, total, n_reachable


async def list_areas(connection: AsyncConnection, area: str, *, now: datetime) -> list[AreaReach]:
    """List the areas inside an area in which somebody is on duty now; ``""`` is the whole city."""
    rows = (await connection.execute(_AREAS, _params(area, now))).mappings()
    return [AreaReach(**row) for row in rows]


def _params(area: str, now: datetime) -> dict[str, object]:
    return {
        "area": area,
        "now": now,
        "tested_after": now - MAX_TEST_AGE,
        "reachable": sorted(REACHABLE),
    }
