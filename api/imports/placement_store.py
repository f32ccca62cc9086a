"""Statements that place cameras and open incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from api.incidents.store import to_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedIncident:
    """An open incident that lies in another area than before; its row is locked.

    Args:
        old_area: ``None`` if it lay outside all areas.
        order: Its open work order.
    """

    incident: UUID
    state: IncidentState
    clock: Clock
    old_area: str | None
    area: str
    order: UUID | None


_AREA_AT = """(
    SELECT code FROM area_part
    WHERE box(boundary) @> box(point({row}.lon, {row}.lat), point({row}.lon, {row}.lat))
      AND boundary @> point({row}.lon, {row}.lat)
    ORDER BY length(code) DESC, code LIMIT 1)"""
_PLACE_CAMERAS = text(f"""
    UPDATE camera SET area_code = place.area
    FROM (SELECT c.node, c.name, {_AREA_AT.format(row="c")} AS area FROM camera c
          WHERE NOT c.area_is_set AND c.lon IS NOT NULL) AS place
    WHERE camera.node = place.node AND camera.name = place.name
      AND camera.area_code IS DISTINCT FROM place.area
    RETURNING camera.node || '/' || camera.name AS name, camera.area_code AS area
""")
_MOVED = f"""
    FROM incident i LEFT JOIN camera c ON c.node = i.node AND c.name = i.camera,
        LATERAL (SELECT coalesce(c.area_code, {_AREA_AT.format(row="i")}) AS area) AS place
    WHERE i.is_open AND place.area <> coalesce(i.area_code, '')
"""
# In the order of their keys, as the ingest locks them.
_LOCK_MOVED = text(f"SELECT i.id {_MOVED} ORDER BY i.key FOR UPDATE OF i")
# A statement of its own: it also sees the orders of those that were just being dispatched.
_GET_MOVED = text(f"""
    SELECT i.id, i.state, i.area_code, place.area, i.responsible_kind, i.responsible_account,
        i.responsible_area, i.next_step, i.due_at, i.next_action_at, i.clock_step,
        (SELECT w.id FROM work_order w WHERE w.incident = i.id AND w.is_open) AS work_order
    {_MOVED} AND i.id = ANY (CAST(:ids AS uuid[])) ORDER BY i.key
""")
_SET_INCIDENT_AREAS = text("""
    UPDATE incident AS i SET area_code = t.area
    FROM json_to_recordset(CAST(:rows AS json)) AS t (incident uuid, area text)
    WHERE i.id = t.incident
""")
# Level 0: the next one is the first of the new area.
_SET_ORDER_AREAS = text("""
    UPDATE work_order AS w SET area_code = t.area,
        step = CASE WHEN w.state = 'dispatched' THEN 0 ELSE w.step END
    FROM json_to_recordset(CAST(:rows AS json)) AS t ("order" uuid, area text)
    WHERE w.id = t."order"
""")


async def place_cameras(connection: AsyncConnection) -> list[tuple[str, str | None]]:
    """Recompute the areas of all cameras whose area no file stated.

    Returns:
        The cameras that moved, as ``node/camera``, with their new areas.
    """
    return [(row.name, row.area) for row in await connection.execute(_PLACE_CAMERAS)]


async def lock_moved_incidents(connection: AsyncConnection) -> list[MovedIncident]:
    """Lock the open incidents that lie in another area than they have.

    One that lies outside all areas now is not among them: it keeps its area.
    """
    locked = list((await connection.execute(_LOCK_MOVED)).scalars())
    rows = (await connection.execute(_GET_MOVED, {"ids": locked})).mappings()
    return [
        MovedIncident(
            incident=row["id"],
            state=IncidentState(row["state"]),
            clock=to_clock(row),
            old_area=row["area_code"],
            area=row["area"],
            order=row["work_order"],
        )
        for row in rows
    ]


async def set_areas(connection: AsyncConnection, moved: Sequence[MovedIncident]) -> None:
    """Write the new areas of locked incidents and of their open orders."""
    rows = [{"incident": item.incident, "order": item.order, "area": item.area} for item in moved]
    await connection.execute(_SET_INCIDENT_AREAS, {"rows": as_json(rows)})
    await connection.execute(_SET_ORDER_AREAS, {"rows": as_json(rows)})
