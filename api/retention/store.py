"""Rows that have had their time go, so many at once that nobody waits for it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class RowKind(StrEnum):
    """What has a time to live; the names go to logs and metrics."""

    EVENTS = "events"
    COMMANDS = "commands"
    ALARMS = "alarms"
    QUARANTINE = "quarantine"


# The oldest first, up to the first that stays: that needs no index, and finds it at once.
_EVENTS = text("""
    WITH gone AS (
        DELETE FROM event_log WHERE seq IN (
            SELECT seq FROM event_log WHERE seq < coalesce(
                (SELECT seq FROM event_log WHERE at >= :before ORDER BY seq LIMIT 1),
                9223372036854775807)
            ORDER BY seq LIMIT :limit)
        RETURNING xid, seq
    ), noted AS (
        INSERT INTO event_log_tidied AS tidied (xid, seq)
        SELECT xid, seq FROM gone ORDER BY gone.xid DESC, seq DESC LIMIT 1
        ON CONFLICT (is_one) DO UPDATE SET xid = excluded.xid, seq = excluded.seq
            WHERE (tidied.xid, tidied.seq) < (excluded.xid, excluded.seq)
    )
    SELECT count(*) FROM gone
""")


def _older(table: str, condition: str) -> str:
    """A row that somebody is changing is left for the next time."""
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
        _older("command", "expires_at < :before AND coalesce(replied_at, expires_at) < :before")
    ),
    RowKind.ALARMS: text(_older("fleet_alarm", "ended_at < :before")),
    RowKind.QUARANTINE: text(_older("quarantine", "received_at < :before")),
}


async def delete_expired(
    connection: AsyncConnection, kind: RowKind, *, before: datetime, limit: int = 2000
) -> int:
    """Delete what was over ``before``; what is still open never is.

    Of the feed it is noted how far it went: a reader who was not that far is told to begin anew.

    Returns:
        How many went; fewer than ``limit`` when no more are left.
    """
    found = await connection.execute(_STATEMENTS[kind], {"before": before, "limit": limit})
    return int(found.scalar_one())
