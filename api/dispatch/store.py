"""Find what waits to be dispatched or escalated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.areas.store import find_area_at
from api.dispatch.escalation import EndedOrder
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledIncident:
    """An incident that waits for a work order; its row is locked."""

    incident: UUID
    level: Level
    version: int
    area_code: str | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrder:
    """An open order whose deadline has passed; its incident is locked.

    Args:
        rounds: How often the order has been escalated.
    """

    order: UUID
    incident: UUID
    state: IncidentState
    escalation_level: int
    area_code: str
    level: Level
    rounds: int


_NEXT_FILED = text("""
    SELECT i.id AS incident, i.level, i.version, i.area_code, i.lon, i.lat
    FROM incident i
    WHERE i.state = 'filed' AND i.id <> ALL (CAST(:excluded AS uuid[]))
    ORDER BY i.created_at, i.id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
# Both states are compared, since only the incident is locked and read again.
_NEXT_DUE = text("""
    SELECT w.id AS order, w.incident, w.state, w.step AS escalation_level, w.area_code, i.level,
        w.rounds
    FROM work_order w JOIN incident i ON i.id = w.incident
    WHERE w.is_open AND w.next_action_at <= :now
      AND w.state IN ('dispatched', 'accepted') AND i.state = w.state
      AND i.id <> ALL (CAST(:excluded AS uuid[]))
    ORDER BY w.next_action_at, w.id LIMIT 1 FOR UPDATE OF i SKIP LOCKED
""")
_CAMERA_AREA = text("""
    SELECT c.area_code FROM camera c JOIN incident i ON i.node = c.node AND i.camera = c.name
    WHERE i.id = :incident
""")
_SET_AREA = text("UPDATE incident SET area_code = :area WHERE id = :incident")
_ENDED_ORDERS = text("""
    SELECT step, has_expired FROM work_order
    WHERE incident = :incident AND state = 'returned' ORDER BY dispatched_at, id
""")
_DECLINED_BY = text("""
    SELECT DISTINCT declined_by FROM work_order
    WHERE incident = :incident AND declined_by IS NOT NULL
""")


async def take_next_filed(
    connection: AsyncConnection, *, excluded: Sequence[UUID]
) -> FiledIncident | None:
    """Lock the filed incident that has waited longest and that no other process has locked."""
    rows = (await connection.execute(_NEXT_FILED, {"excluded": excluded})).mappings()
    row = rows.first()
    return FiledIncident(**{**row, "level": Level(row["level"])}) if row else None


async def take_next_due(
    connection: AsyncConnection, *, now: datetime, excluded: Sequence[UUID]
) -> DueOrder | None:
    """Lock the incident of the order overdue longest that no other process has locked."""
    rows = (await connection.execute(_NEXT_DUE, {"now": now, "excluded": excluded})).mappings()
    row = rows.first()
    if row is None:
        return None
    return DueOrder(**{**row, "state": IncidentState(row["state"]), "level": Level(row["level"])})


async def resolve_area(connection: AsyncConnection, filed: FiledIncident) -> str | None:
    """Return the area of an incident: its own, that of its point, or its camera's; store it."""
    if filed.area_code is not None:
        return filed.area_code
    area: str | None = None
    if filed.lon is not None and filed.lat is not None:
        area = await find_area_at(connection, filed.lon, filed.lat)
    if area is None:
        area = (await connection.execute(_CAMERA_AREA, {"incident": filed.incident})).scalar()
    if area is not None:
        await connection.execute(_SET_AREA, {"incident": filed.incident, "area": area})
    return area


async def list_ended_orders(connection: AsyncConnection, incident: UUID) -> list[EndedOrder]:
    """List the returned orders of an incident, oldest first."""
    rows = await connection.execute(_ENDED_ORDERS, {"incident": incident})
    return [EndedOrder(row.step, row.has_expired) for row in rows]


async def declined_by(connection: AsyncConnection, incident: UUID) -> list[int]:
    """List the accounts that have declined an incident."""
    return list((await connection.execute(_DECLINED_BY, {"incident": incident})).scalars())
