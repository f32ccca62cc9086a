"""Writes a step of the loop: states, verdicts, audit lines, and the news for live pages.

Every function runs in the caller's transaction; the incident is locked before its order.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.lifecycle import IncidentState

Topic = Literal["incident", "order", "notification", "camera", "node", "quarantine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line for the audit log.

    Args:
        actor: An account's name, or ``system``.
        idem_key: Equal keys write one line; a phone that retries sends its own.
    """

    at: datetime
    actor: str
    action: str
    incident: UUID | None = None
    order: UUID | None = None
    from_state: str | None = None
    to_state: str | None = None
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    idem_key: str | None = None


_LOCK = text("SELECT state, version FROM incident WHERE id = :id FOR UPDATE")
_INCIDENT = text("""
    UPDATE incident SET state = :state, version = version + 1,
        review_due_at = CASE WHEN :state IN ('new', 'stored') THEN review_due_at END
    WHERE id = :id
""")
_AUDIT = text("""
    INSERT INTO audit_log
        (at, actor, action, incident, work_order, from_state, to_state, reason, detail, idem_key)
    VALUES (:at, :actor, :action, :incident, :order, :from_state, :to_state, :reason,
            CAST(:detail AS jsonb), :idem_key)
    ON CONFLICT (idem_key) DO NOTHING RETURNING seq
""")
_DONE = text("SELECT action, incident, work_order FROM audit_log WHERE idem_key = :idem_key")
_VERDICT = text("""
    INSERT INTO verdict (incident, value, stage, reason, actor, at)
    VALUES (:incident, :value, :stage, :reason, :actor, :at)
""")
_EVENT = text("""
    INSERT INTO event_log (at, topic, object, area_code, account)
    VALUES (:at, :topic, :object, :area_code, :account)
""")
_WAKE = text("SELECT pg_notify('gridwatch', '')")


async def lock_incident(
    connection: AsyncConnection, incident: UUID
) -> tuple[IncidentState, int] | None:
    """Hold an incident until the end of the transaction; tell its state and version."""
    row = (await connection.execute(_LOCK, {"id": incident})).first()
    return (IncidentState(row.state), row.version) if row else None


async def set_state(connection: AsyncConnection, incident: UUID, state: IncidentState) -> None:
    """Move a locked incident."""
    await connection.execute(_INCIDENT, {"id": incident, "state": state.value})


async def record(connection: AsyncConnection, entry: AuditEntry) -> bool:
    """Write an audit line; ``False`` when its key has been used before."""
    row = {name: getattr(entry, name) for name in AuditEntry.__slots__}
    row["detail"] = msgspec.json.encode(entry.detail).decode()
    return (await connection.execute(_AUDIT, row)).first() is not None


async def find_by_idempotency_key(
    connection: AsyncConnection, idem_key: str
) -> tuple[str, UUID | None, UUID | None] | None:
    """Find what an idempotency key has done: action, incident, order."""
    row = (await connection.execute(_DONE, {"idem_key": idem_key})).first()
    return (row.action, row.incident, row.work_order) if row else None


async def add_verdict(
    connection: AsyncConnection,
    incident: UUID,
    *,
    value: str,
    stage: str,
    reason: str,
    actor: int,
    at: datetime,
) -> None:
    """Add a verdict; none is ever taken back."""
    row = {"incident": incident, "value": value, "stage": stage}
    await connection.execute(_VERDICT, {**row, "reason": reason, "actor": actor, "at": at})


async def publish(
    connection: AsyncConnection,
    topic: Topic,
    named: UUID | str,
    *,
    at: datetime,
    area_code: str | None = None,
    account: int | None = None,
) -> None:
    """Put a line into the feed of live pages: for an area's desks, or for one account."""
    row = {"at": at, "topic": topic, "object": str(named)}
    await connection.execute(_EVENT, {**row, "area_code": area_code, "account": account})


async def notify_listeners(connection: AsyncConnection) -> None:
    """Wake whoever waits for news, when this transaction commits; once is enough."""
    await connection.execute(_WAKE)
