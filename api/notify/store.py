"""Store notifications: one row per person, channel and round of an order's escalation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_columns
from api.live import store as live_store
from pipeline.text import Text


class NotificationState(StrEnum):
    """How far a notification has got; stored and shown under this name."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationBatch:
    """Who is notified of an order.

    Args:
        step: Escalation level.
        cycle: Rounds of escalation so far; an account gets one notification per step, cycle
            and channel.
        accounts: Ids.
        has_webhook: Whether every account is also notified through the default webhook.
    """

    incident: UUID
    order: UUID
    step: int
    cycle: int
    accounts: tuple[int, ...]
    has_webhook: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppNotification:
    """A notification in the app of the account that asks."""

    id: UUID
    order: UUID
    incident: UUID
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingNotification:
    """A notification to send, with everything its message says.

    Args:
        key: Equal whenever the same notification is sent again.
        attempts: Attempts so far, including this one.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """The result of one attempt to send a notification.

    Args:
        error: Why it failed; empty if the channel accepted it.
        at: When the channel answered.
        retry_at: When to try again; ``None`` gives up.
    """

    id: UUID
    error: str
    at: datetime
    retry_at: datetime | None


# Every account has the app; a row in `channel` or the default webhook adds a second channel.
_INSERT = text("""
    WITH target AS (
        SELECT account, 'app' AS channel, '' AS address
        FROM unnest(CAST(:accounts AS bigint[])) AS t (account)
        UNION ALL
        SELECT t.account, 'webhook', coalesce(c.address, '')
        FROM unnest(CAST(:accounts AS bigint[])) AS t (account)
        LEFT JOIN channel c ON c.account = t.account AND c.kind = 'webhook'
        WHERE c.account IS NOT NULL OR :has_webhook
    ), inserted AS (
        INSERT INTO notification
            (key, work_order, incident, account, channel, address, due_at, created_at)
        SELECT concat_ws(':', CAST(:order AS uuid), CAST(:step AS int), CAST(:cycle AS int),
                         account, channel),
            :order, :incident, account, channel, address, :now, :now
        FROM target ORDER BY account, channel
        ON CONFLICT (key) DO NOTHING RETURNING id, account, channel
    )
    SELECT id, account FROM inserted WHERE channel = 'app'
""")
_CANCEL_PENDING = text("""
    UPDATE notification SET state = 'cancelled' WHERE work_order = :order AND state = 'pending'
""")
_NOTIFIED = text("SELECT DISTINCT account FROM notification WHERE work_order = :order")
_LIST = text("""
    SELECT n.id, n.work_order AS order, n.incident, n.state, n.created_at, n.sent_at,
        n.delivered_at
    FROM notification n JOIN work_order w ON w.id = n.work_order
    WHERE n.account = :account AND n.channel = 'app'
      AND (NOT :is_open OR (w.is_open AND n.state <> 'cancelled'
           AND (w.assignee IS NULL OR w.assignee = :account)))
    ORDER BY n.created_at DESC, n.id DESC LIMIT 200
""")
_MARK_SENT = text("""
    UPDATE notification SET state = 'sent', sent_at = :now, attempts = attempts + 1
    WHERE id = :id AND account = :account AND channel = 'app' AND state = 'pending'
    RETURNING incident
""")
_MARK_DELIVERED = text("""
    UPDATE notification SET state = 'delivered', delivered_at = :now,
        sent_at = coalesce(sent_at, :now)
    WHERE id = :id AND account = :account AND state IN ('pending', 'sent')
    RETURNING incident
""")
_EXISTS = text("SELECT state FROM notification WHERE id = :id AND account = :account")
# Only orders that nobody has accepted: accepting cancels the notifications of the others, but
# one may have been leased just before. Conditions are repeated on the locked rows, as another
# sender may have leased them in the meantime.
_LEASE_DUE = text("""
    WITH due AS (
        SELECT n.id, n.address, n.due_at,
            array_position(ARRAY['critical', 'major', 'minor', 'info'], i.level) AS rank
        FROM notification n
        JOIN incident i ON i.id = n.incident
        JOIN work_order w ON w.id = n.work_order
        WHERE n.state = 'pending' AND n.channel = 'webhook' AND n.due_at <= :now
          AND w.state = 'dispatched'
    ), placed AS (
        SELECT d.*, row_number() OVER (PARTITION BY address ORDER BY rank, due_at, id) AS place
        FROM due d
    ), taken AS (
        SELECT n.id
        FROM placed p
        JOIN notification n ON n.id = p.id
        LEFT JOIN unnest(CAST(:addresses AS text[]), CAST(:rooms AS int[])) AS r (address, room)
            ON r.address = p.address
        WHERE p.place <= coalesce(r.room, :default_room)
          AND n.state = 'pending' AND n.due_at <= :now
        ORDER BY p.rank, p.due_at, p.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
    ), leased AS (
        UPDATE notification n SET attempts = n.attempts + 1, due_at = :until
        FROM taken t WHERE n.id = t.id RETURNING n.*
    )
    SELECT l.id, l.key, l.work_order AS order, l.incident, c.name AS account, l.address,
        l.attempts, l.created_at, i.scenario, i.level, i.lon, i.lat, i.exercise,
        a.data -> 'because' AS because, area_path(i.area_code) AS area_path
    FROM leased l
    JOIN account c ON c.id = l.account
    JOIN incident i ON i.id = l.incident
    JOIN alert a ON a.alert_id = i.lead_alert
