"""Store notifications: one row per person, channel and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.live import store as live_store
from api.notify.model import FAILOVER, NotificationKind
from pipeline.signal import Level
from scenarios import catalogue

LEVELS = [level.value for level in Level]
MAX_CONSIDERED = 2000
"""Newest notifications of an account in which open ones are looked for."""
ROBOT_KINDS = ["dispatch", "escalation", "nobody_on_duty", "worsening"]
"""What a group chat hears of; reminders would drown it."""


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
    incident: UUID | None
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


# Every account has the app, and the webhook of the settings if there is one and it has none of its
# own: at once, whatever comes back. Its own channels follow in their order, the first at once;
# what is urgent goes to all at once. In the quiet hours of a person, what is not urgent waits.
_INSERT = text("""
    WITH batch AS (
        SELECT t.*, i.area_code, array_position(CAST(:levels AS text[]), i.level) AS level,
            i.level = 'critical' OR i.scenario = ANY (CAST(:life_and_limb AS text[])) AS is_urgent
        FROM json_to_recordset(CAST(:rows AS json)) AS t (
            key text, "order" uuid, incident uuid, kind text, required_state text, accounts json,
            has_webhook boolean)
        LEFT JOIN incident i ON i.id = t.incident
    ), recipient AS (
        SELECT b.*, CAST(a AS bigint) AS account
        FROM batch b, json_array_elements_text(b.accounts) AS a
    ), own AS (
        SELECT r.key, r.account, c.kind, coalesce(s.endpoint, c.address) AS address,
            s.id AS subscription,
            dense_rank() OVER (PARTITION BY r.key, r.account ORDER BY c.position, c.kind) AS place
        FROM recipient r
        JOIN channel c ON c.account = r.account AND c.is_enabled
        LEFT JOIN push_subscription s ON c.kind = 'push' AND s.account = c.account
        WHERE c.kind <> 'app' AND coalesce(s.endpoint, c.address) <> ''
    ), quiet AS (
        SELECT q.account, (l.day + q.ends_at + CASE WHEN q.ends_at <= l.at THEN interval '1 day'
            ELSE interval '0' END) AT TIME ZONE q.time_zone AS ends_at
        FROM quiet_hours q
        CROSS JOIN LATERAL (
            SELECT CAST(here AS date) AS day, CAST(here AS time) AS at
            FROM (SELECT CAST(:now AS timestamptz) AT TIME ZONE q.time_zone AS here) AS t) AS l
        WHERE q.account IN (SELECT account FROM recipient) AND CASE WHEN q.starts_at < q.ends_at
            THEN l.at >= q.starts_at AND l.at < q.ends_at
            ELSE l.at >= q.starts_at OR l.at < q.ends_at END
    ), target AS (
        SELECT r.key, r.account, CAST(NULL AS bigint) AS robot, 'app' AS channel, '' AS address,
            CAST(NULL AS uuid) AS subscription, 1 AS place
        FROM recipient r
        UNION ALL
        SELECT r.key, r.account, NULL, 'webhook', '', NULL, 1
        FROM recipient r WHERE r.has_webhook AND NOT EXISTS (
            SELECT FROM channel c
            WHERE c.account = r.account AND c.kind = 'webhook' AND c.address <> '')
        UNION ALL
        SELECT o.key, o.account, NULL, o.kind, o.address, o.subscription, o.place FROM own o
        UNION ALL
        SELECT b.key, NULL, g.id, g.kind, g.address, NULL, 1
        FROM batch b
        JOIN chat_robot g ON g.is_enabled AND starts_with(b.area_code, g.area_code)
            AND b.level >= array_position(CAST(:levels AS text[]), g.min_level)
        WHERE b.kind = ANY (CAST(:robot_kinds AS text[]))
    ), inserted AS (
        INSERT INTO notification (
            key, event, work_order, incident, account, robot, channel, address, subscription, kind,
            required_state, held_until, due_at, created_at)
        SELECT concat_ws(':', t.key, coalesce(CAST(t.account AS text), 'robot-' || t.robot),
                t.channel, t.subscription),
            t.key, b."order", b.incident, t.account, t.robot, t.channel, t.address, t.subscription,
            b.kind, b.required_state, h.until,
            greatest(CAST(:now AS timestamptz) + (t.place - 1) * CASE WHEN b.is_urgent
                THEN interval '0' ELSE CAST(:failover AS interval) END, h.until), :now
        FROM target t
        JOIN batch b ON b.key = t.key
        LEFT JOIN quiet q ON q.account = t.account
        CROSS JOIN LATERAL (
            SELECT CASE WHEN t.channel <> 'app' AND NOT b.is_urgent THEN q.ends_at END AS until
        ) AS h
        ORDER BY t.key, t.account, t.channel
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
    FROM changed JOIN notification n ON n.work_order = changed.id AND n.account IS NOT NULL
""")
_LIST = text("""
    SELECT n.id, n.kind, n.work_order AS order, n.incident, n.state, n.created_at, n.sent_at,
        n.delivered_at, n.read_at
    FROM (
        SELECT * FROM notification
        WHERE account = :account AND channel = 'app' AND NOT (:is_open AND state = 'cancelled')
        ORDER BY created_at DESC, id DESC LIMIT :considered) AS n
    LEFT JOIN incident i ON i.id = n.incident
    LEFT JOIN work_order w ON w.id = n.work_order
    WHERE (NOT :is_open OR (CASE
           WHEN n.kind = 'test' THEN n.read_at IS NULL
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


async def insert_notifications(
    connection: AsyncConnection, batches: Sequence[NotificationBatch], *, now: datetime
) -> None:
    """Insert one notification per key, account and channel, and publish those in the app.

    The listeners are notified: senders and open pages do the rest after the commit.
    """
    params = {
        "rows": as_json(batches),
        "now": now,
        "levels": LEVELS,
        "life_and_limb": _life_and_limb_scenarios(),
        "robot_kinds": ROBOT_KINDS,
        "failover": FAILOVER,
    }
    await connection.execute(_INSERT, params)


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
            incidents that are still in the state they are about; of the newest
            ``MAX_CONSIDERED`` in its app.
    """
    params = {"account": account, "is_open": is_open, "considered": MAX_CONSIDERED}
    rows = (await connection.execute(_LIST, params)).mappings()
    return [AppNotification(**row) for row in rows]


async def mark_sent(
    connection: AsyncConnection, notification: UUID, account: int, *, now: datetime
) -> None:
    """Mark a pending notification as written to its account's open stream, and publish that."""
    params = {"id": notification, "account": account, "now": now}
    incidents = (await connection.execute(_MARK_SENT, params)).scalars().all()
    await _publish_incidents(connection, incidents, now)


@cache
def _life_and_limb_scenarios() -> list[str]:
    """List the scenarios on which life and limb depend; the catalogue is read once."""
    return sorted(key for key, scenario in catalogue.load().items() if scenario.life_and_limb)


async def _publish_incidents(
    connection: AsyncConnection, incidents: Sequence[UUID], now: datetime
) -> None:
    if incidents:
        await live_store.publish_incidents(connection, incidents, at=now)
