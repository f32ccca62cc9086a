"""Write work orders and field reports.

Every function runs in the caller's transaction, which has locked the incident.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.lifecycle import IncidentState, OrderState
from api.notify import store as notify_store


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReport:
    """What the handler found and did.

    Args:
        photos: SHA-256 of each photo.
        found: Whether the matter was there; ``None`` until there is a report.
    """

    note: str = ""
    photos: tuple[str, ...] = ()
    found: bool | None = None


_INSERT = text("""
    INSERT INTO work_order (incident, state, step, area_code, next_action_at, dispatched_at)
    VALUES (:incident, 'dispatched', :step, :area, :due_at, :now) RETURNING id
""")
_ADVANCE = text("""
    UPDATE work_order SET state = :state, version = version + 1, next_action_at = :due_at,
        assignee = CASE WHEN :state = 'accepted' THEN CAST(:account AS bigint) ELSE assignee END,
        accepted_at = CASE WHEN :state = 'accepted' THEN :now ELSE accepted_at END,
        handled_at = CASE WHEN :state = 'feedback' THEN :now ELSE handled_at END
    WHERE id = :order
""")
_ESCALATE = text("""
    UPDATE work_order SET step = :step, next_action_at = :due_at, rounds = rounds + 1
    WHERE id = :order
""")
_CLOSE = text("""
    UPDATE work_order SET state = :state, version = version + 1, next_action_at = NULL,
        closed_at = :now, verifier = CAST(:verifier AS bigint),
        declined_by = CAST(:declined_by AS bigint), has_expired = :has_expired,
        returns = returns + CASE WHEN :is_returned THEN 1 ELSE 0 END
    WHERE id = :order
""")
_INSERT_REPORT = text("""
    INSERT INTO field_report (work_order, incident, account, note, found, photos, at)
    SELECT id, incident, :account, :note, :found, CAST(:photos AS text[]), :now
    FROM work_order WHERE id = :order
""")


async def insert_order(
    connection: AsyncConnection,
    incident: UUID,
    area: str,
    *,
    step: int,
    now: datetime,
    due_at: datetime,
) -> UUID:
    """Insert a dispatched order and return its id; an incident has at most one open order."""
    row = {"incident": incident, "area": area, "step": step, "now": now, "due_at": due_at}
    order: UUID = (await connection.execute(_INSERT, row)).scalar_one()
    return order


async def advance(
    connection: AsyncConnection,
    order: UUID,
    state: IncidentState,
    *,
    now: datetime,
    due_at: datetime,
    account: int,
) -> None:
    """Move an open order to its next state.

    Accepting makes ``account`` the assignee and cancels the notifications not yet sent.
    """
    params = {
        "order": order,
        "state": state.value,
        "now": now,
        "due_at": due_at,
        "account": account,
    }
    await connection.execute(_ADVANCE, params)
    if state is IncidentState.ACCEPTED:
        await notify_store.cancel_pending(connection, order)


async def escalate(
    connection: AsyncConnection, order: UUID, *, step: int, due_at: datetime
) -> None:
    """Set the escalation level and deadline of an order.

    The version stays, so that a worker who accepts at the same time succeeds.
    """
    await connection.execute(_ESCALATE, {"order": order, "step": step, "due_at": due_at})


async def close(
    connection: AsyncConnection,
    order: UUID,
    state: OrderState,
    *,
    now: datetime,
    verifier: int | None = None,
    declined_by: int | None = None,
    has_expired: bool = False,
) -> None:
    """Close an order and cancel its notifications that are not yet sent.

    Args:
        state: ``CLOSED``, ``RETURNED`` or ``CANCELLED``.
        declined_by: The account that returned it.
        has_expired: It was returned because nobody worked on it in time.
    """
    params = {
        "order": order,
        "state": state.value,
        "now": now,
        "verifier": verifier,
        "declined_by": declined_by,
        "has_expired": has_expired,
        "is_returned": state is OrderState.RETURNED,
    }
    await connection.execute(_CLOSE, params)
    await notify_store.cancel_pending(connection, order)


async def add_report(
    connection: AsyncConnection, order: UUID, report: FieldReport, *, account: int, now: datetime
) -> None:
    """Add a field report; the newest report of an order counts."""
    params = {
        "order": order,
        "account": account,
        "note": report.note,
        "found": report.found,
        "photos": list(report.photos),
        "now": now,
    }
    await connection.execute(_INSERT_REPORT, params)
