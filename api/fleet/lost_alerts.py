"""Mark missing alerts of a node as lost."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotFoundError
from api.fleet import alarm_store
from api.fleet.store import publish_node_event
from api.live import store as live_store
from pipeline.wire import Node


async def mark_gap_lost(
    connection: AsyncConnection, node: Node, boot_id: str, *, by: str, reason: str, now: datetime
) -> None:
    """Mark the missing alerts of one boot as lost: the alarm ends, the loss is audited.

    Raises:
        NotFoundError: This boot has no gap, or it is marked already.
    """
    if not await alarm_store.mark_gap_lost(connection, str(node), boot_id, by=by, now=now):
        raise NotFoundError("no_such_gap")
    detail: dict[str, object] = {"node": str(node), "boot_id": boot_id}
    entry = AuditEntry(at=now, actor=by, action="give_up", reason=reason, detail=detail)
    await audit_store.record(connection, entry)
    await publish_node_event(connection, node, now=now)
    await live_store.notify_listeners(connection)
