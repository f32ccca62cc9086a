"""Statements on incidents that no alert opened."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from api.incidents.store import clock_columns, to_clock
from api.incidents.system_incidents.model import Addressee, StoredIncident, SystemIncident
from pipeline.signal import Level
from pipeline.text import Text

# The point decides the area only if the caller does not know it.
_INSERT = text("""
    INSERT INTO incident (
        key, class, state, scenario, level, score, probability, decision, node, camera, zone,
        area_code, lon, lat, lead_alert, message, n_alerts, first_at, last_at, is_over,
        responsible_kind, responsible_area, next_step, due_at, next_action_at, recurrence_of,
        auto_filed_at, created_at)
    SELECT :key, 'equipment', :state, :code, :level, 1, 1, :decision, :node, :camera, '',
        :area_code, :lon, :lat, NULL, CAST(:message AS jsonb), 1, :since, :now, false,
        :responsible_kind, :responsible_area, :next_step, :due_at, :next_action_at,
        (SELECT id FROM incident AS earlier WHERE earlier.key = :key AND NOT earlier.is_open
         ORDER BY earlier.created_at DESC LIMIT 1),
        :auto_filed_at, :now
    ON CONFLICT (key) WHERE is_open AND takes_alerts DO NOTHING
    RETURNING id
""")
# Rows are locked by a statement of its own: one that waits for the lock would not see the order
# that whoever held it has just dispatched.
_LOCK = text("""
    WITH relevant AS (
        (SELECT DISTINCT ON (key) id FROM incident WHERE key = ANY (CAST(:keys AS text[]))
         ORDER BY key, created_at DESC, id DESC)
        UNION
        SELECT id FROM incident
        WHERE class = 'equipment' AND (is_open OR NOT is_over)
          AND scenario = ANY (CAST(:codes AS text[]))
    )
    SELECT i.id FROM incident i
    WHERE i.id IN (SELECT id FROM relevant) AND i.class = 'equipment'
    ORDER BY i.id FOR UPDATE
""")
_LOCKED = text("""
    SELECT i.id, i.key, i.state, i.is_open, i.level, i.message, i.area_code, i.is_over,
        i.first_at, coalesce(i.state_since, i.created_at) AS state_since, i.n_alerts AS n_times,
        i.responsible_kind, i.responsible_account, i.responsible_area, i.next_step, i.due_at,
        i.next_action_at, i.clock_step,
        w.id AS order, w.area_code AS order_area, w.assignee,
        EXISTS (SELECT FROM work_order o
                WHERE o.incident = i.id AND o.accepted_at IS NOT NULL) AS was_accepted
    FROM incident i LEFT JOIN work_order w ON w.incident = i.id AND w.is_open
    WHERE i.id = ANY (CAST(:ids AS uuid[])) ORDER BY i.id
""")
_UPDATE = text("""
    UPDATE incident SET level = :level, message = CAST(:message AS jsonb), last_at = :now,
        is_over = :is_over, n_alerts = :n_times
    WHERE id = :id
""")


async def insert_incident(
    connection: AsyncConnection,
    incident: SystemIncident,
    state: IncidentState,
    clock: Clock,
    *,
    now: datetime,
) -> UUID | None:
    """Insert an incident; return ``None`` if one of its key is open already."""
    is_filed = incident.addressee is Addressee.POST
    row = {
        **{name: getattr(incident, name) for name in ("key", "code", "level", "node", "camera")},
        **{name: getattr(incident, name) for name in ("area_code", "lon", "lat", "since")},
        **clock_columns(clock),
        "state": state,
        "decision": "push" if is_filed else "review",
        "message": msgspec.json.encode(incident.message).decode(),
        "auto_filed_at": now if is_filed else None,
        "now": now,
    }
    inserted: UUID | None = (await connection.execute(_INSERT, row)).scalar_one_or_none()
    return inserted


async def lock_incidents(
    connection: AsyncConnection, keys: Collection[str], codes: Collection[str] = ()
) -> dict[str, StoredIncident]:
    """Lock incidents until the end of the transaction, and return the newest of each key.

    Args:
        keys: Their newest incidents are returned, open or not.
        codes: Also those of these codes that are open, or closed although something is wrong.
    """
    params = {"keys": list(keys), "codes": list(codes)}
    ids = list((await connection.execute(_LOCK, params)).scalars())
    rows = (await connection.execute(_LOCKED, {"ids": ids})).mappings()
    # Ids ascend with time, so the newest incident of a key comes last.
    return {row["key"]: _stored(row) for row in rows}


async def update_incident(
    connection: AsyncConnection, incident: StoredIncident, *, now: datetime
) -> None:
    """Write the level, the message, and how often and whether it is wrong, of a locked incident."""
    params = {
        **{name: getattr(incident, name) for name in ("id", "level", "is_over", "n_times")},
        "message": msgspec.json.encode(incident.message).decode(),
        "now": now,
    }
    await connection.execute(_UPDATE, params)


_COPIED = ("id", "key", "is_open", "area_code", "order", "order_area", "assignee")
_COPIED_FACTS = ("was_accepted", "is_over", "first_at", "state_since", "n_times")


def _stored(row: RowMapping) -> StoredIncident:
    return StoredIncident(
        **{name: row[name] for name in (*_COPIED, *_COPIED_FACTS)},
        state=IncidentState(row["state"]),
        level=Level(row["level"]),
        message=msgspec.convert(row["message"], Text),
        clock=to_clock(row) if row["next_step"] else None,
    )
