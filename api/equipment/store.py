"""Read the open fleet alarms with their places, and the cameras that were often wrong."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.equipment.grouping import Fault
from api.fleet.health_rules import AlarmKind
from api.incidents.correlation.sick_cameras import CAMERA_SICK

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

_SICK_CAMERAS = text("""
    SELECT i.key, i.node, i.camera, split_part(i.key, '|', 6) AS family, EXISTS (
        SELECT FROM incident AS o JOIN verdict AS v ON v.incident = o.id
        WHERE (o.node, o.camera, o.family) = (i.node, i.camera, split_part(i.key, '|', 6))
          AND v.value = 'false' AND v.at > :since) AS was_false
    FROM incident AS i
    WHERE i.class = 'equipment' AND i.scenario = :code AND i.is_open AND NOT i.is_over
    ORDER BY i.id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SickCameraRecord:
    """A camera with an open incident about its false alarms.

    Args:
        key: Of the incident.
        was_false: One of its alarms was judged false lately.
    """

    key: str
    node: str
    camera: str
    family: str
    was_false: bool


async def list_sick_cameras(
    connection: AsyncConnection, *, since: datetime
) -> list[SickCameraRecord]:
    """List the cameras that somebody was called for, as their alarms were nearly always false.

    Args:
        since: An earlier verdict is no recent one.
    """
    params = {"since": since, "code": CAMERA_SICK}
    rows = await connection.execute(_SICK_CAMERAS, params)
    return [SickCameraRecord(**row) for row in rows.mappings()]


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
