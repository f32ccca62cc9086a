"""What waits to be dispatched or answered, and the calls that go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.lifecycle import IncidentState
from api.roster import store as roster_store


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledIncident:
    """An incident that waits for its order; locked."""

    incident: UUID
    level: str
    version: int
    area_code: str | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrder:
    """An open order whose clock has run out; its incident is locked.

    Args:
        rounds: How often it has been escalated.
    """

    order: UUID
    incident: UUID
    state: IncidentState
    step: int
    area_code: str
    level: str
    rounds: int


@dataclass(frozen=True, slots=True)
class EndedOrder:
    """An order that came to nothing: given back by a worker, or expired."""

    step: int
    has_expired: bool


@dataclass(frozen=True, slots=True)
class NotificationBatch:
    """Whom to call for an order; equal ``cycle`` and person are one call."""

    incident: UUID
    order: UUID
    step: int
    cycle: int
    accounts: tuple[int, ...]


_FILED = text("""
    SELECT i.id AS incident, i.level, i.version, i.area_code, i.lon, i.lat
    FROM incident i
    WHERE i.state = 'filed' AND i.id <> ALL (CAST(:but AS uuid[]))
    ORDER BY i.created_at, i.id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
# Both states are compared, since only the incident is locked and read again.
_DUE = text("""
    SELECT w.id AS order, w.incident, w.state, w.step, w.area_code, i.level,
        (SELECT count(*) FROM audit_log a
         WHERE a.incident = i.id AND a.work_order = w.id AND a.action = 'escalate') AS rounds
    FROM work_order w JOIN incident i ON i.id = w.incident
    WHERE w.is_open AND w.next_action_at <= :now
      AND w.state IN ('dispatched', 'accepted') AND i.state = w.state
      AND i.id <> ALL (CAST(:but AS uuid[]))
    ORDER BY w.next_action_at, w.id LIMIT 1 FOR UPDATE OF i SKIP LOCKED
""")
_CAMERA_AREA = text("""
    SELECT c.area_code FROM camera c JOIN incident i ON i.node = c.node AND i.camera = c.name
    WHERE i.id = :incident
""")
_SET_AREA = text("UPDATE incident SET area_code = :area WHERE id = :incident")
_PAST = text("""
    SELECT w.step, EXISTS (
        SELECT FROM audit_log a
        WHERE a.incident = w.incident AND a.work_order = w.id AND a.action = 'expire') AS expired
    FROM work_order w WHERE w.incident = :incident AND w.state = 'returned'
    ORDER BY w.dispatched_at, w.id
""")
_GAVE_BACK = text("""
    SELECT DISTINCT c.id FROM audit_log a JOIN account c ON c.name = a.actor
    WHERE a.incident = :incident AND a.action = 'return'
""")
_OPEN = text("""
    INSERT INTO work_order (incident, state, step, area_code, next_action_at, dispatched_at)
    VALUES (:incident, 'dispatched', :step, :area, :due_at, :now) RETURNING id
""")
_CLIMB = text("""
    UPDATE work_order SET step = :step, next_action_at = :due_at WHERE id = :order
""")
# Everybody has the app; a channel row adds another way, or the settings give all the webhook.
_CALL = text("""
    WITH way AS (
        SELECT account, 'app' AS channel, '' AS address
        FROM unnest(CAST(:accounts AS bigint[])) AS t (account)
        UNION ALL
        SELECT t.account, 'webhook', coalesce(c.address, '')
        FROM unnest(CAST(:accounts AS bigint[])) AS t (account)
        LEFT JOIN channel c ON c.account = t.account AND c.kind = 'webhook'
        WHERE c.account IS NOT NULL OR :has_webhook
    ), call AS (
        INSERT INTO notification
            (key, work_order, incident, account, channel, address, due_at, created_at)
        SELECT concat_ws(':', CAST(:order AS uuid), CAST(:step AS int), CAST(:cycle AS int),
                         account, channel),
            :order, :incident, account, channel, address, :now, :now
        FROM way ORDER BY account, channel
        ON CONFLICT (key) DO NOTHING RETURNING id, account, channel
    )
    INSERT INTO event_log (at, topic, object, account)
    SELECT :now, 'notification', CAST(id AS text), account FROM call WHERE channel = 'app'
""")


async def take_next_filed(
    connection: AsyncConnection, *, excluded: Sequence[UUID]
) -> FiledIncident | None:
    """Take the incident that waits longest, but for these, if nobody else has it."""
    row = (await connection.execute(_FILED, {"but": excluded})).mappings().first()
    return FiledIncident(**row) if row else None


async def take_next_due(
    connection: AsyncConnection, *, now: datetime, excluded: Sequence[UUID]
) -> DueOrder | None:
    """Take the order that is late longest, if nobody else has it."""
    row = (await connection.execute(_DUE, {"now": now, "but": excluded})).mappings().first()
    return DueOrder(**{**row, "state": IncidentState(row["state"])}) if row else None


async def resolve_area(connection: AsyncConnection, filed: FiledIncident) -> str | None:
    """Find the area of an incident: its own, its point's, or its camera's; and keep it."""
    if filed.area_code is not None:
        return filed.area_code
    found: str | None = None
    if filed.lon is not None and filed.lat is not None:
        found = await roster_store.find_area_at(connection, filed.lon, filed.lat)
    if found is None:
        asked = {"incident": filed.incident}
        found = (await connection.execute(_CAMERA_AREA, asked)).scalar()
    if found is not None:
        await connection.execute(_SET_AREA, {"incident": filed.incident, "area": found})
    return found


async def list_ended_orders(connection: AsyncConnection, incident: UUID) -> list[EndedOrder]:
    """List the orders of an incident that came to nothing, the first one first."""
    rows = await connection.execute(_PAST, {"incident": incident})
    return [EndedOrder(row.step, row.expired) for row in rows]


async def declined_by(connection: AsyncConnection, incident: UUID) -> list[int]:
    """List the accounts that have given this incident back."""
    return list((await connection.execute(_GAVE_BACK, {"incident": incident})).scalars())


async def insert_order(
    connection: AsyncConnection,
    incident: UUID,
    area: str,
    *,
    step: int,
    now: datetime,
    due_at: datetime,
) -> UUID:
    """Write a new order; an incident has one open order at most."""
    row = {"incident": incident, "area": area, "step": step, "now": now, "due_at": due_at}
    order: UUID = (await connection.execute(_OPEN, row)).scalar_one()
    return order


async def escalate(
    connection: AsyncConnection, order: UUID, *, step: int, due_at: datetime
) -> None:
    """Set an order's step and clock; its version stays, so that who accepts now gets through."""
    await connection.execute(_CLIMB, {"order": order, "step": step, "due_at": due_at})


async def insert_notifications(
    connection: AsyncConnection, calling: NotificationBatch, *, has_webhook: bool, now: datetime
) -> None:
    """Write one call a person and way, and tell the pages of who is called in the app."""
    row = {
        "order": calling.order,
        "incident": calling.incident,
        "step": calling.step,
        "cycle": calling.cycle,
        "accounts": list(calling.accounts),
        "has_webhook": has_webhook,
        "now": now,
    }
    await connection.execute(_CALL, row)
