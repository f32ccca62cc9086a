"""Apply an action to a work order: accept, start, report, return, verify, rework."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.store import Verdict, VerdictStage, VerdictValue
from api.errors import ConflictError, NotFoundError, UnprocessableError
from api.incidents import lifecycle, timeline
from api.incidents import store as incidents_store
from api.incidents.clocks import Responsible, desk, person, start_clock
from api.incidents.idempotency import is_repeated_request
from api.incidents.lifecycle import Action, IncidentState, OrderState
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.queries import OrderRecord
from api.incidents.work_orders.store import FieldReport

CLOSING_STATES = {
    IncidentState.FILED: OrderState.RETURNED,
    IncidentState.CLOSED: OrderState.CLOSED,
}
"""States of the incident that close its order, and the state the order gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAction:
    """An action on an order.

    Args:
        version: Version of the order that the account has seen.
        detail: For the audit log.
        report: Only with ``REPORT``; every photo must be stored already.
    """

    action: Action
    version: int
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    report: FieldReport | None = None
    idem_key: str | None = None


async def apply(
    connection: AsyncConnection,
    order: UUID,
    action: OrderAction,
    *,
    account: Account,
    now: datetime,
) -> None:
    """Apply an action to an order; of two accounts that accept it, one succeeds.

    A repetition with the same idempotency key changes nothing.

    Raises:
        NotFoundError: There is no such order, or the account may not see it.
        ConflictError: The order has changed since it was read, or its state does not allow
            the action.
        UnprocessableError: A photo of the report is not stored.
    """
    record = await _lock_order(connection, order, account)
    key = account.scoped_key(action.idem_key)
    current = (record.state, record.version)
    if await is_repeated_request(connection, key, (action.action, order), current=current):
        return
    if record.incident_state is None or action.version != record.version:
        raise ConflictError("stale", record.state, record.version)
    state = lifecycle.apply_action(
        record.incident_state,
        action.action,
        record.actor,
        reason=action.reason,
        version=record.version,
    )
    if action.report is not None:
        await _add_report(connection, order, action.report, account=account, now=now)
    await _update_order(connection, record, state, account=account, now=now)
    change = IncidentChange(
        incident=record.incident,
        action=action.action,
        at=now,
        account=account,
        from_state=record.state,
        state=state,
        clock=start_clock(state, record.level, _responsible(record, state, account), now=now),
        area_code=record.incident_area,
        order=order,
        order_area=record.area_code,
        reason=action.reason,
        detail=action.detail,
        verdict=_verdict(action, account),
        idempotency_key=key,
    )
    await record_change(connection, change)


async def _lock_order(connection: AsyncConnection, order: UUID, account: Account) -> OrderRecord:
    """Lock the incident of an order and read the order again, as it may have changed before."""
    record = await work_orders_queries.get_order(connection, order, account)
    if record is None or await incidents_store.lock_incident(connection, record.incident) is None:
        raise NotFoundError("no_such_order")
    return await work_orders_queries.get_order(connection, order, account) or record


async def _update_order(
    connection: AsyncConnection,
    record: OrderRecord,
    state: IncidentState,
    *,
    account: Account,
    now: datetime,
) -> None:
    if state not in CLOSING_STATES:
        await work_orders_store.advance(connection, record.id, state, now=now, account=account.id)
        return
    is_verified = state is IncidentState.CLOSED
    await work_orders_store.close(
        connection,
        [record.id],
        CLOSING_STATES[state],
        now=now,
        verifier=account.id if is_verified else None,
        declined_by=None if is_verified else account.id,
    )


def _responsible(record: OrderRecord, state: IncidentState, account: Account) -> Responsible:
    """Return who has to act next: the handler, or the desk of the area."""
    if state in {IncidentState.ACCEPTED, IncidentState.HANDLING}:
        return person(record.handler or account.id, record.area_code)
    return desk(record.incident_area)


async def _add_report(
    connection: AsyncConnection,
    order: UUID,
    report: FieldReport,
    *,
    account: Account,
    now: datetime,
) -> None:
    stored = await timeline.get_available_evidence(connection, list(report.photos))
    missing = set(report.photos) - stored
    if missing:
        raise UnprocessableError("photo_missing", f"upload first: {', '.join(sorted(missing))}")
    await work_orders_store.add_report(connection, order, report, account=account.id, now=now)


def _verdict(action: OrderAction, account: Account) -> Verdict | None:
    if action.report is None or action.report.found is None:
        return None
    return Verdict(
        value=VerdictValue.TRUE if action.report.found else VerdictValue.NOT_FOUND_ON_SITE,
        stage=VerdictStage.ON_SITE,
        actor=account.id,
        reason=action.reason,
    )
