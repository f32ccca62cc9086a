"""Store incoming messages: the inbox, and how far the messages of each boot have been stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json

InboxKey = tuple[UUID, int]
"""Alert id and revision."""

MAX_BOOTS_PER_NODE = 200
"""More than any node restarts while its alerts wait; a broken one may name a new boot each time."""

BootKey = tuple[str, str]
"""Node and boot id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A revision as it was received.

    Args:
        hash: SHA-256 of the alert without the envelope; a replay under another boot has the same.
    """

    alert_id: UUID
    rev: int
    node: str
    boot_id: str
    seq: int
    decided_at: datetime | None
    hash: bytes
    payload: str


_INSERT_INBOX = text("""
    INSERT INTO inbox (alert_id, rev, node, boot_id, seq, received_at, decided_at, hash, payload)
    SELECT alert_id, rev, node, boot_id, seq, :now, decided_at, decode(hash, 'base64'),
        convert_to(payload, 'UTF8')
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        alert_id uuid, rev bigint, node text, boot_id text, seq bigint, decided_at timestamptz,
        hash text, payload text)
    WHERE NOT EXISTS (
        SELECT FROM inbox o WHERE o.alert_id = t.alert_id AND o.node <> t.node)
    ON CONFLICT DO NOTHING
    RETURNING alert_id, rev
""")

_HASHES = text("""
    SELECT alert_id, rev, hash FROM inbox
    WHERE (alert_id, rev) IN (
        SELECT * FROM unnest(CAST(:alert_id AS uuid[]), CAST(:rev AS bigint[]))
    )
""")

_LOCK_BOOTS = text("""
    INSERT INTO boot (node, boot_id, first_at, last_at)
    SELECT node, boot_id, :now, :now
    FROM unnest(CAST(:node AS text[]), CAST(:boot_id AS text[])) AS t (node, boot_id)
    ON CONFLICT (node, boot_id) DO UPDATE SET last_at = greatest(boot.last_at, excluded.last_at)
    RETURNING node, boot_id, acked_seq, also
""")

_DELETE_OLDEST_BOOTS = text("""
    DELETE FROM boot USING (
        SELECT node, boot_id, row_number() OVER (
            PARTITION BY node ORDER BY last_at DESC, first_at DESC, boot_id) AS n
        FROM boot WHERE node = ANY (CAST(:node AS text[]))
    ) AS t
    WHERE t.n > :kept AND boot.node = t.node AND boot.boot_id = t.boot_id
""")

_UPDATE_BOOT = text("""
    UPDATE boot SET acked_seq = :acked_seq, also = CAST(:also AS bigint[]),
        hole_since = CASE
            WHEN cardinality(CAST(:also AS bigint[])) = 0 THEN NULL
            WHEN acked_seq < :acked_seq OR :missing <
                also[cardinality(also)] - acked_seq - cardinality(also) THEN :now
            ELSE coalesce(hole_since, :now) END
    WHERE node = :node AND boot_id = :boot_id
""")


async def add_to_inbox(
    connection: AsyncConnection, rows: Sequence[InboxRow], *, now: datetime
) -> set[InboxKey]:
    """Insert the revisions that are not stored yet, except those of another node's alert.

    Args:
        rows: No key twice; sorted by key, so that two processes cannot deadlock.

    Returns:
        The keys of the inserted rows.
    """
    inserted = await connection.execute(_INSERT_INBOX, {"now": now, "rows": as_json(rows)})
    return {(row.alert_id, row.rev) for row in inserted}


async def get_inbox_hashes(
    connection: AsyncConnection, keys: Sequence[InboxKey]
) -> dict[InboxKey, bytes]:
    """Return the hashes of the stored revisions, by key."""
    params = {
        "alert_id": [alert_id for alert_id, _ in keys],
        "rev": [rev for _, rev in keys],
    }
    return {(row.alert_id, row.rev): row.hash for row in await connection.execute(_HASHES, params)}


async def lock_boots(
    connection: AsyncConnection, keys: Sequence[BootKey], *, now: datetime
) -> dict[BootKey, tuple[int, list[int]]]:
    """Lock the boots, inserting new ones; a node's oldest make room for them.

    Returns:
        For each boot the sequence number up to which everything is stored, and the stored
        numbers behind a gap.
    """
    ordered = sorted(keys)
    params = {
        "now": now,
        "node": [node for node, _ in ordered],
        "boot_id": [boot_id for _, boot_id in ordered],
    }
    rows = await connection.execute(_LOCK_BOOTS, params)
    boots = {(row.node, row.boot_id): (row.acked_seq, row.also) for row in rows}
    new = {node for (node, _), (acked_seq, also) in boots.items() if not acked_seq and not also}
    if new:
        await connection.execute(
            _DELETE_OLDEST_BOOTS, {"node": sorted(new), "kept": MAX_BOOTS_PER_NODE}
        )
    return boots


async def update_boots(
    connection: AsyncConnection, progress: dict[BootKey, tuple[int, list[int]]], *, now: datetime
) -> None:
    """Write how far each boot has got, and since when its gaps have not shrunk.

    A node sends the most important alerts of a backlog first: gaps shrink while it drains, and
    are none once it has drained.
    """
    rows = [
        {
            "node": node,
            "boot_id": boot_id,
            "acked_seq": acked_seq,
            "also": also,
            "missing": also[-1] - acked_seq - len(also) if also else 0,
            "now": now,
        }
        for (node, boot_id), (acked_seq, also) in sorted(progress.items())
    ]
    await connection.execute(_UPDATE_BOOT, rows)
