"""Read what was sent to a person, and insert tests of their channels."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedNotification:
    """A notification on one channel, with its receipts."""

    id: UUID
    kind: str
    channel: str
    device: str
    address: str
    incident: UUID | None
    order: UUID | None
    scenario: str | None
    level: str | None
    state: str
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    acknowledged_at: datetime | None


_COLUMNS = """
    n.id, n.kind, n.channel, coalesce(s.device, '') AS device,
        CASE n.channel WHEN 'push' THEN '' ELSE n.address END AS address,
        n.incident, n.work_order AS order, i.scenario, i.level, n.state, n.attempts, n.error,
        n.created_at, n.due_at, n.sent_at, n.delivered_at, n.read_at, n.acknowledged_at
    FROM notification n
    LEFT JOIN incident i ON i.id = n.incident
    LEFT JOIN push_subscription s ON s.id = n.subscription
"""
_LIST = text(f"""
    SELECT {_COLUMNS} WHERE n.account = :account
      AND (CAST(:before AS timestamptz) IS NULL OR (n.created_at, n.id) < (:before, :before_id))
    ORDER BY n.created_at DESC, n.id DESC LIMIT :limit
""")
# One row per channel and device; the app is a channel like the others here.
_INSERT_TEST = text("""
    WITH target AS (
        SELECT 'app' AS channel, '' AS address, CAST(NULL AS uuid) AS subscription
        UNION ALL
        SELECT c.kind, coalesce(s.endpoint, c.address), s.id
        FROM channel c
        LEFT JOIN push_subscription s ON c.kind = 'push' AND s.account = c.account
        WHERE c.account = :account AND c.is_enabled
          AND (coalesce(s.endpoint, c.address) <> '' OR (c.kind = 'webhook' AND :has_webhook))
        UNION ALL
        SELECT 'webhook', '', NULL WHERE :has_webhook
          AND NOT EXISTS (SELECT FROM channel WHERE account = :account AND kind = 'webhook')
    ), inserted AS (
        INSERT INTO notification (
            key, event, account, channel, address, subscription, kind, due_at, created_at)
        SELECT concat_ws(':', CAST(:event AS text), :account, channel, subscription), :event,
            :account, channel, address, subscription, 'test', :now, :now
        FROM target WHERE CAST(:channel AS text) IN ('', channel) ORDER BY channel, subscription
        ON CONFLICT (key) DO NOTHING RETURNING id, channel
    ), published AS (
        INSERT INTO event_log (at, topic, object, account)
        SELECT CAST(:now AS timestamptz), 'notification', CAST(id AS text), :account
        FROM inserted WHERE channel = 'app'
    )
    SELECT pg_notify('gridwatch', '')
""")
_LIST_TEST = text(f"""
    SELECT {_COLUMNS} WHERE n.account = :account AND n.created_at >= :since
      AND n.event = CAST(:event AS text)
    ORDER BY n.channel, n.id
""")
_COUNT_TESTS = text("""
    SELECT count(DISTINCT event) FROM notification
    WHERE account = :account AND created_at > :since AND kind = 'test'
""")
_GET_TEST = text("""
    SELECT id FROM notification WHERE id = :id AND account = :account AND kind = 'test'
""")


async def list_notifications_of(
    connection: AsyncConnection,
    account: int,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[LoggedNotification]:
    """List what was sent to an account on every channel, newest first.

    Args:
        before: Time and id of the row that was listed last.
    """
    at, last = before or (None, None)
    params = {"account": account, "before": at, "before_id": last, "limit": limit}
    rows = (await connection.execute(_LIST, params)).mappings()
    return [LoggedNotification(**row) for row in rows]


async def insert_test(
    connection: AsyncConnection,
    account: int,
    event: str,
    *,
    channel: str | None,
    has_webhook: bool,
    now: datetime,
) -> None:
    """Insert a test message for each channel and device of an account.

    Args:
        event: Names the test; the same one is inserted once.
        channel: Only this channel; ``None`` for all.
        has_webhook: Whether the settings have a webhook.
    """
    params = {"account": account, "event": event, "channel": channel or "", "now": now}
    await connection.execute(_INSERT_TEST, params | {"has_webhook": has_webhook})


async def list_test(
    connection: AsyncConnection, account: int, event: str, *, since: datetime
) -> list[LoggedNotification]:
    """List the messages of a test by channel; those inserted before ``since`` are left out."""
    params = {"account": account, "event": event, "since": since}
    rows = (await connection.execute(_LIST_TEST, params)).mappings()
    return [LoggedNotification(**row) for row in rows]


async def count_tests(connection: AsyncConnection, account: int, *, since: datetime) -> int:
    """Return how many tests of an account's channels were made since a time."""
    params = {"account": account, "since": since}
    n: int = (await connection.execute(_COUNT_TESTS, params)).scalar_one()
    return n


async def is_test_of(connection: AsyncConnection, notification: UUID, account: int) -> bool:
    """Return whether a notification is a test of an account's channel."""
    params = {"id": notification, "account": account}
    return (await connection.execute(_GET_TEST, params)).first() is not None
