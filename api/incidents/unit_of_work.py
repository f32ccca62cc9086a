"""Write one step of an incident: everything that must be committed together.

The order of the incident is written before by ``work_orders.store``; the rest goes through
``record_change``, in the transaction of the caller: the state of the incident, the verdict, the
audit entry, the notifications, and the events that open pages receive.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.store import Verdict, add_verdict
from api.audit import store as audit_store
from api.audit.store import SYSTEM, AuditEntry
from api.incidents import store as incidents_store
from api.incidents.lifecycle import IncidentState
from api.live import store as live_store
from api.notify import store as notify_store
from api.notify.store import NotificationBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """One step of an incident.

    Args:
        action: Goes to the audit log.
        account: Who did it; ``None`` for the system.
        state: New state of the incident; ``None`` leaves its row as it is.
        from_state: State before, of the incident or of its order.
        order: The work order that changed with it.
        order_area: Area of that order.
        area_code: Area of the incident.
        idempotency_key: Scoped key of the request.
        notifications: Who is notified of the order.
    """

    incident: UUID
    action: str
    at: datetime
    from_state: str
    state: IncidentState | None = None
    account: Account | None = None
    area_code: str | None = None
    order: UUID | None = None
    order_area: str | None = None
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    verdict: Verdict | None = None
    idempotency_key: str | None = None
    notifications: NotificationBatch | None = None


async def record_change(connection: AsyncConnection, change: IncidentChange) -> None:
    """Write a step of a locked incident and notify listeners."""
    if change.state is not None:
        await incidents_store.set_state(connection, change.incident, change.state)
    if change.verdict is not None:
        await add_verdict(connection, change.incident, change.verdict, at=change.at)
    if change.idempotency_key is not None:
        await incidents_store.add_request(
            connection,
            change.idempotency_key,
            (change.action, change.incident, change.order),
            at=change.at,
        )
    await audit_store.record(connection, _audit_entry(change))
    if change.notifications is not None:
        await notify_store.insert_notifications(connection, change.notifications, now=change.at)
    if change.order is not None and change.order_area is not None:
        await notify_store.publish_order_change(
            connection, change.order, area_code=change.order_area, now=change.at
        )
    await live_store.publish(
        connection, "incident", change.incident, at=change.at, area_code=change.area_code
    )
    await live_store.notify_listeners(connection)


def _audit_entry(change: IncidentChange) -> AuditEntry:
    return AuditEntry(
        at=change.at,
        actor=change.account.name if change.account else SYSTEM,
        action=change.action,
        incident=change.incident,
        order=change.order,
        from_state=change.from_state,
        to_state=change.state or change.from_state,
        reason=change.reason,
        detail=change.detail,
    )
