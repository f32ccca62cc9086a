"""Calls to people: one row a person, channel and ring of the bell."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database import unit_of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class AppNotification:
    """A call to the asking account."""

    id: UUID
    order: UUID
    incident: UUID
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


_CANCEL = text("""
    UPDATE notification SET state = 'cancelled'
    WHERE work_order = :order AND state = 'pending'
      AND (CAST(:but AS bigint) IS NULL OR account <> :but)
""")
_CALLED = text("SELECT DISTINCT account FROM notification WHERE work_order = :order")
_MINE = text("""
    SELECT n.id, n.work_order AS order, n.incident, n.state, n.created_at, n.sent_at,
        n.delivered_at
    FROM notification n JOIN work_order w ON w.id = n.work_order
    WHERE n.account = :me AND n.channel = 'app'
      AND (NOT :is_open OR (w.is_open AND n.state <> 'cancelled'
           AND (w.assignee IS NULL OR w.assignee = :me)))
    ORDER BY n.created_at DESC, n.id DESC LIMIT 200
""")
_SENT = text("""
    UPDATE notification SET state = 'sent', sent_at = :now, attempts = attempts + 1
    WHERE id = ANY (:named) AND account = :me AND channel = 'app' AND state = 'pending'
    RETURNING id, incident
""")
_DELIVERED = text("""
    UPDATE notification SET state = 'delivered', delivered_at = :now,
        sent_at = coalesce(sent_at, :now)
    WHERE id = :id AND account = :me AND state IN ('pending', 'sent')
    RETURNING incident
""")
_TELL_DESKS = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    SELECT :now, 'incident', CAST(id AS text), area_code FROM incident
    WHERE id = ANY (CAST(:incidents AS uuid[]))
""")
_IS_MINE = text("SELECT state FROM notification WHERE id = :id AND account = :me")


async def cancel_pending(
    connection: AsyncConnection, order: UUID, *, but: int | None = None
) -> None:
    """Take back the calls that have not left yet, but for one account's."""
    await connection.execute(_CANCEL, {"order": order, "but": but})


async def publish_order_change(
    connection: AsyncConnection, order: UUID, *, area_code: str, now: datetime
) -> None:
    """Tell the area's desks and everyone called that an order has changed."""
    await unit_of_work.publish(connection, "order", order, at=now, area_code=area_code)
    for account in (await connection.execute(_CALLED, {"order": order})).scalars():
        await unit_of_work.publish(connection, "order", order, at=now, account=account)


async def list_notifications(
    connection: AsyncConnection, me: int, *, is_open: bool
) -> list[AppNotification]:
    """List an account's calls in the app, the newest first."""
    rows = (await connection.execute(_MINE, {"me": me, "is_open": is_open})).mappings()
    return [AppNotification(**row) for row in rows]


async def mark_sent(
    connection: AsyncConnection, named: list[UUID], me: int, *, now: datetime
) -> frozenset[UUID]:
    """Note that calls were written to their account's open page, and let the desks see it.

    Returns:
        Those that were still waiting; one taken back meanwhile stays so.
    """
    rows = (await connection.execute(_SENT, {"named": named, "me": me, "now": now})).all()
    await _tell_desks(connection, [row.incident for row in rows], now)
    return frozenset(row.id for row in rows)


async def mark_delivered(
    connection: AsyncConnection, call: UUID, me: int, *, now: datetime
) -> bool:
    """Note that a call has reached its phone; ``False`` when there is no such call."""
    changed = await connection.execute(_DELIVERED, {"id": call, "me": me, "now": now})
    await _tell_desks(connection, list(changed.scalars()), now)
    return (await connection.execute(_IS_MINE, {"id": call, "me": me})).first() is not None


async def _tell_desks(connection: AsyncConnection, incidents: list[UUID], now: datetime) -> None:
    if incidents:
        await connection.execute(_TELL_DESKS, {"incidents": incidents, "now": now})
        await unit_of_work.notify_listeners(connection)
