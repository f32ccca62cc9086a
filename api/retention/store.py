"""Statements that delete expired rows of single tables in small batches."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.retention.terms import RowKind

# Deletes the oldest rows up to the first that stays, which needs no index on the time.
_EVENTS = text("""
    WITH gone AS (
        DELETE FROM event_log WHERE seq IN (
            SELECT seq FROM event_log WHERE seq < coalesce(
                (SELECT seq FROM event_log WHERE at >= :before ORDER BY seq LIMIT 1),
                9223372036854775807)
            ORDER BY seq LIMIT :limit)
        RETURNING xid, seq
    ), noted AS (
        INSERT INTO event_log_deleted AS deleted (xid, seq)
        SELECT xid, seq FROM gone ORDER BY gone.xid DESC, seq DESC LIMIT 1
        ON CONFLICT (is_one) DO UPDATE SET xid = excluded.xid, seq = excluded.seq
            WHERE (deleted.xid, deleted.seq) < (excluded.xid, excluded.seq)
    )
    SELECT count(*) FROM gone
""")
# The ids of alerts are in the order of their times (UUIDv7), so no index on the time is needed.
# Messages of an incident that is open or held stay; looked up one by one, since a join would read
# all alerts for each batch.
_MESSAGES = text("""
    WITH expired AS (
        SELECT x.alert_id, x.rev FROM inbox x
        WHERE x.received_at < :before AND x.alert_id < CAST(:first_id AS uuid)
          AND (SELECT bool_or(i.is_open AND NOT i.is_over OR is_held(i))
               FROM alert a JOIN incident m ON m.id = a.incident
                   JOIN incident i ON i.id IN (m.id, m.root)
               WHERE a.alert_id = x.alert_id) IS NOT TRUE
        ORDER BY x.alert_id, x.rev LIMIT :limit FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM inbox USING expired
        WHERE (inbox.alert_id, inbox.rev) = (expired.alert_id, expired.rev) RETURNING inbox.rev
    )
    SELECT count(*) FROM gone
""")


def _delete_from(table: str, condition: str, *, key: str = "id") -> str:
    """Return a statement that deletes a batch; rows locked by others are left for the next run."""
    return f"""
        WITH gone AS (
            DELETE FROM {table} WHERE {key} IN (
                SELECT {key} FROM {table} WHERE {condition} LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING {key}
        )
        SELECT count(*) FROM gone
    """


_STATEMENTS = {
    RowKind.EVENTS: _EVENTS,
    RowKind.COMMANDS: text(
        _delete_from(
            "command", "expires_at < :before AND coalesce(replied_at, expires_at) < :before"
        )
    ),
    RowKind.ALARMS: text(_delete_from("fleet_alarm", "ended_at < :before")),
    RowKind.QUARANTINE: text(_delete_from("quarantine", "received_at < :before")),
    RowKind.REQUEST_KEYS: text(_delete_from("idempotency_key", "at < :before", key="key")),
    RowKind.MESSAGES: _MESSAGES,
}
SINGLE_TABLES = frozenset(_STATEMENTS)
"""The kinds whose rows ``delete_expired`` deletes."""


async def delete_expired(
    connection: AsyncConnection, kind: RowKind, *, before: datetime, limit: int = 2000
) -> int:
    """Delete a batch of rows that ended before ``before``; open rows are never deleted.

    For the event log, the position of the last deleted event is stored, so that a reader behind
    it learns that it has missed events.

    Args:
        kind: One of ``SINGLE_TABLES``.

    Returns:
        The number of deleted rows; less than ``limit`` if none are left.
    """
    params: dict[str, object] = {"before": before, "limit": limit}
    if kind is RowKind.MESSAGES:
        params["first_id"] = _first_id_of(before)
    return int((await connection.execute(_STATEMENTS[kind], params)).scalar_one())


def _first_id_of(at: datetime) -> str:
    """Return the lowest UUIDv7 of a time (RFC 9562): 48 bits of milliseconds come first."""
    digits = f"{max(int(at.timestamp() * 1000), 0):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"
