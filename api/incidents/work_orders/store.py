"""Write work orders and field reports.

Every function runs in the caller's transaction, which has locked the incident.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState, OrderState
from api.incidents.store import clock_columns
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
    INSERT INTO work_order (
        incident, state, step, area_code, responsible_kind, responsible_account, responsible_area,
        next_step, due_at, next_action_at, dispatched_at)
    SELECT incident, 'dispatched', escalation_level, area, responsible_kind, responsible_account,
        responsible_area, next_step, due_at, next_action_at, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        incident uuid, escalation_level int, area text, responsible_kind text,
        responsible_account bigint, responsible_area text, next_step text, due_at timestamptz,
        next_action_at timestamptz)
    RETURNING id, incident
""")
# The clock of the order is that of its incident, which is written after it.
_ADVANCE = text("""
    UPDATE work_order SET state = :state, version = version + 1,
        assignee = CASE WHEN :state = 'accepted' THEN CAST(:account AS bigint) ELSE assignee END,
        accepted_at = CASE WHEN :state = 'accepted' THEN :now ELSE accepted_at END,
        handled_at = CASE WHEN :state = 'feedback' THEN :now ELSE handled_at END
    WHERE id = :order
""")
_ESCALATE = text("""
    UPDATE work_order AS w SET step = t.escalation_level, rounds = w.rounds + 1
    FROM json_to_recordset(CAST(:rows AS json)) AS t ("order" uuid, escalation_level int)
    WHERE w.id = t."order"
""")
_CLOSE = text("""
    UPDATE work_order SET state = :state, version = version + 1, due_at = NULL,
        next_action_at = NULL, next_step = NULL, closed_at = :now,
        verifier = CAST(:verifier AS bigint), declined_by = CAST(:declined_by AS bigint),
        has_expired = :has_expired,
        returns = returns + CASE WHEN :is_returned THEN 1 ELSE 0 END
    WHERE id = ANY (CAST(:orders AS uuid[]))
""")
_INSERT_REPORT = text("""
    INSERT INTO field_report (work_order, incident, account, note, found, photos, at)
    SELECT id, incident, :account, :note, :found, CAST(:photos AS text[]), :now
    FROM work_order WHERE id = :order
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A work order to be dispatched.

    Args:
        escalation_level: Of those it is dispatched to.
    """

    incident: UUID
    area: str
    escalation_level: int
    clock: Clock


async def insert_orders(
    connection: AsyncConnection, orders: Sequence[NewOrder], *, now: datetime
) -> dict[UUID, UUID]:
    """Insert dispatched orders; an incident has at most one open order.

    Returns:
        Their ids, by incident.
    """
    rows = [
        {
            "incident": order.incident,
            "area": order.area,
            "escalation_level": order.escalation_level,
            **clock_columns(order.clock),
        }
        for order in orders
    ]
    inserted = await connection.execute(_INSERT, {"rows": as_json(rows), "now": now})
    return {row.incident: row.id for row in inserted}


async def advance(
    connection: AsyncConnection,
    order: UUID,
    state: IncidentState,
    *,
    now: datetime,
    account: int,
) -> None:
    """Move an open order to its next state.

    Accepting makes ``account`` the assignee and cancels the notifications not yet sent.
    """
    params = {"order": order, "state": state.value, "now": now, "account": account}
    await connection.execute(_ADVANCE, params)
    if state is IncidentState.ACCEPTED:
        await notify_store.cancel_pending(connection, [order])


async def escalate(connection: AsyncConnection, levels: Mapping[UUID, int]) -> None:
    """Set the escalation levels of orders.

    The versions stay, so that a worker who accepts at the same time succeeds.
    """
    rows = [{"order": order, "escalation_level": level} for order, level in levels.items()]
    await connection.execute(_ESCALATE, {"rows": as_json(rows)})


async def close(
    connection: AsyncConnection,
    orders: Sequence[UUID],
    state: OrderState,
    *,
    now: datetime,
    verifier: int | None = None,
    declined_by: int | None = None,
    has_expired: bool = False,
) -> None:
    """Close orders and cancel their notifications that are not yet sent.

    Args:
        state: ``CLOSED``, ``RETURNED`` or ``CANCELLED``.
        declined_by: The account that returned them.
        has_expired: They were returned because nobody worked on them in time.
    """
    params = {
        "orders": list(orders),
        "state": state.value,
        "now": now,
        "verifier": verifier,
        "declined_by": declined_by,
        "has_expired": has_expired,
        "is_returned": state is OrderState.RETURNED,
    }
    await connection.execute(_CLOSE, params)
    await notify_store.cancel_pending(connection, orders)


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
