"""Review an incident: an operator confirms it, rejects it, or takes back having done so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.store import Verdict, VerdictStage, VerdictValue
from api.accuracy.verdicts.reasons import VerdictReason, value_of
from api.incidents import lifecycle
from api.incidents.actions import store as actions_store
from api.incidents.actions.orders import recall_batch, withdraw_order
from api.incidents.actions.reasons import reject_reason
from api.incidents.actions.request import ActionRequest, PermittedAction, permit, to_change
from api.incidents.actors import SYSTEM_ACTOR
from api.incidents.clocks import desk, start_clock
from api.incidents.correlation.storm_brake import BrakeReason
from api.incidents.lifecycle import Action
from api.incidents.merging import store as merging_store
from api.incidents.merging.plan import MergeSide
from api.incidents.merging.split import split_incident
from api.incidents.merging.views import merge_views
from api.incidents.unit_of_work import IncidentChange, record_change, record_changes
from api.suppressions.model import NewSuppression, SuppressionKind, SuppressionTarget
from api.suppressions.suppress import Requester, create_suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why an incident is rejected, and what follows.

    Args:
        code: ``None`` if only a text was given.
        suppress_for: How long this camera and scenario call nobody; ``None`` for not at all.
        max_suppression: How long they may at most.
    """

    code: VerdictReason | None = None
    text: str = ""
    suppress_for: timedelta | None = None
    max_suppression: timedelta = timedelta(days=30)


async def confirm(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Confirm an incident: it is filed, or only gets the verdict if it was filed before.

    If it stands for a flood of reviews, each of them is filed and dispatched by itself.

    A repetition with the same idempotency key changes nothing.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
    """
    flood = await merging_store.list_children(connection, incident, reason=BrakeReason.REVIEW_FLOOD)
    if flood:
        await merging_store.lock_sides(connection, [incident, *flood])
    permitted = await permit(connection, incident, request)
    if permitted is None:
        return
    if flood and permitted.state is not permitted.record.state:
        await _release(connection, permitted, flood)
        return
    await _remember(connection, permitted)
    state = permitted.state
    is_filed = state is not permitted.record.state
    level, at = permitted.record.level, request.at
    change = to_change(
        permitted,
        state=state if is_filed else None,
        clock=start_clock(state, level, permitted.desk, now=at) if is_filed else None,
        verdict=_verdict(permitted, VerdictValue.TRUE),
    )
    await record_change(connection, change)


async def reject(
    connection: AsyncConnection, incident: UUID, rejection: Rejection, request: ActionRequest
) -> None:
    """Reject an incident: its order is withdrawn, and those who know of it are notified.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: As for ``confirm``, or no reason was given.
    """
    code = reject_reason(rejection.code, rejection.text)
    detail: dict[str, object] = {"reason_code": code, "note": rejection.text} if code else {}
    completed = replace(request, reason=code or rejection.text, detail=detail)
    permitted = await permit(connection, incident, completed)
    if permitted is None:
        return
    await _remember(connection, permitted)
    order = permitted.record.order
    recalls, is_withdrawn = None, order is not None and order.is_open
    if order is not None and is_withdrawn:
        accounts = await withdraw_order(connection, order, completed)
        recalls = recall_batch(permitted, accounts)
    if rejection.suppress_for is not None:
        await _suppress(connection, permitted, rejection)
    change = to_change(
        permitted,
        state=permitted.state,
        order_area=order.area_code if order and is_withdrawn else None,
        verdict=_verdict(permitted, value_of(code)),
        recalls=recalls,
    )
    await record_change(connection, change)


async def _release(
    connection: AsyncConnection, permitted: PermittedAction, children: Sequence[UUID]
) -> None:
    """Confirm every incident that the permitted one stands for; it has done its work.

    Several views of one matter are one incident from now on, and one order.
    """
    request, record = permitted.request, permitted.record
    for child in children:
        await split_incident(connection, child, now=request.at, account=request.account)
    roots = await merge_views(connection, children, now=request.at)
    sides = await merging_store.lock_sides(connection, roots)
    changes = [_confirmation(permitted, sides[root]) for root in roots]
    closed = lifecycle.apply_action(record.state, Action.RELEASE, SYSTEM_ACTOR)
    clock = start_clock(closed, record.level, permitted.desk, now=request.at)
    detail: dict[str, object] = {"released": len(children)}
    released = to_change(permitted, state=closed, clock=clock, detail=detail)
    await record_changes(connection, [*changes, released])


def _confirmation(permitted: PermittedAction, child: MergeSide) -> IncidentChange:
    request = permitted.request
    state = lifecycle.apply_action(
        child.state, Action.CONFIRM, permitted.record.actor_at(request.at)
    )
    return IncidentChange(
        incident=child.id,
        action=request.action,
        at=request.at,
        account=request.account,
        from_state=child.state,
        state=state,
        clock=start_clock(state, child.level, desk(child.area_code), now=request.at),
        area_code=child.area_code,
        verdict=_verdict(permitted, VerdictValue.TRUE),
    )


async def _remember(connection: AsyncConnection, permitted: PermittedAction) -> None:
    """Store who reviewed the incident, so that it can be undone."""
    request, record = permitted.request, permitted.record
    await actions_store.set_review(
        connection, record.id, from_state=record.state, by=request.account.id, at=request.at
    )


async def _suppress(
    connection: AsyncConnection, permitted: PermittedAction, rejection: Rejection
) -> None:
    """Withhold calls for the camera and scenario of a rejected incident."""
    request, record = permitted.request, permitted.record
    if rejection.suppress_for is None:
        return
    new = NewSuppression(
        kind=SuppressionKind.SUPPRESSION,
        target=SuppressionTarget(node=record.node, camera=record.camera, scenario=record.scenario),
        reason=request.reason,
        starts_at=request.at,
        ends_at=request.at + rejection.suppress_for,
        incident=record.id,
    )
    by = Requester(account=request.account, at=request.at)
    await create_suppression(connection, new, by=by, max_length=rejection.max_suppression)


def _verdict(permitted: PermittedAction, value: VerdictValue) -> Verdict:
    return Verdict(
        value=value,
        stage=VerdictStage.REVIEW,
        actor=permitted.request.account.id,
        reason=permitted.request.reason,
    )
