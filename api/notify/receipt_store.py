"""Store receipts: what has reached a person, was read, and was acted on.

A receipt on one channel ends the others that still wait, and proves the channel that brought it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.live import store as live_store

# The webhook of the settings has the address '' and is told of everything.
_RECORD = text("""
    WITH received AS (
        UPDATE notification SET
            state = CASE WHEN state IN ('pending', 'sent', 'failed') THEN 'delivered'
                ELSE state END,
            sent_at = coalesce(sent_at, :now),
            delivered_at = coalesce(delivered_at, :now),
            read_at = CASE WHEN :is_read THEN coalesce(read_at, :now) ELSE read_at END
        WHERE id = :id AND (account = :account OR CAST(:account AS bigint) IS NULL)
          AND (delivered_at IS NULL OR (:is_read AND read_at IS NULL))
        RETURNING id, event, account, robot, incident, channel, address, subscription, kind
    ), ended AS (
        UPDATE notification n SET state = 'cancelled'
        FROM received r
        WHERE r.kind <> 'test' AND r.event <> '' AND n.event = r.event AND n.account = r.account
          AND n.id <> r.id AND n.state = 'pending' AND n.channel <> 'app' AND n.address <> ''
    ), tested_channel AS (
        INSERT INTO channel AS c (account, kind, address, position, tested_at)
        SELECT account, channel, '', 2, :now FROM received
        WHERE channel = 'webhook' AND address = '' AND account IS NOT NULL
        UNION ALL
        SELECT c.account, c.kind, c.address, c.position, :now
        FROM received r JOIN channel c ON c.account = r.account AND c.kind = r.channel
            AND (c.address = r.address OR c.kind = 'push')
        WHERE r.address <> ''
        ON CONFLICT (account, kind) DO UPDATE SET tested_at = :now, failed_at = NULL
    ), tested_device AS (
        UPDATE push_subscription s SET tested_at = :now FROM received r WHERE s.id = r.subscription
    ), tested_robot AS (
        UPDATE chat_robot g SET tested_at = :now, failed_at = NULL
        FROM received r WHERE g.id = r.robot
    )
    SELECT incident FROM received WHERE incident IS NOT NULL
""")
_EXISTS = text("""
    SELECT id FROM notification
    WHERE id = :id AND (account = :account OR CAST(:account AS bigint) IS NULL)
""")
_ACKNOWLEDGE = text("""
    UPDATE notification n SET acknowledged_at = :now,
        state = CASE WHEN n.state = 'pending' AND n.channel <> 'app' AND n.address <> ''
            THEN 'cancelled' ELSE n.state END
    FROM unnest(CAST(:incidents AS uuid[]), CAST(:accounts AS bigint[])) AS t (incident, account)
    WHERE n.incident = t.incident AND n.account = t.account AND n.acknowledged_at IS NULL
""")


async def record_receipt(
    connection: AsyncConnection,
    notification: UUID,
    account: int | None,
    *,
    is_read: bool,
    now: datetime,
) -> bool:
    """Store that a notification has reached its recipient, and publish that.

    Args:
        account: The account that says so; ``None`` if a receipt token proves it.
        is_read: Whether it was also opened.

    Returns:
        Whether the account has such a notification.
    """
    params = {"id": notification, "account": account}
    updated = await connection.execute(_RECORD, params | {"is_read": is_read, "now": now})
    if incidents := updated.scalars().all():
        await live_store.publish_incidents(connection, incidents, at=now)
        return True
    return (await connection.execute(_EXISTS, params)).first() is not None


async def acknowledge(
    connection: AsyncConnection, actions: Sequence[tuple[UUID, int]], *, now: datetime
) -> None:
    """Store that accounts have acted on incidents; what still waits for them is cancelled.

    Args:
        actions: Incidents and accounts.
    """
    params = {
        "incidents": [incident for incident, _ in actions],
        "accounts": [account for _, account in actions],
        "now": now,
    }
    await connection.execute(_ACKNOWLEDGE, params)
