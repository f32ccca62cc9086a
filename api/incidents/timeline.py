"""What happened to one incident: its alerts, audit lines, calls and verdicts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.wire import AlertData


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """One alert, and how it came to its incident."""

    rev: int
    how: str
    why: str
    late: bool
    data: AlertData


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the audit log."""

    at: datetime
    actor: str
    action: str
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRecord:
    """One call to one person."""

    account: str
    channel: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """What somebody found it to be."""

    value: str
    stage: str
    reason: str
    actor: str
    at: datetime


_ALERTS = text("""
    SELECT rev, how, why, late, data FROM alert WHERE incident = :id
    ORDER BY opened_at, alert_id LIMIT 200
""")
_AUDIT = text("""
    SELECT at, actor, action, from_state, to_state, reason, detail FROM audit_log
    WHERE incident = :id AND action <> 'look' ORDER BY seq LIMIT 1000
""")
_CALLS = text("""
    SELECT c.name AS account, n.channel, n.state, n.created_at, n.sent_at, n.delivered_at, n.error
    FROM notification n JOIN account c ON c.id = n.account
    WHERE n.incident = :id ORDER BY n.created_at, n.id LIMIT 1000
""")
_VERDICTS = text("""
    SELECT v.value, v.stage, v.reason, c.name AS actor, v.at
    FROM verdict v JOIN account c ON c.id = v.actor WHERE v.incident = :id ORDER BY v.at, v.id
""")
_HERE = text("SELECT sha256 FROM evidence WHERE sha256 = ANY (:named)")


async def list_alerts(connection: AsyncConnection, incident: UUID) -> list[AlertRecord]:
    """List its alerts in the order they opened."""
    rows = (await connection.execute(_ALERTS, {"id": incident})).mappings()
    return [
        AlertRecord(
            **{name: row[name] for name in ("rev", "how", "why", "late")},
            data=msgspec.convert(row["data"], AlertData),
        )
        for row in rows
    ]


async def list_audit_entries(connection: AsyncConnection, incident: UUID) -> list[AuditRecord]:
    """List its transitions; looks at evidence stay with the auditor."""
    rows = (await connection.execute(_AUDIT, {"id": incident})).mappings()
    return [AuditRecord(**row) for row in rows]


async def list_notifications(
    connection: AsyncConnection, incident: UUID
) -> list[NotificationRecord]:
    """List who was called, by which way, and how far it came."""
    rows = (await connection.execute(_CALLS, {"id": incident})).mappings()
    return [NotificationRecord(**row) for row in rows]


async def list_verdicts(connection: AsyncConnection, incident: UUID) -> list[VerdictRecord]:
    """List what it was found to be."""
    rows = (await connection.execute(_VERDICTS, {"id": incident})).mappings()
    return [VerdictRecord(**row) for row in rows]


async def get_available_evidence(connection: AsyncConnection, named: list[str]) -> frozenset[str]:
    """Tell which of these pictures and clips are here."""
    return frozenset((await connection.execute(_HERE, {"named": named})).scalars())
