"""Read the open fleet alarms with their places."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.equipment.grouping import Fault
from api.fleet.health_rules import AlarmKind

KNOWN_KINDS = frozenset(kind.value for kind in AlarmKind)

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('gridwatch equipment incidents'))")
_FAULTS = text("""
    SELECT a.kind, a.node, a.camera, a.since, p.area_code, p.lon, p.lat
    FROM fleet_alarm a
    CROSS JOIN LATERAL (
        SELECT mode() WITHIN GROUP (ORDER BY c.area_code) AS area_code,
            avg(c.lon) AS lon, avg(c.lat) AS lat
        FROM camera c WHERE c.node = a.node AND (a.camera = '' OR c.name = a.camera)) AS p
    WHERE a.ended_at IS NULL
    ORDER BY a.since, a.node, a.camera, a.kind
""")


async def try_lock(connection: AsyncConnection) -> bool:
    """Lock the comparison for this transaction; return ``False`` if another process has."""
    return bool(await connection.scalar(_TRY_LOCK))


async def list_faults(connection: AsyncConnection) -> list[Fault]:
    """Return the open fleet alarms, oldest first; those of an unknown kind are left out."""
    rows = await connection.execute(_FAULTS)
    return [
        Fault(
            kind=AlarmKind(row.kind),
            node=row.node,
            camera=row.camera,
            since=row.since,
            area_code=row.area_code,
            lon=row.lon,
            lat=row.lat,
        )
        for row in rows
        if row.kind in KNOWN_KINDS
    ]
