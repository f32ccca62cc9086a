"""Review an incident: an operator confirms it, rejects it, or takes back having done so."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.store import Verdict, VerdictStage, VerdictValue
from api.incidents.actions import store as actions_store
from api.incidents.actions.reasons import RejectReason, reject_reason, verdict_of
from api.incidents.actions.request import ActionRequest, PermittedAction, permit, to_change
from api.incidents.clocks import start_clock
from api.incidents.lifecycle import OrderState
from api.incidents.unit_of_work import record_change
from api.incidents.work_orders import store as work_orders_store
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

    code: RejectReason | None = None
    text: str = ""
    suppress_for: timedelta | None = None
    max_suppression: timedelta = timedelta(days=30)


async def confirm(connection: AsyncConnection, incident: UUID, request: ActionRequest) -> None:
    """Confirm an incident: it is filed, or only gets the verdict if it was filed before.

    A repetition with the same idempotency key changes nothing.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow it.
    """
    permitted = await permit(connection, incident, request)
    if permitted is None:
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
    """Reject an incident: its order and the notifications not yet sent are cancelled.

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
    is_withdrawn = order is not None and order.is_open
    if order is not None and is_withdrawn:
        await work_orders_store.close(connection, [order.id], OrderState.CANCELLED, now=request.at)
    if rejection.suppress_for is not None:
        await _suppress(connection, permitted, rejection)
    change = to_change(
        permitted,
        state=permitted.state,
        order_area=order.area_code if order and is_withdrawn else None,
        verdict=_verdict(permitted, verdict_of(code)),
    )
    await record_change(connection, change)


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
