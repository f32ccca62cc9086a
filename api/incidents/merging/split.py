"""Split an incident off the one that it was merged into."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import ConflictError, NotFoundError
from api.incidents.merging import store
from api.incidents.merging.plan import MergeSide, Requester, restored_clock, restored_state
from api.incidents.model import SystemAction
from api.incidents.unit_of_work import IncidentChange, record_changes


async def split_incident(
    connection: AsyncConnection,
    child: UUID,
    *,
    now: datetime,
    account: Account | None = None,
    comment: str = "",
    idempotency_key: str | None = None,
) -> UUID:
    """Undo a merge: the child is open again, with its alerts, its key and a new clock.

    If another incident has taken its key meanwhile, that one keeps it.

    Returns:
        The incident that stood for the child.

    Raises:
        NotFoundError: There is no such incident.
        ConflictError: It is not merged.
    """
    root = await store.get_root(connection, child)
    sides = await store.lock_sides(connection, [child, *([root] if root else [])])
    side = sides.get(child)
    if side is None:
        raise NotFoundError("no_such_incident")
    if side.root is None or side.root not in sides:
        raise ConflictError("wrong_state", side.state, side.version)
    state, clock = restored_state(side), restored_clock(side, now=now)
    await store.restore(connection, side, state, clock=clock, now=now)
    by = Requester(account=account, at=now, comment=comment)
    changes = [
        _change(side, by, {"root": str(side.root), "restored": state}, idempotency_key),
        _change(sides[side.root], by, {"child": str(child)}),
    ]
    await record_changes(connection, changes)
    return side.root


def _change(
    side: MergeSide, by: Requester, detail: dict[str, object], key: str | None = None
) -> IncidentChange:
    """Return the entry of one of the two; ``store.restore`` has written their states."""
    return IncidentChange(
        incident=side.id,
        action=SystemAction.SPLIT,
        at=by.at,
        account=by.account,
        from_state=side.state,
        area_code=side.area_code,
        reason=by.comment,
        detail=detail,
        idempotency_key=key,
    )
