"""Calls on their way out: taken for a while, then noted as sent, put off, or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.queries import PATH
from pipeline.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingNotification:
    """A call with all that its message says.

    Args:
        attempts: Tries so far, this one included.
    """

    id: UUID
    key: str
    order: UUID
    incident: UUID
    account: str
    address: str
    attempts: int
    created_at: datetime
    scenario: str
    level: str
    because: Text
    area_path: tuple[str, ...]
    lon: float | None
    lat: float | None
    exercise: bool


# Only what still rings: who accepts cancels the others' calls, but one may be on its way here.
_TAKE = text(f"""
    WITH taken AS (
        SELECT n.id FROM notification n JOIN work_order w ON w.id = n.work_order
        WHERE n.state = 'pending' AND n.channel = 'webhook' AND n.due_at <= :now
          AND w.state = 'dispatched' AND n.address <> ALL (CAST(:busy AS text[]))
        ORDER BY n.due_at, n.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
    ), leased AS (
        UPDATE notification n SET attempts = n.attempts + 1, due_at = :until
        FROM taken t WHERE n.id = t.id RETURNING n.*
    )
    SELECT l.id, l.key, l.work_order AS order, l.incident, c.name AS account, l.address,
        l.attempts, l.created_at, i.scenario, i.level, i.lon, i.lat, i.exercise,
        a.data -> 'because' AS because, {PATH.format("i.area_code")} AS area_path
    FROM leased l
    JOIN account c ON c.id = l.account
    JOIN incident i ON i.id = l.incident
    JOIN alert a ON a.alert_id = i.lead_alert
""")
_SENT = text("""
    UPDATE notification SET state = 'sent', sent_at = :now, error = ''
    WHERE id = :id AND state = 'pending'
""")
_PUT_OFF = text("""
    UPDATE notification SET error = :error, due_at = coalesce(:due_at, due_at),
        state = CASE WHEN CAST(:due_at AS timestamptz) IS NULL THEN 'failed' ELSE 'pending' END
    WHERE id = :id AND state = 'pending'
""")


async def lease_due(
    connection: AsyncConnection,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    busy: Sequence[str] = (),
) -> list[OutgoingNotification]:
    """Take calls that are due; whoever took them and died leaves them to others at ``until``.

    Args:
        busy: Addresses that have enough on their hands.
    """
    asked = {"now": now, "until": until, "limit": limit, "busy": list(busy)}
    rows = (await connection.execute(_TAKE, asked)).mappings()
    return [
        OutgoingNotification(
            **{
                **row,
                "because": msgspec.convert(row["because"], Text),
                "area_path": tuple(row["area_path"] or ()),
            }
        )
        for row in rows
    ]


async def mark_webhook_sent(connection: AsyncConnection, call: UUID, *, now: datetime) -> None:
    """Note that the other side has taken it."""
    await connection.execute(_SENT, {"id": call, "now": now})


async def record_failure(
    connection: AsyncConnection, call: UUID, *, error: str, due_at: datetime | None
) -> None:
    """Note what went wrong, and when to try again; ``None`` gives it up."""
    await connection.execute(_PUT_OFF, {"id": call, "error": error, "due_at": due_at})
