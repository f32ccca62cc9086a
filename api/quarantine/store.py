"""Store rejected messages: topic, bytes, reason, how often each arrived; and count them by node."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account
from api.database.bulk import as_columns
from api.live import store as live_store
from api.quarantine.model import QuarantineCode
from pipeline.wire.address import MAX_TOPIC_LENGTH
from pipeline.wire.limits import storable_text

MAX_REASON_LENGTH = 500
MAX_ROWS_PER_SENDER = 500
"""Newer messages of a sender replace its oldest: no node can fill the disk."""
COUNTS_STAY = timedelta(days=1)
_COLUMNS = ("topic", "payload", "hash", "reason_code", "reason", "node")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A message to store, and why it was rejected; made by ``make_row``.

    Args:
        node: The enrolled node that signed it; empty if none did.
    """

    topic: str
    payload: bytes
    hash: bytes
    reason_code: QuarantineCode
    reason: str
    node: str


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


@dataclass(slots=True)
class RefusedCount:
    """Refused messages of one sender, and how many of them are not, or no longer, kept."""

    refused: int = 0
    dropped: int = 0


_UPSERT = text("""
    INSERT INTO quarantine (received_at, topic, payload, hash, reason_code, reason, node)
    SELECT :now, topic, payload, hash, reason_code, reason, node
    FROM unnest(
        CAST(:topic AS text[]), CAST(:payload AS bytea[]), CAST(:hash AS bytea[]),
        CAST(:reason_code AS text[]), CAST(:reason AS text[]), CAST(:node AS text[])
    ) AS t (topic, payload, hash, reason_code, reason, node)
    ON CONFLICT (topic, hash) DO UPDATE
        SET times = quarantine.times + 1, received_at = excluded.received_at
    RETURNING id, node, times
""")
_DELETE_OLDEST = text("""
    DELETE FROM quarantine WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY node ORDER BY received_at DESC, id DESC) AS n
            FROM quarantine WHERE node = ANY (CAST(:nodes AS text[]))
        ) AS t WHERE n > :kept)
    RETURNING node
""")
_COUNT = text("""
    INSERT INTO refused_count AS c (node, since, refused, dropped)
    SELECT node, date_bin('5 minutes', :now, '2000-01-01 00:00Z'), refused, dropped
    FROM unnest(
        CAST(:node AS text[]), CAST(:refused AS bigint[]), CAST(:dropped AS bigint[])
    ) AS t (node, refused, dropped)
    ON CONFLICT (node, since) DO UPDATE
        SET refused = c.refused + excluded.refused, dropped = c.dropped + excluded.dropped
""")
_DELETE_COUNTS = text("""
    DELETE FROM refused_count WHERE node = ANY (CAST(:node AS text[])) AND since < :before
""")
# A message belongs to the areas of the node that signed it; one that nobody signed, to nobody.
_LIST = text("""
    SELECT id, received_at, topic, length(payload) AS bytes, reason_code, reason, times
    FROM quarantine q
    WHERE (EXISTS (SELECT FROM camera c WHERE c.node = q.node AND (
               (:sees_unplaced AND c.area_code IS NULL)
               OR (c.area_code >= :area AND c.area_code < :area || ':')))
           OR (:sees_unplaced AND NOT EXISTS (SELECT FROM camera c WHERE c.node = q.node)))
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (received_at, id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY received_at DESC, id DESC LIMIT :limit
""")


def make_row(
    topic: str, payload: bytes, reason: str, *, code: QuarantineCode, hash_: bytes, node: str
) -> QuarantineRow:
    """Make a row that PostgreSQL can hold: odd characters are escaped, long texts are cut.

    Args:
        hash_: What makes the message distinct under its topic.
    """
    return QuarantineRow(
        topic=storable_text(topic, max_length=MAX_TOPIC_LENGTH),
        payload=payload,
        hash=hash_,
        reason_code=code,
        reason=storable_text(reason, max_length=MAX_REASON_LENGTH),
        node=node,
    )


async def add_to_quarantine(
    connection: AsyncConnection, rows: Sequence[QuarantineRow], *, now: datetime
) -> Counter[str]:
    """Store messages and publish them to open pages; a message stored before is counted.

    Returns:
        By sender, how many older messages were deleted to make room.
    """
    distinct = {(row.topic, row.hash): row for row in rows}
    ordered = [distinct[key] for key in sorted(distinct)]  # one lock order for all processes
    columns = as_columns(ordered, _COLUMNS)
    stored = (await connection.execute(_UPSERT, {"now": now} | columns)).all()
    await live_store.publish_of_nodes(
        connection, "quarantine", [(str(row.id), row.node) for row in stored], at=now
    )
    parameters = {"nodes": sorted({row.node for row in rows}), "kept": MAX_ROWS_PER_SENDER}
    return Counter(await connection.scalars(_DELETE_OLDEST, parameters))


async def count_refused(
    connection: AsyncConnection, counts: Mapping[str, RefusedCount], *, now: datetime
) -> None:
    """Add to the counts of these senders; the health rules read those of the last hour."""
    ordered = sorted(counts)
    columns = {
        "node": ordered,
        "refused": [counts[node].refused for node in ordered],
        "dropped": [counts[node].dropped for node in ordered],
    }
    await connection.execute(_COUNT, {"now": now, **columns})
    before = now - COUNTS_STAY
    await connection.execute(_DELETE_COUNTS, {"node": ordered, "before": before})


async def quarantine_message(
    connection: AsyncConnection,
    topic: str,
    payload: bytes,
    reason: str,
    *,
    code: QuarantineCode,
    node: str,
    now: datetime,
) -> bool:
    """Store a rejected report: one row per topic and reason, as health repeats every 30 s.

    Returns:
        Whether it is the first of its topic and reason.
    """
    key = hashlib.sha256(reason.encode("utf-8", "backslashreplace")).digest()
    row = make_row(topic, payload, reason, code=code, hash_=key, node=node)
    columns = as_columns([row], _COLUMNS)
    stored = (await connection.execute(_UPSERT, {"now": now} | columns)).one()
    is_first, n_deleted = bool(stored.times == 1), 0
    if is_first:
        await live_store.publish_of_nodes(
            connection, "quarantine", [(str(stored.id), stored.node)], at=now
        )
        parameters = {"nodes": [node], "kept": MAX_ROWS_PER_SENDER}
        n_deleted = len((await connection.execute(_DELETE_OLDEST, parameters)).all())
    count = RefusedCount(refused=1, dropped=n_deleted)
    await count_refused(connection, {node: count}, now=now)
    return is_first


async def list_quarantine(
    connection: AsyncConnection,
    account: Account,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[QuarantineRecord]:
    """List the messages of nodes in an account's area, newest first.

    Args:
        before: Time and id of the last message of the previous page.
    """
    before_at, before_id = before or (None, None)
    page = {"before_at": before_at, "before_id": before_id, "limit": limit}
    params = page | {"area": account.area_code, "sees_unplaced": account.sees_unplaced}
    rows = (await connection.execute(_LIST, params)).mappings()
    return [QuarantineRecord(**row) for row in rows]
