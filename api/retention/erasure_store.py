"""Statements on erasure requests: one account records a request, another decides it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Scope

Decision = Literal["granted", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """A request as it is stored.

    Args:
        reference: Number of the letter; the name of the person is not stored here.
        incidents: Whose pictures are to be erased.
        due_at: When it has to be answered.
        n_erased: How many pictures and clips have been erased.
    """

    id: UUID
    reference: str
    reason: str
    incidents: tuple[UUID, ...]
    recorded_by: str
    recorded_at: datetime
    due_at: datetime
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str
    n_erased: int


_COLUMNS = """
    id, reference, reason, incidents, recorded_by, recorded_at, due_at, decision, decided_by,
    decided_at, decision_reason, n_erased
"""
# An account sees a request if all its incidents, as far as they still exist, lie in its area.
_VISIBLE = """
    NOT EXISTS (SELECT FROM incident i WHERE i.id = ANY (r.incidents)
                AND NOT coalesce(starts_with(i.area_code, :area), :unplaced))
"""
_INSERT = text("""
    INSERT INTO erasure_request (reference, reason, incidents, recorded_by, recorded_at, due_at)
    VALUES (:reference, :reason, :incidents, :by, :now, :due_at) RETURNING id
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM erasure_request r
    WHERE (r.decision IS NULL OR :with_decided) AND {_VISIBLE}
    ORDER BY r.decision IS NOT NULL, r.due_at, r.id LIMIT :limit
""")
_LOCK = text(f"""
    SELECT {_COLUMNS} FROM erasure_request r WHERE r.id = :id AND {_VISIBLE} FOR UPDATE
""")
_DECIDE = text("""
    UPDATE erasure_request SET decision = :decision, decided_by = :by, decided_at = :now,
        decision_reason = :reason, n_erased = :n_erased
    WHERE id = :id
""")
_COUNT_INCIDENTS = text("""
    SELECT count(*) FROM incident i
    WHERE i.id = ANY (CAST(:incidents AS uuid[]))
      AND coalesce(starts_with(i.area_code, :area), :unplaced)
""")
_OVERDUE = text("""
    SELECT count(*) AS n, min(due_at) AS since FROM erasure_request
    WHERE decision IS NULL AND due_at < :now
""")


async def count_incidents(
    connection: AsyncConnection, incidents: Sequence[UUID], *, scope: Scope
) -> int:
    """Return how many of these incidents exist within an area."""
    params = {"incidents": list(incidents), **scope}
    return int((await connection.execute(_COUNT_INCIDENTS, params)).scalar_one())


async def insert_request(
    connection: AsyncConnection,
    *,
    reference: str,
    reason: str,
    incidents: Sequence[UUID],
    by: str,
    now: datetime,
    due_at: datetime,
) -> UUID:
    """Store a request."""
    row = {
        "reference": reference,
        "reason": reason,
        "incidents": list(incidents),
        "by": by,
        "now": now,
        "due_at": due_at,
    }
    inserted: UUID = (await connection.execute(_INSERT, row)).scalar_one()
    return inserted


async def list_requests(
    connection: AsyncConnection, *, scope: Scope, with_decided: bool, limit: int
) -> list[ErasureRequest]:
    """List the requests about an area: open ones first, then the one that is due next."""
    params = {**scope, "with_decided": with_decided, "limit": limit}
    return [_request(row._asdict()) for row in await connection.execute(_LIST, params)]


async def lock_request(
    connection: AsyncConnection, request: UUID, *, scope: Scope
) -> ErasureRequest | None:
    """Return a request about an area, locked for the transaction; ``None`` if there is none."""
    row = (await connection.execute(_LOCK, {"id": request, **scope})).first()
    return _request(row._asdict()) if row else None


async def decide_request(
    connection: AsyncConnection,
    request: UUID,
    *,
    decision: Decision,
    by: str,
    reason: str,
    n_erased: int,
    now: datetime,
) -> None:
    """Store the decision."""
    params = {
        "id": request,
        "decision": decision,
        "by": by,
        "reason": reason,
        "n_erased": n_erased,
        "now": now,
    }
    await connection.execute(_DECIDE, params)


async def count_overdue_requests(
    connection: AsyncConnection, *, now: datetime
) -> tuple[int, datetime | None]:
    """Return how many requests are overdue, and since when."""
    row = (await connection.execute(_OVERDUE, {"now": now})).one()
    return row.n, row.since


def _request(row: dict[str, Any]) -> ErasureRequest:
    return ErasureRequest(**{**row, "incidents": tuple(row["incidents"])})
