"""Merge two incidents that are one matter."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import NotFoundError
from api.incidents.correlation.worsening_store import notify_worsening
from api.incidents.lifecycle import IncidentState, OrderState
from api.incidents.merging import store
from api.incidents.merging.plan import MergePlan, Requester, plan_merge
from api.incidents.model import SystemAction
from api.incidents.unit_of_work import IncidentChange, record_changes
from api.incidents.work_orders import store as work_orders_store


async def merge_incidents(
    connection: AsyncConnection,
    child: UUID,
    root: UUID,
    *,
    reason: dict[str, object],
    now: datetime,
    account: Account | None = None,
    comment: str = "",
    idempotency_key: str | None = None,
) -> UUID:
    """Merge ``child`` into ``root`` with everything that follows from it.

    The alerts of both stay where they are; a split restores the child. The open order of the child
    is cancelled, as that of the root goes on. If only the child has been taken by a person, the
    two change roles.

    Args:
        reason: A code with parameters, shown beside the child.
        account: Who merges; ``None`` for the system.
        comment: What a person says about it.
        idempotency_key: Scoped key of the request.

    Returns:
        The incident that stands for both.

    Raises:
        NotFoundError: There is no such incident.
        ConflictError: One of them is not open, or persons have taken both.
    """
    sides = await store.lock_sides(connection, (child, root))
    if child == root or len(sides) < len({child, root}):
        raise NotFoundError("no_such_incident")
    plan = plan_merge(sides[child], sides[root], now=now)
    if plan.child.order is not None:
        await work_orders_store.close(connection, [plan.child.order], OrderState.CANCELLED, now=now)
    by = Requester(account=account, at=now, comment=comment)
    changes = [_child_change(plan, by, reason, idempotency_key), _root_change(plan, by, reason)]
    await record_changes(connection, changes)
    await store.set_root(connection, plan, reason=reason)
    if plan.is_worse:
        await notify_worsening(connection, {plan.root.id: plan.level}, now=now)
    return plan.root.id


def _child_change(
    plan: MergePlan, by: Requester, reason: dict[str, object], idempotency_key: str | None
) -> IncidentChange:
    child = plan.child
    return IncidentChange(
        incident=child.id,
        action=SystemAction.MERGE,
        at=by.at,
        account=by.account,
        from_state=child.state,
        state=IncidentState.MERGED,
        area_code=child.area_code,
        order=child.order,
        order_area=child.order_area,
        reason=by.comment,
        detail={"root": str(plan.root.id), **reason},
        idempotency_key=idempotency_key,
    )


def _root_change(plan: MergePlan, by: Requester, reason: dict[str, object]) -> IncidentChange:
    root = plan.root
    return IncidentChange(
        incident=root.id,
        action=SystemAction.ABSORB,
        at=by.at,
        account=by.account,
        from_state=root.state,
        state=plan.state,
        clock=plan.clock,
        area_code=root.area_code,
        reason=by.comment,
        detail={"child": str(plan.child.id), **reason},
    )
