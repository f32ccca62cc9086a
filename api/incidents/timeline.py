"""Read what happened to an incident: alerts, audit entries, notifications and verdicts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.wire import AlertData


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert of the incident.

    Args:
        how: Outcome of the correlation.
        why: Its reason in words.
        late: The alert was too old to notify anybody of.
    """

    rev: int
    how: str
    why: str
    late: bool
    data: AlertData


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """An entry of the audit log."""

    at: datetime
    actor: str
    action: str
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRecord:
    """A notification to one account on one channel, or to the group of a robot."""

    account: str
    channel: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    acknowledged_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """A verdict, with the name of the account."""

    value: str
    stage: str
    source: str
    is_blind: bool
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedRecord:
    """What a worker recorded and the centre could not apply to the order."""

    id: UUID
    order: UUID
    account: str
    action: str
    refused_as: str
    note: str
    found: bool | None
    photos: list[str]
    recorded_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRecord:
    """Another incident that is, or may be, the same matter.

    Args:
        reason: Why, as a code with parameters.
    """

    incident: UUID
    reason: dict[str, object]


# Three parts that an index can follow each; with OR it would read every alert.
_ALERTS = text("""
    SELECT rev, how, why, late, data FROM alert WHERE alert_id IN (
        SELECT alert_id FROM alert WHERE incident = :id
        UNION SELECT a.alert_id FROM incident c JOIN alert a ON a.incident = c.id
            WHERE c.root = :id
        UNION SELECT lead_alert FROM incident WHERE id = :id)
    ORDER BY opened_at, alert_id LIMIT 200
""")
_CHILDREN = text("""
    SELECT id AS incident, merge_reason AS reason FROM incident WHERE root = :id ORDER BY id
    LIMIT 1000
""")
_SUGGESTIONS = text("""
    SELECT o.id AS incident, s.reason FROM merge_suggestion s
    JOIN incident o ON o.id = CASE WHEN s.incident = :id THEN s.other ELSE s.incident END
    WHERE :id IN (s.incident, s.other) AND o.is_open ORDER BY s.created_at, o.id LIMIT 100
""")
_AUDIT_ENTRIES = text("""
    SELECT at, actor, action, from_state, to_state, reason, detail FROM audit_log
    WHERE incident = :id AND action <> 'look' ORDER BY seq LIMIT 1000
""")
_NOTIFICATIONS = text("""
    SELECT coalesce(c.name, g.name, '') AS account, n.channel, n.state, n.created_at, n.sent_at,
        n.delivered_at, n.read_at, n.acknowledged_at, n.error
    FROM notification n
    LEFT JOIN account c ON c.id = n.account
    LEFT JOIN chat_robot g ON g.id = n.robot
    WHERE n.incident = :id ORDER BY n.created_at, n.id LIMIT 1000
""")
_VERDICTS = text("""
    SELECT v.value, v.stage, v.source, v.is_blind, v.reason, c.name AS actor, v.at
    FROM verdict v JOIN account c ON c.id = v.actor WHERE v.incident = :id ORDER BY v.at, v.id
""")
_FIELD_RECORDS = text("""
    SELECT f.id, f.work_order AS order, c.name AS account, f.action, f.refused_as, f.note, f.found,
        f.photos, f.recorded_at, f.at
    FROM field_record f JOIN account c ON c.id = f.account
    WHERE f.incident = :id OR f.incident IN (SELECT id FROM incident WHERE root = :id)
    ORDER BY f.at, f.id LIMIT 200
""")
_DELETION = text("""
    SELECT max(deleted_at) FROM deleted_evidence WHERE sha256 = ANY (CAST(:sha256s AS text[]))
""")
_AVAILABLE_EVIDENCE = text("SELECT sha256 FROM evidence WHERE sha256 = ANY (:sha256s)")


async def list_alerts(connection: AsyncConnection, incident: UUID) -> list[AlertRecord]:
    """List the first 200 alerts of an incident and its children, in the order they opened."""
    rows = (await connection.execute(_ALERTS, {"id": incident})).mappings()
    return [
        AlertRecord(
            **{name: row[name] for name in ("rev", "how", "why", "late")},
            data=msgspec.convert(row["data"], AlertData),
        )
        for row in rows
    ]


async def list_children(connection: AsyncConnection, incident: UUID) -> list[RelatedRecord]:
    """List the incidents that were merged into one."""
    rows = (await connection.execute(_CHILDREN, {"id": incident})).mappings()
    return [RelatedRecord(**row) for row in rows]


async def list_suggestions(connection: AsyncConnection, incident: UUID) -> list[RelatedRecord]:
    """List the open incidents that may be the same matter."""
    rows = (await connection.execute(_SUGGESTIONS, {"id": incident})).mappings()
    return [RelatedRecord(**row) for row in rows]


async def list_audit_entries(connection: AsyncConnection, incident: UUID) -> list[AuditRecord]:
    """List the audit entries of an incident, oldest first, without views of evidence."""
    rows = (await connection.execute(_AUDIT_ENTRIES, {"id": incident})).mappings()
    return [AuditRecord(**row) for row in rows]


async def list_notifications(
    connection: AsyncConnection, incident: UUID
) -> list[NotificationRecord]:
    """List the notifications of an incident, oldest first."""
    rows = (await connection.execute(_NOTIFICATIONS, {"id": incident})).mappings()
    return [NotificationRecord(**row) for row in rows]


async def list_verdicts(connection: AsyncConnection, incident: UUID) -> list[VerdictRecord]:
    """List the verdicts on an incident, oldest first."""
    rows = (await connection.execute(_VERDICTS, {"id": incident})).mappings()
    return [VerdictRecord(**row) for row in rows]


async def list_field_records(connection: AsyncConnection, incident: UUID) -> list[UnappliedRecord]:
    """List what workers recorded and the centre could not apply, also of children, oldest first."""
    rows = (await connection.execute(_FIELD_RECORDS, {"id": incident})).mappings()
    return [UnappliedRecord(**row) for row in rows]


async def get_available_evidence(connection: AsyncConnection, sha256s: list[str]) -> frozenset[str]:
    """Return which of these pictures and clips are stored."""
    return frozenset(
        (await connection.execute(_AVAILABLE_EVIDENCE, {"sha256s": sha256s})).scalars()
    )


async def get_deletion_time(connection: AsyncConnection, sha256s: list[str]) -> datetime | None:
    """Return when the last of these pictures and clips was deleted; ``None`` if none was."""
    deleted_at: datetime | None = await connection.scalar(_DELETION, {"sha256s": sha256s})
    return deleted_at
