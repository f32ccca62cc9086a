"""Statements that delete expired rows in small batches."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class RowKind(StrEnum):
    """Kinds of rows with a retention time; the values appear in logs and metrics."""

    EVENTS = "events"
    COMMANDS = "commands"
    ALARMS = "alarms"
    QUARANTINE = "quarantine"


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


def _delete_from(table: str, condition: str) -> str:
    """Return a statement that deletes a batch; rows locked by others are left for the next run."""
    return f"""
        WITH gone AS (
            DELETE FROM {table} WHERE id IN (
                SELECT id FROM {table} WHERE {condition} LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING id
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
}


async def delete_expired(
    connection: AsyncConnection, kind: RowKind, *, before: datetime, limit: int = 2000
) -> int:
    """Delete a batch of rows that ended before ``before``; open rows are never deleted.

    For the event log, the position of the last deleted event is stored, so that a reader behind
    it learns that it has missed events.

    Returns:
        The number of deleted rows; less than ``limit`` if none are left.
    """
    result = await connection.execute(_STATEMENTS[kind], {"before": before, "limit": limit})
    return int(result.scalar_one())
