"""Notify those who hold an incident that its level has risen."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.notify import store as notify_store
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch
from pipeline.signal import Level

# Whoever has accepted the open order, else everybody who was notified of it. An incident without
# an order has a clock that is shorter now, and reminds its desk.
_HOLDERS = text("""
    SELECT w.incident, w.id AS order, CASE WHEN w.assignee IS NOT NULL THEN ARRAY[w.assignee]
        ELSE ARRAY(SELECT DISTINCT n.account FROM notification n
                   WHERE n.work_order = w.id AND n.state <> 'cancelled'
                       AND n.account IS NOT NULL) END AS accounts
    FROM work_order w WHERE w.is_open AND w.incident = ANY (CAST(:incidents AS uuid[]))
""")


async def notify_worsening(
    connection: AsyncConnection,
    levels: Mapping[UUID, Level],
    *,
    now: datetime,
    has_webhook: bool = False,
) -> None:
    """Notify the holders of incidents whose level has risen, once for each level.

    Args:
        levels: The new level of each incident.
    """
    if not levels:
        return
    rows = await connection.execute(_HOLDERS, {"incidents": list(levels)})
    batches = [
        NotificationBatch(
            key=worsening_key(row.incident, levels[row.incident]),
            incident=row.incident,
            order=row.order,
            kind=NotificationKind.WORSENING,
            accounts=tuple(row.accounts),
            has_webhook=has_webhook,
        )
        for row in rows
        if row.accounts
    ]
    if batches:
        await notify_store.insert_notifications(connection, batches, now=now)


def worsening_key(incident: UUID, level: str) -> str:
    """Return the key under which a holder hears once of a level."""
    return f"{incident}:worsening:{level}"
