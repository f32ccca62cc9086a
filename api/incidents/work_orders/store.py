"""An order's row as it moves; the calls and the news that go with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.lifecycle import IncidentState
from api.notify import calls

_GO_ON = text("""
    UPDATE work_order SET state = :state, version = version + 1, next_action_at = :due_at,
        assignee = CASE WHEN :state = 'accepted' THEN CAST(:who AS bigint) ELSE assignee END,
        accepted_at = CASE WHEN :state = 'accepted' THEN :now ELSE accepted_at END,
        handled_at = CASE WHEN :state = 'feedback' THEN :now ELSE handled_at END
    WHERE id = :order RETURNING area_code
""")
_END = text("""
    UPDATE work_order SET state = :state, version = version + 1, next_action_at = NULL,
        closed_at = :now, verifier = CAST(:verifier AS bigint),
        returns = returns + CASE WHEN :is_returned THEN 1 ELSE 0 END
    WHERE id = :order RETURNING area_code
""")


async def advance(
    connection: AsyncConnection,
    order: UUID,
    state: IncidentState,
    *,
    now: datetime,
    due_at: datetime,
    who: int,
) -> None:
    """Move a locked order that stays open; who accepts becomes its assignee."""
    known = {"order": order, "state": state.value, "now": now, "due_at": due_at, "who": who}
    area_code = (await connection.execute(_GO_ON, known)).scalar_one()
    await calls.publish_order_change(connection, order, area_code=area_code, now=now)


async def close(
    connection: AsyncConnection,
    order: UUID,
    state: str,
    *,
    now: datetime,
    verifier: int | None = None,
) -> None:
    """End an order (``cancelled``, ``returned``, ``closed``) and all calls that still wait."""
    known = {"order": order, "state": state, "now": now, "verifier": verifier}
    row = await connection.execute(_END, {**known, "is_returned": state == "returned"})
    await calls.cancel_pending(connection, order)
    await calls.publish_order_change(connection, order, area_code=row.scalar_one(), now=now)
