"""Write the audit log.

Business code records here what happened and never reads it back: facts that decide something
have columns of their own.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json

SYSTEM = "system"
"""The actor of everything that no person did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One row of the audit log.

    Args:
        actor: Name of an account, or ``SYSTEM``.
        from_state: State of the incident or work order before; ``None`` if none changed.
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


_INSERT = text("""
    INSERT INTO audit_log
        (at, actor, action, incident, work_order, from_state, to_state, reason, detail)
    SELECT at, actor, action, incident, "order", from_state, to_state, reason, detail
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        at timestamptz, actor text, action text, incident uuid, "order" uuid, from_state text,
        to_state text, reason text, detail jsonb)
""")


async def record(connection: AsyncConnection, *entries: AuditEntry) -> None:
    """Add entries in this order."""
    if entries:
        await connection.execute(_INSERT, {"rows": as_json(entries)})