""")
_RECORD_RESULTS = text("""
    UPDATE notification n SET error = t.error, due_at = coalesce(t.retry_at, n.due_at),
        sent_at = CASE WHEN t.error = '' THEN t.at ELSE n.sent_at END,
        state = CASE WHEN t.error = '' THEN 'sent' WHEN t.retry_at IS NULL THEN 'failed'
            ELSE 'pending' END
    FROM unnest(CAST(:id AS uuid[]), CAST(:error AS text[]), CAST(:at AS timestamptz[]),
                CAST(:retry_at AS timestamptz[])) AS t (id, error, at, retry_at)
    WHERE n.id = t.id AND n.state = 'pending'
""")


async def insert_notifications(
    connection: AsyncConnection, batch: NotificationBatch, *, now: datetime
) -> None:
    """Insert one notification per account and channel, and publish those in the app.

    The senders do the rest after the commit.
    """
    params = {
        "order": batch.order,
        "incident": batch.incident,
        "step": batch.step,
        "cycle": batch.cycle,
        "accounts": list(batch.accounts),
        "has_webhook": batch.has_webhook,
        "now": now,
    }
    rows = await connection.execute(_INSERT, params)
    inserted = [(row.id, row.account) for row in rows]
    await live_store.publish_to_accounts(connection, "notification", inserted, at=now)


async def cancel_pending(connection: AsyncConnection, order: UUID) -> None:
    """Cancel the notifications of an order that have not been sent."""
    await connection.execute(_CANCEL_PENDING, {"order": order})


async def publish_order_change(
    connection: AsyncConnection, order: UUID, *, area_code: str, now: datetime
) -> None:
    """Publish an order to the desks of its area and to every account notified of it."""
    await live_store.publish(connection, "order", order, at=now, area_code=area_code)
    accounts = (await connection.execute(_NOTIFIED, {"order": order})).scalars()
    objects = [(order, account) for account in accounts]
    await live_store.publish_to_accounts(connection, "order", objects, at=now)


async def list_notifications(
    connection: AsyncConnection, account: int, *, is_open: bool
) -> list[AppNotification]:
    """List the 200 newest notifications in an account's app, newest first.

    Args:
        is_open: Only those of open orders that nobody else has accepted.
    """
    params = {"account": account, "is_open": is_open}
    rows = (await connection.execute(_LIST, params)).mappings()
    return [AppNotification(**row) for row in rows]


async def mark_sent(
    connection: AsyncConnection, notification: UUID, account: int, *, now: datetime
) -> None:
    """Mark a pending notification as written to its account's open stream, and publish that."""
    params = {"id": notification, "account": account, "now": now}
    incidents = (await connection.execute(_MARK_SENT, params)).scalars().all()
    await _publish_incidents(connection, incidents, now)


async def mark_delivered(
    connection: AsyncConnection, notification: UUID, account: int, *, now: datetime
) -> bool:
    """Mark a notification as received by the phone, and publish that.

    Returns:
        Whether the account has such a notification.
    """
    params = {"id": notification, "account": account}
    updated = await connection.execute(_MARK_DELIVERED, params | {"now": now})
    await _publish_incidents(connection, updated.scalars().all(), now)
    return (await connection.execute(_EXISTS, params)).first() is not None


async def lease_due(
    connection: AsyncConnection,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    rooms: Mapping[str, int],
    default_room: int,
) -> list[OutgoingNotification]:
    """Lease webhook notifications that are due, by level, then by due time.

    Args:
        until: When another sender may take them, if this one has died.
        limit: At most so many in all.
        rooms: At most so many for each address.
        default_room: At most so many for each other address.
    """
    params = {
        "now": now,
        "until": until,
        "limit": limit,
        "addresses": list(rooms),
        "rooms": list(rooms.values()),
        "default_room": default_room,
    }
    rows = (await connection.execute(_LEASE_DUE, params)).mappings()
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


async def record_results(connection: AsyncConnection, attempts: Sequence[AttemptResult]) -> None:
    """Store the results of attempts; what was cancelled in the meantime stays cancelled."""
    names = ("id", "error", "at", "retry_at")
    await connection.execute(_RECORD_RESULTS, as_columns(attempts, names))


async def _publish_incidents(
    connection: AsyncConnection, incidents: Sequence[UUID], now: datetime
) -> None:
    if incidents:
        await live_store.publish_incidents(connection, incidents, at=now)
        await live_store.notify_listeners(connection)
