"""Open, reopen, raise and close incidents that no alert opened.

``open_system_incident`` and ``close_system_incident`` are complete by themselves; the others
change an incident that ``store.lock_incidents`` has returned.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.store import SYSTEM, AuditEntry
from api.incidents import lifecycle
from api.incidents.actors import SYSTEM_ACTOR
from api.incidents.clocks import PLANS, Clock, NextStep, desk, start_clock
from api.incidents.lifecycle import Action, IncidentState, OrderState
from api.incidents.model import SystemAction
from api.incidents.system_incidents import store
from api.incidents.system_incidents.model import (
    UNATTENDED_STATES,
    Addressee,
    ClosingReason,
    StoredIncident,
    SystemIncident,
)
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import store as work_orders_store
from api.live import store as live_store
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch

_STATES = {Addressee.POST: IncidentState.FILED, Addressee.DESK: IncidentState.NEW}


class Ending(StrEnum):
    """What follows for an incident once nothing is wrong any more."""

    CLOSED = "closed"
    """Nobody had taken it up."""
    NOTIFIED = "notified"
    """Who works on it is notified, and finishes."""
    NONE = "none"
    """No incident of the key was open, or it had ended before."""


async def open_system_incident(
    connection: AsyncConnection, incident: SystemIncident, *, now: datetime
) -> UUID | None:
    """Open an incident with its clock: filed for those on duty, or to be reviewed by the desk.

    Returns:
        Its id; ``None`` if an incident of its key is open already, which is left as it is.
    """
    state = _STATES[incident.addressee]
    clock = start_clock(state, incident.level, desk(incident.area_code), now=now)
    if incident.addressee is Addressee.DESK and incident.review_by is not None:
        clock = replace(clock, due_at=incident.review_by, next_action_at=incident.review_by)
    inserted = await store.insert_incident(connection, incident, state, clock, now=now)
    if inserted is None:
        return None
    entry = AuditEntry(
        at=now,
        actor=SYSTEM,
        action=SystemAction.OPEN,
        incident=inserted,
        to_state=state,
        detail={"code": incident.code, "since": incident.since.isoformat()},
    )
    await audit_store.record(connection, entry)
    await live_store.publish_incidents(connection, [inserted], at=now)
    return inserted


async def close_system_incident(
    connection: AsyncConnection,
    key: str,
    *,
    now: datetime,
    reason: ClosingReason = ClosingReason.RECOVERED,
) -> Ending:
    """Close the open incident of a key, as nothing is wrong any more.

    If a person has taken it up, that person is notified, and the incident goes on to its end.
    """
    stored = (await store.lock_incidents(connection, [key])).get(key)
    if stored is None or not stored.is_open:
        return Ending.NONE
    return await end_incident(connection, stored, now=now, reason=reason)


async def end_incident(
    connection: AsyncConnection,
    incident: StoredIncident,
    *,
    now: datetime,
    reason: ClosingReason = ClosingReason.RECOVERED,
) -> Ending:
    """Close a locked open incident, or tell who has taken it up."""
    if incident.state in UNATTENDED_STATES:
        is_over = reason is ClosingReason.RECOVERED
        await store.update_incident(connection, replace(incident, is_over=is_over), now=now)
        await _close(connection, incident, reason, now)
        return Ending.CLOSED
    if incident.is_over:
        return Ending.NONE
    await store.update_incident(connection, replace(incident, is_over=True), now=now)
    await record_change(connection, _notice(incident, reason, now))
    return Ending.NOTIFIED


async def reopen_incident(
    connection: AsyncConnection,
    incident: StoredIncident,
    addressee: Addressee,
    *,
    call_at: datetime,
    now: datetime,
) -> None:
    """Reopen a locked incident that the system had closed.

    Args:
        call_at: When the addressee is called if it stays open.
    """
    lifecycle.apply_action(incident.state, Action.REOPEN, SYSTEM_ACTOR)
    state = _STATES[addressee]
    clock = start_clock(state, incident.level, desk(incident.area_code), now=now)
    clock = replace(clock, due_at=max(clock.due_at, call_at), next_action_at=call_at)
    await store.update_incident(connection, replace(incident, is_over=False), now=now)
    change = _change(incident, Action.REOPEN, now, reason="returned")
    await record_change(connection, replace(change, state=state, clock=clock))


async def raise_incident(
    connection: AsyncConnection, incident: StoredIncident, *, now: datetime
) -> None:
    """Write the higher level of a locked open incident; who is responsible is reminded at once."""
    await store.update_incident(connection, incident, now=now)
    change = _change(incident, SystemAction.WORSEN, now, detail={"level": incident.level})
    await record_change(connection, replace(change, clock=_clock_at_once(incident, now)))


async def _close(
    connection: AsyncConnection, incident: StoredIncident, reason: ClosingReason, now: datetime
) -> None:
    state = lifecycle.apply_action(incident.state, Action.RECOVER, SYSTEM_ACTOR)
    if incident.order is not None:
        cancelled = [incident.order]
        await work_orders_store.close(connection, cancelled, OrderState.CANCELLED, now=now)
    change = _change(incident, Action.RECOVER, now, reason=reason)
    clock = start_clock(state, incident.level, desk(incident.area_code), now=now)
    await record_change(connection, replace(change, state=state, clock=clock))


def _notice(incident: StoredIncident, reason: ClosingReason, now: datetime) -> IncidentChange:
    """Tell the assignee that nothing is wrong any more; the state stays."""
    change = _change(incident, SystemAction.END, now, reason=reason)
    if incident.assignee is None:
        return change
    notice = NotificationBatch(
        key=f"{incident.id}:{incident.n_times}:{SystemAction.END}",
        incident=incident.id,
        order=incident.order,
        kind=NotificationKind.NOTICE,
        accounts=(incident.assignee,),
    )
    return replace(change, notifications=notice)


def _clock_at_once(incident: StoredIncident, now: datetime) -> Clock | None:
    """Return the clock of a raised incident: its first action is due, and no deadline is later."""
    clock = incident.clock
    plan = PLANS.get(incident.state)
    if clock is None or plan is None or plan.next_step in {NextStep.ARCHIVE, NextStep.RESUME}:
        return clock
    restarted = start_clock(incident.state, incident.level, clock.responsible, now=now)
    return replace(restarted, due_at=min(restarted.due_at, clock.due_at), next_action_at=now)


def _change(
    incident: StoredIncident,
    action: str,
    now: datetime,
    *,
    reason: str = "",
    detail: dict[str, object] | None = None,
) -> IncidentChange:
    return IncidentChange(
        incident=incident.id,
        action=action,
        at=now,
        from_state=incident.state,
        area_code=incident.area_code,
        order=incident.order,
        order_area=incident.order_area,
        reason=reason,
        detail=detail or {},
    )
