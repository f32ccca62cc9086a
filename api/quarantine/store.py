"""Store rejected messages: topic, bytes, reason, and how often each arrived."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_columns
from api.live import store as live_store
from api.quarantine.model import QuarantineCode

MAX_REASON_LENGTH = 500
_COLUMNS = ("topic", "payload", "hash", "reason_code", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A message to store, and why it was rejected."""

    topic: str
    payload: bytes
    hash: bytes
    reason_code: QuarantineCode
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRecord:
    """A stored message.

    Args:
        bytes: Length of the payload.
        reason_code: ``None`` for a message stored before there were codes.
        times: How often it arrived.
    """

    id: UUID
    received_at: datetime
    topic: str
    bytes: int
    reason_code: str | None
    reason: str
    times: int


_UPSERT = text("""
    INSERT INTO quarantine (received_at, topic, payload, hash, reason_code, reason)
    SELECT :now, topic, payload, hash, reason_code, reason
    FROM unnest(
        CAST(:topic AS text[]), CAST(:payload AS bytea[]), CAST(:hash AS bytea[]),
        CAST(:reason_code AS text[]), CAST(:reason AS text[])
    ) AS t (topic, payload, hash, reason_code, reason)
    ON CONFLICT (topic, hash) DO UPDATE
        SET times = quarantine.times + 1, received_at = excluded.received_at
    RETURNING id, times
""")
_LIST = text("""
    SELECT id, received_at, topic, length(payload) AS bytes, reason_code, reason, times
    FROM quarantine
    WHERE (CAST(:before_at AS timestamptz) IS NULL
           OR (received_at, id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY received_at DESC, id DESC LIMIT :limit
""")


async def add_to_quarantine(
    connection: AsyncConnection, rows: Sequence[QuarantineRow], *, now: datetime
) -> None:
    """Store messages and publish them to open pages; a message stored before is counted."""
    distinct = {(row.topic, row.hash): row for row in rows}
    ordered = [distinct[key] for key in sorted(distinct)]  # one lock order for all processes
    columns = as_columns(ordered, _COLUMNS)
    ids = await connection.scalars(_UPSERT, {"now": now} | columns)
    await live_store.publish_objects(connection, "quarantine", list(ids), at=now)


async def quarantine_message(
    connection: AsyncConnection,
    topic: str,
    payload: bytes,
    reason: str,
    *,
    code: QuarantineCode,
    now: datetime,
) -> bool:
    """Store a rejected report: one row per topic and reason, as health repeats every 30 s.

    Returns:
        Whether it is the first of its topic and reason.
    """
    shown = reason.replace("\0", "?")[:MAX_REASON_LENGTH]
    key = hashlib.sha256(shown.encode()).digest()
    row = QuarantineRow(topic=topic, payload=payload, hash=key, reason_code=code, reason=shown)
    columns = as_columns([row], _COLUMNS)
    stored = (await connection.execute(_UPSERT, {"now": now} | columns)).one()
    is_first = bool(stored.times == 1)
    if is_first:
        await live_store.publish_objects(connection, "quarantine", [stored.id], at=now)
    return is_first


async def list_quarantine(
    connection: AsyncConnection, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[QuarantineRecord]:
    """List the stored messages, newest first, starting after ``before`` (time and id)."""
    before_at, before_id = before or (None, None)
    params = {"before_at": before_at, "before_id": before_id, "limit": limit}
    rows = (await connection.execute(_LIST, params)).mappings()
    return [QuarantineRecord(**row) for row in rows]
