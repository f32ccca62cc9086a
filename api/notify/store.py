"""Store notifications: one row per person, channel and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.live import store as live_store


class NotificationState(StrEnum):
    """How far a notification has got; stored and shown under this name."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NotificationKind(StrEnum):
    """What a notification is for; stored and shown under this name."""

    DISPATCH = "dispatch"
    """A new work order, or one that has reached the next level."""
    REMINDER = "reminder"
    """The recipient has not acted yet."""
    ESCALATION = "escalation"
    """Others have not acted: the recipient is asked to see to it."""
    NOBODY_ON_DUTY = "nobody_on_duty"
    """Nobody on duty could be notified: the recipient has to dispatch by hand."""
    WORSENING = "worsening"
    """The level of an incident that the recipient holds has risen."""
    REWORK = "rework"
    """The work of the recipient was not accepted."""
    HELP = "help"
    """The recipient is asked to help with an order, which somebody else may have accepted."""
    VERIFICATION = "verification"
    """The recipient has to verify the work, as the only operator has done it."""
    RECALL = "recall"
    """The recipient is no longer needed."""
    NOTICE = "notice"
    """The matter that the recipient works on has ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationBatch:
    """Who is notified of an incident or of its order.

    Args:
        key: What happened; an account gets one notification per key and channel.
        order: ``None`` if the notification is about the incident alone.
        required_state: It is sent only while the incident is in this state; ``None`` for any.
        accounts: Ids.
        has_webhook: Whether every account is also notified through the default webhook.
    """

    key: str
    incident: UUID
    kind: NotificationKind
    accounts: tuple[int, ...]
    order: UUID | None = None
    required_state: str | None = None
    has_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppNotification:
    """A notification in the app of the account that asks."""

    id: UUID
    kind: str
    order: UUID | None
    incident: UUID
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


# Every account has the app; a row in `channel` or the default webhook adds a second channel.
_INSERT = text("""
    WITH recipient AS (
        SELECT t.*, CAST(a AS bigint) AS account
        FROM json_to_recordset(CAST(:rows AS json)) AS t (
            key text, "order" uuid, incident uuid, kind text, required_state text, accounts json,
            has_webhook boolean), json_array_elements_text(t.accounts) AS a
    ), target AS (
        SELECT r.*, 'app' AS channel, '' AS address FROM recipient r
        UNION ALL
        SELECT r.*, 'webhook', coalesce(c.address, '')
        FROM recipient r
        LEFT JOIN channel c ON c.account = r.account AND c.kind = 'webhook'
        WHERE c.account IS NOT NULL OR r.has_webhook
    ), inserted AS (
        INSERT INTO notification (
            key, work_order, incident, account, channel, address, kind, required_state, due_at,
            created_at)
        SELECT concat_ws(':', key, account, channel), "order", incident, account, channel, address,
            kind, required_state, :now, :now
        FROM target ORDER BY key, account, channel
        ON CONFLICT (key) DO NOTHING RETURNING id, account, channel
    ), published AS (
        INSERT INTO event_log (at, topic, object, account)
        SELECT CAST(:now AS timestamptz), 'notification', CAST(id AS text), account
        FROM inserted WHERE channel = 'app'
    )
    SELECT pg_notify('gridwatch', '')
""")
_CANCEL_PENDING = text("""
    UPDATE notification SET state = 'cancelled'
    WHERE work_order = ANY (CAST(:orders AS uuid[])) AND state = 'pending'
""")
_PUBLISH_ORDERS = text("""
    WITH changed AS (
        SELECT id, area FROM unnest(CAST(:ids AS uuid[]), CAST(:areas AS text[])) AS t (id, area)
    )
    INSERT INTO event_log (at, topic, object, area_code, account)
    SELECT CAST(:now AS timestamptz), 'order', CAST(id AS text), area, CAST(NULL AS bigint)
    FROM changed
    UNION ALL
    SELECT DISTINCT CAST(:now AS timestamptz), 'order', CAST(changed.id AS text), NULL, n.account
    FROM changed JOIN notification n ON n.work_order = changed.id
""")
_LIST = text("""
    SELECT n.id, n.kind, n.work_order AS order, n.incident, n.state, n.created_at, n.sent_at,
        n.delivered_at
    FROM notification n
    JOIN incident i ON i.id = n.incident
    LEFT JOIN work_order w ON w.id = n.work_order
    WHERE n.account = :account AND n.channel = 'app'
      AND (NOT :is_open OR (n.state <> 'cancelled' AND CASE
           WHEN w.id IS NULL OR n.kind <> 'dispatch'
           THEN i.is_open AND (n.required_state IS NULL OR n.required_state = i.state)
           ELSE w.is_open AND (w.assignee IS NULL OR w.assignee = :account) END))
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


async def insert_notifications(
    connection: AsyncConnection, batches: Sequence[NotificationBatch], *, now: datetime
) -> None:
    """Insert one notification per key, account and channel, and publish those in the app.

    The listeners are notified: senders and open pages do the rest after the commit.
    """
    await connection.execute(_INSERT, {"rows": as_json(batches), "now": now})


async def cancel_pending(connection: AsyncConnection, orders: Sequence[UUID]) -> None:
    """Cancel the notifications of orders that have not been sent."""
    await connection.execute(_CANCEL_PENDING, {"orders": list(orders)})


async def publish_order_changes(
    connection: AsyncConnection, orders: Sequence[tuple[UUID, str]], *, now: datetime
) -> None:
    """Publish orders to the desks of their areas and to every account notified of them.

    Args:
        orders: Ids and area codes.
    """
    params = {"ids": [order for order, _ in orders], "areas": [area for _, area in orders]}
    await connection.execute(_PUBLISH_ORDERS, {**params, "now": now})


async def list_notifications(
    connection: AsyncConnection, account: int, *, is_open: bool
) -> list[AppNotification]:
    """List the 200 newest notifications in an account's app, newest first.

    Args:
        is_open: Only those of open orders that nobody else has accepted, and those about open
            incidents that are still in the state they are about.
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


async def _publish_incidents(
    connection: AsyncConnection, incidents: Sequence[UUID], now: datetime
) -> None:
    if incidents:
        await live_store.publish_incidents(connection, incidents, at=now)
