"""Apply an action to a work order: accept, start, report, return, verify, rework."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.store import Verdict, VerdictStage, VerdictValue
from api.accuracy.verdicts.reasons import VerdictReason, value_of
from api.errors import ConflictError, NotFoundError
from api.incidents import lifecycle
from api.incidents import store as incidents_store
from api.incidents.actions.request import is_repeated_request
from api.incidents.clocks import Responsible, desk, person, start_clock
from api.incidents.lifecycle import Action, IncidentState, OrderState
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import queries as work_orders_queries
from api.incidents.work_orders import store as work_orders_store
from api.incidents.work_orders.photos import check_photos
from api.incidents.work_orders.queries import OrderRecord
from api.incidents.work_orders.store import FieldReport
from api.incidents.work_orders.verifiers import Verifiers, choose_verifiers
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch

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
        found_as: What it was, if it is no hazard; only with ``REPORT``, and optional.
        verdict: What the verifier says; only with ``VERIFY``, and optional.
        accepts_still_firing: The verifier knows that a camera still sees the matter.
        idem_key: Not scoped yet.
        has_webhook: Whether every notification also goes to the webhook of the settings.
    """

    action: Action
    version: int
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    report: FieldReport | None = None
    found_as: VerdictReason | None = None
    verdict: VerdictValue | None = None
    accepts_still_firing: bool = False
    idem_key: str | None = None
    has_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """A permitted action on an order, whose incident is locked.

    Args:
        record: The order before the action.
        state: State of the incident after the action.
    """

    action: OrderAction
    record: OrderRecord
    state: IncidentState
    account: Account
    at: datetime


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
        ConflictError: The order has changed since it was read, its state does not allow the
            action, or a camera still sees the matter that is to be closed.
        UnprocessableError: A photo of the report is not stored, or not taken for this order.
    """
    step = await permit(connection, order, action, account=account, now=now)
    if step is None:
        return
    if action.action is Action.VERIFY and step.record.is_firing and not action.accepts_still_firing:
        raise ConflictError("still_firing", step.record.state, step.record.version)
    if action.report is not None:
        await _add_report(connection, step, action.report)
    verifiers = await _find_verifiers(connection, step)
    await _update_order(connection, step)
    responsible = _responsible(step, verifiers)
    notifications = await _notifications(connection, step, verifiers)
    change = IncidentChange(
        **step_fields(step),
        state=step.state,
        clock=start_clock(step.state, step.record.level, responsible, now=now),
        verdict=_verdict(step),
        notifications=notifications,
    )
    await record_change(connection, change)


async def permit(
    connection: AsyncConnection,
    order: UUID,
    action: OrderAction,
    *,
    account: Account,
    now: datetime,
) -> OrderStep | None:
    """Lock the incident of an order and check that the action is possible.

    Returns:
        ``None`` if the same request has been carried out before.

    Raises:
        NotFoundError: There is no such order, or the account may not see it.
        ConflictError: The order has changed since it was read, or its state does not allow the
            action.
    """
    record = await _lock_order(connection, order, account)
    key = account.scoped_key(action.idem_key)
    current = (record.state, record.version)
    if await is_repeated_request(connection, key, (action.action, order), current=current):
        return None
    if record.incident_state is None or action.version != record.version:
        raise ConflictError("stale", record.state, record.version)
    state = lifecycle.apply_action(
        record.incident_state,
        action.action,
        record.actor,
        reason=action.reason,
        version=record.version,
    )
    return OrderStep(action=action, record=record, state=state, account=account, at=now)


def step_fields(step: OrderStep) -> dict[str, Any]:
    """Return the fields that the change of every action on an order has."""
    action, record = step.action, step.record
    return {
        "incident": record.incident,
        "action": action.action,
        "at": step.at,
        "account": step.account,
        "from_state": record.state,
        "area_code": record.incident_area,
        "order": record.id,
        "order_area": record.area_code,
        "reason": action.reason,
        "detail": action.detail,
        "idempotency_key": step.account.scoped_key(action.idem_key),
    }


async def _lock_order(connection: AsyncConnection, order: UUID, account: Account) -> OrderRecord:
    """Lock the incident of an order and read the order again, as it may have changed before."""
    record = await work_orders_queries.get_order(connection, order, account)
    if record is None or await incidents_store.lock_incident(connection, record.incident) is None:
        raise NotFoundError("no_such_order")
    return await work_orders_queries.get_order(connection, order, account) or record


async def _update_order(connection: AsyncConnection, step: OrderStep) -> None:
    record, state, account = step.record, step.state, step.account
    if state in CLOSING_STATES:
        is_verified = state is IncidentState.CLOSED
        await work_orders_store.close(
            connection,
            [record.id],
            CLOSING_STATES[state],
            now=step.at,
            verifier=account.id if is_verified else None,
            declined_by=None if is_verified else account.id,
        )
        return
    await work_orders_store.advance(connection, record.id, state, now=step.at, account=account.id)
    if step.action.action in {Action.REPORT, Action.REWORK}:
        await work_orders_store.set_rework_reason(connection, record.id, step.action.reason)
    if record.actor.is_helper:
        await work_orders_store.answer_help(connection, record.id, account=account.id, now=step.at)


async def _add_report(connection: AsyncConnection, step: OrderStep, report: FieldReport) -> None:
    record, account = step.record, step.account
    stored = await work_orders_queries.find_photos(connection, report.photos, order=record.id)
    check_photos(report.photos, stored, account=account.id, since=record.dispatched_at)
    await work_orders_store.add_report(
        connection, record.id, report, account=account.id, now=step.at
    )


async def _find_verifiers(connection: AsyncConnection, step: OrderStep) -> Verifiers:
    """Find who verifies the reported work."""
    record = step.record
    if step.state is not IncidentState.FEEDBACK:
        return Verifiers(area=record.incident_area)
    desks = await work_orders_queries.list_desks(connection, record.incident_area)
    return choose_verifiers(
        desks, area=record.incident_area, workers=await _workers(connection, step)
    )


def _responsible(step: OrderStep, verifiers: Verifiers) -> Responsible:
    """Return who has to act next: the handler, or a desk."""
    if step.state in {IncidentState.ACCEPTED, IncidentState.HANDLING}:
        return person(step.record.handler or step.account.id, step.record.area_code)
    return desk(verifiers.area)


async def _notifications(
    connection: AsyncConnection, step: OrderStep, verifiers: Verifiers
) -> NotificationBatch | None:
    """Notify the handler of rework, and the deputies of a verification."""
    kind, accounts = NotificationKind.VERIFICATION, verifiers.asked
    if step.action.action is Action.REWORK:
        kind, accounts = NotificationKind.REWORK, await _workers(connection, step)
    if not accounts:
        return None
    record = step.record
    return NotificationBatch(
        key=f"{record.id}:{record.version}:{step.action.action}",
        incident=record.incident,
        order=record.id,
        kind=kind,
        required_state=step.state,
        accounts=accounts,
        has_webhook=step.action.has_webhook,
    )


async def _workers(connection: AsyncConnection, step: OrderStep) -> tuple[int, ...]:
    """Return the handler of the order and its helpers."""
    helpers = await work_orders_store.list_helpers(connection, step.record.id)
    handler = {step.record.handler} - {None}
    return tuple(sorted(account for account in {*handler, *helpers} if account is not None))


def _verdict(step: OrderStep) -> Verdict | None:
    action, account = step.action, step.account
    reason = action.reason
    if action.verdict is not None:
        stage, value = VerdictStage.VERIFY, action.verdict
    elif action.report is not None and action.report.found is not None:
        stage, value = VerdictStage.ON_SITE, _found_on_site(action.report.found, action.found_as)
        reason = action.found_as or reason
    else:
        return None
    return Verdict(value=value, stage=stage, actor=account.id, reason=reason)


def _found_on_site(found: bool, found_as: VerdictReason | None) -> VerdictValue:
    """Return the verdict of a worker: that nothing is there may mean that it is over."""
    if found_as is not None and found_as is not VerdictReason.NOTHING_THERE:
        return value_of(found_as)
    return VerdictValue.TRUE if found else VerdictValue.NOT_FOUND_ON_SITE
