"""Find the requests for help that nobody has answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.lifecycle import OrderState
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """A request for help with an order whose reminder is due.

    Args:
        n_reminders: How many there have been.
        accounts: Who was asked.
    """

    order: UUID
    incident: UUID
    state: OrderState
    level: Level
    area_code: str
    n_reminders: int
    accounts: tuple[int, ...]


# A suspended order waits for its end.
_TAKE_DUE = text("""
    WITH due AS (
        SELECT h.work_order, h.account, h.n_reminders FROM order_helper h
        JOIN work_order w ON w.id = h.work_order
        WHERE h.next_action_at <= :now AND w.state <> 'suspended'
        ORDER BY h.next_action_at LIMIT :limit FOR UPDATE OF h SKIP LOCKED
    )
    SELECT d.work_order AS "order", w.incident, w.state, i.level, w.area_code,
        min(d.n_reminders) AS n_reminders, array_agg(d.account ORDER BY d.account) AS accounts
    FROM due d JOIN work_order w ON w.id = d.work_order JOIN incident i ON i.id = w.incident
    GROUP BY d.work_order, w.incident, w.state, i.level, w.area_code
    ORDER BY d.work_order
""")
_SET_NEXT = text("""
    UPDATE order_helper SET n_reminders = n_reminders + 1,
        next_action_at = CAST(:next_at AS timestamptz)
    WHERE work_order = :order AND account = ANY (CAST(:accounts AS bigint[]))
""")


async def take_due(
    connection: AsyncConnection, *, now: datetime, limit: int
) -> Sequence[OpenRequest]:
    """Lock the requests whose reminder is due."""
    rows = await connection.execute(_TAKE_DUE, {"now": now, "limit": limit})
    return [
        OpenRequest(
            order=row.order,
            incident=row.incident,
            state=OrderState(row.state),
            level=Level(row.level),
            area_code=row.area_code,
            n_reminders=row.n_reminders,
            accounts=tuple(row.accounts),
        )
        for row in rows
    ]


async def set_next(
    connection: AsyncConnection, request: OpenRequest, next_at: datetime | None
) -> None:
    """Store that a reminder has been given, and when the next one is due; ``None`` for none."""
    params = {"order": request.order, "accounts": list(request.accounts), "next_at": next_at}
    await connection.execute(_SET_NEXT, params)
