"""Statements on views of evidence, and on what was unusual about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.unusual_access import HISTORY, AccessHour, AccessKind, Unusual

# Communities are the first 12 digits of an area code.
_HOURS = text("""
    WITH current AS (
        SELECT a.actor, left(i.area_code, 12) AS community, count(*) AS n
        FROM audit_log a LEFT JOIN incident i ON i.id = a.incident
        WHERE a.action = 'look' AND a.at >= :hour AND a.at < :hour + interval '1 hour'
        GROUP BY 1, 2
    ), history AS (
        SELECT a.actor, a.at, left(i.area_code, 12) AS community
        FROM audit_log a LEFT JOIN incident i ON i.id = a.incident
        WHERE a.action = 'look' AND a.actor IN (SELECT actor FROM current)
          AND a.at >= CAST(:hour AS timestamptz) - CAST(:history AS interval) AND a.at < :hour
    ), busiest AS (
        SELECT actor, max(n) AS n FROM (
            SELECT actor, date_bin('1 hour', at, :hour) AS hour, count(*) AS n
            FROM history GROUP BY 1, 2) AS hours
        GROUP BY actor
    ), days AS (
        SELECT actor, count(DISTINCT date_bin('1 day', at, :hour)) AS n,
            count(DISTINCT date_bin('1 day', at, :hour)) FILTER (
                WHERE at - date_bin('1 day', at, :hour) < interval '1 hour') AS same_hour
        FROM history GROUP BY actor
    )
    SELECT c.actor, sum(c.n) AS n_views, coalesce(max(b.n), 0) AS busiest,
        coalesce(max(d.n), 0) AS days, coalesce(max(d.same_hour), 0) AS same_hour,
        coalesce(sum(c.n) FILTER (WHERE c.community IS NOT NULL AND NOT EXISTS (
            SELECT FROM history h WHERE (h.actor, h.community) = (c.actor, c.community))), 0)
            AS n_new_area
    FROM current c LEFT JOIN busiest b USING (actor) LEFT JOIN days d USING (actor)
    GROUP BY c.actor
""")
_INSERT = text("""
    INSERT INTO access_finding (kind, actor, area_code, hour, n_views, usual, found_at)
    VALUES (:kind, :actor, (SELECT area_code FROM account WHERE name = :actor), :hour, :n_views,
        :usual, :now)
    ON CONFLICT (actor, kind, hour) DO UPDATE SET n_views = excluded.n_views
        WHERE access_finding.reviewed_at IS NULL
""")
_COLUMNS = """
    id, kind, actor, area_code, hour, n_views, usual, found_at, reviewed_by, reviewed_at, note
"""
_LIST = text(f"""
    SELECT {_COLUMNS} FROM access_finding
    WHERE (reviewed_at IS NULL OR :with_reviewed)
      AND coalesce(starts_with(area_code, :area), :unplaced)
    ORDER BY reviewed_at IS NOT NULL, found_at DESC, id LIMIT :limit
""")
_REVIEW = text(f"""
    UPDATE access_finding SET reviewed_by = :by, reviewed_at = :now, note = :note
    WHERE id = :id AND reviewed_at IS NULL AND actor <> :by
      AND coalesce(starts_with(area_code, :area), :unplaced)
    RETURNING {_COLUMNS}
""")
_WAITING = text("""
    SELECT count(*) AS n, min(found_at) AS since FROM access_finding WHERE reviewed_at IS NULL
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFinding:
    """Something unusual as it is stored.

    Args:
        hour: The hour in which it happened, from its start.
        usual: Views in the busiest hour before; 0 where none were usual.
    """

    id: UUID
    kind: AccessKind
    actor: str
    area_code: str | None
    hour: datetime
    n_views: int
    usual: int
    found_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    note: str


async def list_access_hours(connection: AsyncConnection, *, hour: datetime) -> list[AccessHour]:
    """Return the accounts that viewed evidence in an hour, each with its history."""
    rows = await connection.execute(_HOURS, {"hour": hour, "history": HISTORY})
    return [AccessHour(**row) for row in rows.mappings()]


async def save_finding(
    connection: AsyncConnection, actor: str, unusual: Unusual, *, hour: datetime, now: datetime
) -> None:
    """Store what is unusual in an hour; until it is reviewed, its number is kept up to date."""
    params = {
        "kind": unusual.kind,
        "actor": actor,
        "hour": hour,
        "n_views": unusual.n_views,
        "usual": unusual.usual,
        "now": now,
    }
    await connection.execute(_INSERT, params)


async def list_findings(
    connection: AsyncConnection, *, scope: Mapping[str, str | bool], with_reviewed: bool, limit: int
) -> list[AccessFinding]:
    """List findings about accounts of an area, those to review first."""
    params = {**scope, "with_reviewed": with_reviewed, "limit": limit}
    rows = await connection.execute(_LIST, params)
    return [AccessFinding(**row) for row in rows.mappings()]


async def review_finding(
    connection: AsyncConnection,
    finding: UUID,
    *,
    scope: Mapping[str, str | bool],
    by: str,
    note: str,
    now: datetime,
) -> AccessFinding | None:
    """Record that somebody else has looked into a finding; ``None`` if there is none to review."""
    params = {"id": finding, **scope, "by": by, "note": note, "now": now}
    row = (await connection.execute(_REVIEW, params)).mappings().first()
    return AccessFinding(**row) if row else None


async def count_waiting_findings(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """Return how many findings wait for a review, and since when."""
    row = (await connection.execute(_WAITING)).one()
    return row.n, row.since
