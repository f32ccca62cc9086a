"""The state and clock of an incident, and the requests that were carried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.incidents.clocks import Clock, NextStep, Responsible, ResponsibleKind
from api.incidents.lifecycle import IncidentState

Request = tuple[str, UUID | None, UUID | None]
"""Action, incident and work order of a request."""

_LOCK = text("SELECT state, version FROM incident WHERE id = :id FOR UPDATE")
_CLOCK = text("""
    SELECT responsible_kind, responsible_account, responsible_area, next_step, due_at,
        next_action_at, clock_step
    FROM incident WHERE id = :id AND is_open
""")
# A state without a clock has none of its columns. A suspended incident keeps the state before.
_SET_STATES = text("""
    WITH changed AS (
    UPDATE incident AS i SET
        state = coalesce(t.state, i.state),
        version = i.version + CAST(t.state IS NOT NULL AS int),
        state_since = CASE WHEN t.state IS NULL THEN i.state_since
            ELSE CAST(:at AS timestamptz) END,
        previous_state = CASE WHEN coalesce(t.state, i.state) = i.state THEN i.previous_state
            WHEN t.state = 'suspended' THEN i.state END,
        responsible_kind = t.responsible_kind, responsible_account = t.responsible_account,
        responsible_area = t.responsible_area, next_step = t.next_step, due_at = t.due_at,
        next_action_at = t.next_action_at, clock_step = coalesce(t.clock_step, 0),
        closed_at = CASE
            WHEN t.state IN ('closed', 'rejected', 'cancelled', 'merged')
                THEN CAST(:at AS timestamptz)
            WHEN t.state IN ('archived', 'evaluated') THEN coalesce(i.closed_at, :at)
            WHEN t.state IS NULL THEN i.closed_at END
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        id uuid, state text, responsible_kind text, responsible_account bigint,
        responsible_area text, next_step text, due_at timestamptz, next_action_at timestamptz,
        clock_step int)
    WHERE i.id = t.id
    RETURNING i.id, old.state, coalesce(old.state_since, old.created_at) AS since,
        t.state IS NOT NULL AS has_ended, i.responsible_kind, i.responsible_account,
        i.responsible_area, i.next_step, i.due_at, i.next_action_at
    ), copied AS (
    UPDATE work_order AS w SET
        responsible_kind = c.responsible_kind, responsible_account = c.responsible_account,
        responsible_area = c.responsible_area, next_step = c.next_step, due_at = c.due_at,
        next_action_at = c.next_action_at
    FROM changed AS c WHERE c.id = w.incident AND w.is_open
    )
    SELECT state, since, has_ended FROM changed
""")
_COPY_CLOCKS = text("""
    UPDATE work_order AS w SET
        responsible_kind = i.responsible_kind, responsible_account = i.responsible_account,
        responsible_area = i.responsible_area, next_step = i.next_step, due_at = i.due_at,
        next_action_at = i.next_action_at
    FROM incident AS i
    WHERE i.id = w.incident AND w.is_open AND i.id = ANY (CAST(:ids AS uuid[]))
      AND (w.due_at, w.next_action_at, w.responsible_account, w.responsible_area) IS DISTINCT FROM
          (i.due_at, i.next_action_at, i.responsible_account, i.responsible_area)
""")
_INSERT_REQUEST = text("""
    INSERT INTO idempotency_key (key, action, incident, work_order, at)
    VALUES (:key, :action, :incident, :order, :at)
    ON CONFLICT (key) DO NOTHING RETURNING key
""")
_FIND_REQUEST = text("SELECT action, incident, work_order FROM idempotency_key WHERE key = :key")


async def lock_incident(
    connection: AsyncConnection, incident: UUID
) -> tuple[IncidentState, int] | None:
    """Lock an incident until the end of the transaction.

    Returns:
        Its state and version; ``None`` if there is no such incident.
    """
    row = (await connection.execute(_LOCK, {"id": incident})).first()
    return (IncidentState(row.state), row.version) if row else None


async def get_clock(connection: AsyncConnection, incident: UUID) -> Clock | None:
    """Return the clock of an incident; ``None`` if it is not open."""
    row = (await connection.execute(_CLOCK, {"id": incident})).mappings().first()
    return to_clock(row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A new state or clock of a locked incident.

    Args:
        state: ``None`` if only the clock changes.
        clock: ``None`` only with a state that has no clock.
    """

    incident: UUID
    state: IncidentState | None
    clock: Clock | None


async def set_states(
    connection: AsyncConnection, changes: Sequence[StateChange], *, at: datetime
) -> list[tuple[str, datetime]]:
    """Write states and clocks of locked incidents; a new state increments the version.

    The open work order of an incident shares its clock.

    Returns:
        The states that have ended, each with the time at which it had begun.
    """
    rows = [
        {
            "id": change.incident,
            "state": change.state,
            **clock_columns(change.clock),
        }
        for change in changes
    ]
    written = await connection.execute(_SET_STATES, {"rows": as_json(rows), "at": at})
    return [(row.state, row.since) for row in written if row.has_ended]


async def copy_clocks(connection: AsyncConnection, incidents: Sequence[UUID]) -> None:
    """Copy the clocks of incidents to their open work orders."""
    await connection.execute(_COPY_CLOCKS, {"ids": list(incidents)})


async def add_request(
    connection: AsyncConnection, key: str, request: Request, *, at: datetime
) -> bool:
    """Store that the request with this idempotency key has been carried out.

    Returns:
        ``False`` if the key is stored already.
    """
    action, incident, order = request
    row = {"key": key, "action": action, "incident": incident, "order": order, "at": at}
    return (await connection.execute(_INSERT_REQUEST, row)).first() is not None


async def find_request(connection: AsyncConnection, key: str) -> Request | None:
    """Return the request stored under an idempotency key, or ``None``."""
    row = (await connection.execute(_FIND_REQUEST, {"key": key})).first()
    return (row.action, row.incident, row.work_order) if row else None


def to_clock(row: RowMapping) -> Clock:
    """Return the clock of an open incident."""
    return Clock(
        responsible=Responsible(
            kind=ResponsibleKind(row["responsible_kind"]),
            account=row["responsible_account"],
            area=row["responsible_area"],
        ),
        next_step=NextStep(row["next_step"]),
        due_at=row["due_at"],
        next_action_at=row["next_action_at"],
        step=row["clock_step"],
    )


def clock_columns(clock: Clock | None) -> dict[str, object]:
    """Return the columns of a clock; none of them for no clock."""
    if clock is None:
        return {}
    return {
        "responsible_kind": clock.responsible.kind,
        "responsible_account": clock.responsible.account,
        "responsible_area": clock.responsible.area,
        "next_step": clock.next_step,
        "due_at": clock.due_at,
        "next_action_at": clock.next_action_at,
        "clock_step": clock.step,
    }
