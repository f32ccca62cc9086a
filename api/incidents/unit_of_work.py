"""Write steps of incidents: everything that must be committed together.

The orders are written before by ``work_orders.store``; the rest goes through ``record_changes``,
in the transaction of the caller: states and clocks, verdicts, audit entries, notifications, and
the events that open pages receive. The number of statements does not depend on the number of
changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api import metrics
from api.accounts.store import Account
from api.accuracy.store import Verdict, add_verdict
from api.audit import store as audit_store
from api.audit.store import SYSTEM, AuditEntry
from api.incidents import store as incidents_store
from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from api.incidents.store import StateChange
from api.live import store as live_store
from api.notify import receipt_store
from api.notify import store as notify_store
from api.notify.store import NotificationBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """One step of an incident.

    Args:
        action: Goes to the audit log.
        account: Who did it; ``None`` for the system.
        state: New state of the incident; ``None`` leaves its state and version as they are.
        clock: New clock of the incident and its open order; ``None`` with a new state ends the
            clock, and without one leaves it as it is.
        from_state: State before, of the incident or of its order.
        order: The work order that changed with it.
        order_area: Area of that order; ``None`` if its workers need not be informed.
        area_code: Area of the incident.
        idempotency_key: Scoped key of the request.
        notifications: Who is notified.
        recalls: Who is notified that they are no longer needed.
        is_recorded: Whether it goes to the audit log and to open pages; an attempt that failed
            again does not.
    """

    incident: UUID
    action: str
    at: datetime
    from_state: str
    state: IncidentState | None = None
    clock: Clock | None = None
    account: Account | None = None
    area_code: str | None = None
    order: UUID | None = None
    order_area: str | None = None
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    verdict: Verdict | None = None
    idempotency_key: str | None = None
    notifications: NotificationBatch | None = None
    recalls: NotificationBatch | None = None
    is_recorded: bool = True


async def record_change(connection: AsyncConnection, change: IncidentChange) -> None:
    """Write a step of a locked incident and notify listeners."""
    await record_changes(connection, [change])


async def record_changes(connection: AsyncConnection, changes: Sequence[IncidentChange]) -> None:
    """Write a step of each of several locked incidents and notify listeners."""
    states = [
        StateChange(incident=change.incident, state=change.state, clock=change.clock)
        for change in changes
        if change.state is not None or change.clock is not None
    ]
    if states:
        at = changes[0].at
        for state, since in await incidents_store.set_states(connection, states, at=at):
            metrics.observe_state(state, since, at)
    for change in changes:
        await _record_request(connection, change)
    actions = [(change.incident, change.account.id) for change in changes if change.account]
    if actions:
        await receipt_store.acknowledge(connection, actions, now=changes[0].at)
    recorded = [change for change in changes if change.is_recorded]
    await audit_store.record(connection, *map(_audit_entry, recorded))
    await _notify(connection, changes, recorded)


async def _record_request(connection: AsyncConnection, change: IncidentChange) -> None:
    """Write what only the request of a person has: a verdict and an idempotency key."""
    if change.verdict is not None:
        await add_verdict(connection, change.incident, change.verdict, at=change.at)
    if change.idempotency_key is not None:
        request = (change.action, change.incident, change.order)
        await incidents_store.add_request(connection, change.idempotency_key, request, at=change.at)


async def _notify(
    connection: AsyncConnection,
    changes: Sequence[IncidentChange],
    recorded: Sequence[IncidentChange],
) -> None:
    """Notify people, and publish the recorded changes to open pages; both wake the listeners."""
    batches = [
        batch
        for change in changes
        for batch in (change.notifications, change.recalls)
        if batch is not None
    ]
    if batches:
        await notify_store.insert_notifications(connection, batches, now=changes[0].at)
    if recorded:
        await _publish(connection, recorded)


async def _publish(connection: AsyncConnection, changes: Sequence[IncidentChange]) -> None:
    at = changes[0].at
    orders = [
        (change.order, change.order_area)
        for change in changes
        if change.order is not None and change.order_area is not None
    ]
    if orders:
        await notify_store.publish_order_changes(connection, orders, now=at)
    incidents = list({change.incident: None for change in changes})
    await live_store.publish_incidents(connection, incidents, at=at)


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
