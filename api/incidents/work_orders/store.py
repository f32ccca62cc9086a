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
from api.incidents.clocks import Clock, Responsible, ResponsibleKind
from api.incidents.lifecycle import Action, IncidentState, OrderState
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRecord:
    """What a worker recorded on the phone and the centre could not apply to the order.

    Args:
        action: What the worker wanted to do with the order.
        refused_as: Code of the centre's refusal.
        note: The words of the worker, or the reason for which the order was to be returned.
        found: Of a report: whether the matter was there.
        photos: SHA-256 of each photo.
        recorded_at: By the clock of the phone.
    """

    action: Action
    refused_as: str
    recorded_at: datetime
    note: str = ""
    found: bool | None = None
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Who took an order back from its workers, by account id, and why: a code or free text."""

    account: int
    reason: str = ""


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
        withdrawn_by = CAST(:withdrawn_by AS bigint), withdrawn_reason = :withdrawn_reason,
        returns = returns + CASE WHEN :is_returned THEN 1 ELSE 0 END
    WHERE id = ANY (CAST(:orders AS uuid[]))
""")
_RESTORE = text("""
    UPDATE work_order SET state = :state, version = version + 1, closed_at = NULL,
        next_step = :next_step, due_at = :due_at, next_action_at = :next_action_at,
        withdrawn_by = NULL, withdrawn_reason = ''
    WHERE id = :order
""")
_SET_STATES = text("""
    UPDATE work_order AS w SET state = t.state, version = w.version + 1
    FROM json_to_recordset(CAST(:rows AS json)) AS t ("order" uuid, state text)
    WHERE w.id = t."order"
""")
_RESPONSIBLE = text("""
    SELECT responsible_kind, responsible_account, responsible_area FROM work_order
    WHERE id = :order
""")
_SET_REWORK = text("UPDATE work_order SET rework_reason = :reason WHERE id = :order")
_HELPERS = text("SELECT account FROM order_helper WHERE work_order = :order ORDER BY account")
_INSERT_HELPERS = text("""
    INSERT INTO order_helper (
        work_order, account, kind, added_by, added_at, reason, next_action_at)
    SELECT :order, account, :kind, :added_by, :now, :reason, CAST(:remind_at AS timestamptz)
    FROM unnest(CAST(:accounts AS bigint[])) AS t (account)
    ON CONFLICT (work_order, account) DO NOTHING RETURNING account
""")
_ANSWER_HELP = text("""
    UPDATE order_helper SET next_action_at = NULL,
        answered_at = CASE WHEN account = :account THEN coalesce(answered_at, :now)
            ELSE answered_at END
    WHERE work_order = :order
""")
_INSERT_FIELD_RECORD = text("""
    INSERT INTO field_record (
        work_order, incident, account, action, refused_as, note, found, photos, recorded_at, at)
    SELECT id, incident, :account, :action, :refused_as, :note, CAST(:found AS boolean),
        CAST(:photos AS text[]), CAST(:recorded_at AS timestamptz), :now
    FROM work_order WHERE id = :order
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
    withdrawal: Withdrawal | None = None,
) -> None:
    """Close orders and cancel their notifications that are not yet sent.

    Args:
        state: ``CLOSED``, ``RETURNED`` or ``CANCELLED``.
        declined_by: The account that returned them, or that they were recalled from.
        has_expired: They were returned because nobody worked on them in time.
        withdrawal: Who took them back from their workers.
    """
    params = {
        "orders": list(orders),
        "state": state.value,
        "now": now,
        "verifier": verifier,
        "declined_by": declined_by,
        "has_expired": has_expired,
        "withdrawn_by": withdrawal.account if withdrawal else None,
        "withdrawn_reason": withdrawal.reason if withdrawal else "",
        "is_returned": state is OrderState.RETURNED,
    }
    await connection.execute(_CLOSE, params)
    await notify_store.cancel_pending(connection, orders)


async def restore(
    connection: AsyncConnection, order: UUID, state: IncidentState, clock: Clock
) -> None:
    """Open a cancelled order again, in the state that it had."""
    await connection.execute(
        _RESTORE, {"order": order, "state": state.value, **clock_columns(clock)}
    )


async def set_states(connection: AsyncConnection, states: Mapping[UUID, IncidentState]) -> None:
    """Set the states of orders that are suspended or resumed."""
    rows = [{"order": order, "state": state} for order, state in states.items()]
    await connection.execute(_SET_STATES, {"rows": as_json(rows)})


async def get_responsible(connection: AsyncConnection, order: UUID) -> Responsible:
    """Return who is, or last was, responsible for an order."""
    row = (await connection.execute(_RESPONSIBLE, {"order": order})).one()
    return Responsible(
        kind=ResponsibleKind(row.responsible_kind),
        account=row.responsible_account,
        area=row.responsible_area,
    )


async def set_rework_reason(connection: AsyncConnection, order: UUID, reason: str) -> None:
    """Store why the work was not accepted; empty once it is reported again."""
    await connection.execute(_SET_REWORK, {"order": order, "reason": reason})


async def list_helpers(connection: AsyncConnection, order: UUID) -> list[int]:
    """List the accounts that were added to an order."""
    return list((await connection.execute(_HELPERS, {"order": order})).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHelpers:
    """Accounts to be added to an order.

    Args:
        kind: ``colleague`` or ``department``.
        remind_at: When they are reminded unless one of them has answered; ``None`` for never.
    """

    kind: str
    accounts: Sequence[int]
    added_by: int
    reason: str = ""
    remind_at: datetime | None = None


async def insert_helpers(
    connection: AsyncConnection, order: UUID, helpers: NewHelpers, *, now: datetime
) -> list[int]:
    """Add accounts to an order; return those that were not added before."""
    params = {
        "order": order,
        "kind": helpers.kind,
        "accounts": list(helpers.accounts),
        "added_by": helpers.added_by,
        "reason": helpers.reason,
        "remind_at": helpers.remind_at,
        "now": now,
    }
    return list((await connection.execute(_INSERT_HELPERS, params)).scalars())


async def answer_help(
    connection: AsyncConnection, order: UUID, *, account: int, now: datetime
) -> None:
    """Store that one of those who were asked for help has answered; nobody is reminded then."""
    await connection.execute(_ANSWER_HELP, {"order": order, "account": account, "now": now})


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


async def add_field_record(
    connection: AsyncConnection, order: UUID, record: FieldRecord, *, account: int, now: datetime
) -> None:
    """Add what a worker recorded and the centre could not apply."""
    params = {
        "order": order,
        "account": account,
        "action": record.action.value,
        "refused_as": record.refused_as,
        "note": record.note,
        "found": record.found,
        "photos": list(record.photos),
        "recorded_at": record.recorded_at,
        "now": now,
    }
    await connection.execute(_INSERT_FIELD_RECORD, params)
