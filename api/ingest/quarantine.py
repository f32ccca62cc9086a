"""What could not be read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRecord:
    """One message that could not be taken in."""

    id: UUID
    received_at: datetime
    topic: str
    bytes: int
    reason: str
    times: int


_QUARANTINE = text("""
    SELECT id, received_at, topic, length(payload) AS bytes, reason, times FROM quarantine
    WHERE (CAST(:before_at AS timestamptz) IS NULL
           OR (received_at, id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY received_at DESC, id DESC LIMIT :limit
""")


async def list_quarantine(
    connection: AsyncConnection, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[QuarantineRecord]:
    """List the newest first."""
    before_at, before_id = before or (None, None)
    asked = {"before_at": before_at, "before_id": before_id, "limit": limit}
    rows = (await connection.execute(_QUARANTINE, asked)).mappings()
    return [QuarantineRecord(**row) for row in rows]
