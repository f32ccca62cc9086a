"""Record the review of an incident: an operator confirms or rejects it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.store import Verdict, VerdictStage, VerdictValue
from api.errors import ConflictError, NotFoundError
from api.incidents import lifecycle
from api.incidents import queries as incidents_queries
from api.incidents import store as incidents_store
from api.incidents.clocks import Clock, desk, start_clock
from api.incidents.idempotency import is_repeated_request
from api.incidents.lifecycle import Action, IncidentState, OrderState
from api.incidents.queries import IncidentRecord
from api.incidents.unit_of_work import IncidentChange, record_change
from api.incidents.work_orders import store as work_orders_store


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What the reviewer decided.

    Args:
        action: ``CONFIRM`` or ``REJECT``.
        version: Version of the incident that the reviewer has seen.
    """

    action: Action
    version: int
    reason: str = ""
    idem_key: str | None = None


async def record_review(
    connection: AsyncConnection,
    incident: UUID,
    decision: ReviewDecision,
    *,
    account: Account,
    now: datetime,
) -> None:
    """Record a review decision with everything that follows from it.

    A repetition with the same idempotency key changes nothing.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not
            allow the action.
    """
    current = await incidents_store.lock_incident(connection, incident)
    record = await incidents_queries.get_incident(connection, incident, account)
    if current is None or record is None:
        raise NotFoundError("no_such_incident")
    key = account.scoped_key(decision.idem_key)
    if await is_repeated_request(connection, key, (decision.action, incident), current=current):
        return
    if decision.version != record.version:
        raise ConflictError("stale", record.state, record.version)
    state = lifecycle.apply_action(
        record.state,
        decision.action,
        record.actor,
        reason=decision.reason,
        version=record.version,
    )
    order = record.order
    cancelled = order if state is IncidentState.REJECTED else None
    if cancelled is not None:
        await work_orders_store.close(connection, [cancelled.id], OrderState.CANCELLED, now=now)
    change = IncidentChange(
        incident=incident,
        action=decision.action,
        at=now,
        account=account,
        from_state=record.state,
        state=None if state is record.state else state,
        clock=_clock(record, state, now),
        area_code=record.area.code if record.area else None,
        order=order.id if order else None,
        order_area=cancelled.area_code if cancelled else None,
        reason=decision.reason,
        verdict=_verdict(decision, account),
        idempotency_key=key,
    )
    await record_change(connection, change)


def _clock(record: IncidentRecord, state: IncidentState, now: datetime) -> Clock | None:
    """Return the clock of an incident that is filed; any other decision starts none."""
    if state is record.state or state is not IncidentState.FILED:
        return None
    area = record.area.code if record.area else None
    return start_clock(state, record.level, desk(area), now=now)


def _verdict(decision: ReviewDecision, account: Account) -> Verdict:
    is_confirmed = decision.action is Action.CONFIRM
    return Verdict(
        value=VerdictValue.TRUE if is_confirmed else VerdictValue.FALSE,
        stage=VerdictStage.REVIEW,
        actor=account.id,
        reason=decision.reason,
    )
