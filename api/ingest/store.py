"""What came in: each revision once, the unreadable apart, and how far each boot has got."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

InboxKey = tuple[UUID, int]
"""Alert and revision."""

BootKey = tuple[str, str]
"""Node and boot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One revision as it came.

    Args:
        hash: Of what it says, without the envelope: a replay under another boot is equal.
    """

    alert_id: UUID
    rev: int
    node: str
    boot_id: str
    seq: int
    decided_at: datetime | None
    hash: bytes
    payload: str

    @property
    def key(self) -> InboxKey:
        """What makes it unique."""
        return self.alert_id, self.rev


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A message that is kept but not used, and why."""

    topic: str
    payload: bytes
    hash: bytes
    reason: str


NODE_KEYS = text("SELECT name, key FROM node WHERE name = ANY (CAST(:names AS text[]))")

ADD_TO_INBOX = text("""
    INSERT INTO inbox (alert_id, rev, node, boot_id, seq, received_at, decided_at, hash, payload)
    SELECT alert_id, rev, node, boot_id, seq, :now, decided_at, decode(hash, 'base64'),
        convert_to(payload, 'UTF8')
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        alert_id uuid, rev bigint, node text, boot_id text, seq bigint, decided_at timestamptz,
        hash text, payload text)
    ON CONFLICT DO NOTHING
    RETURNING alert_id, rev
""")

HASHES = text("""
    SELECT alert_id, rev, hash FROM inbox
    WHERE (alert_id, rev) IN (
        SELECT * FROM unnest(CAST(:alert_id AS uuid[]), CAST(:rev AS bigint[]))
    )
""")

ADD_TO_QUARANTINE = text("""
    INSERT INTO quarantine (received_at, topic, payload, hash, reason)
    SELECT :now, topic, payload, hash, reason
    FROM unnest(
        CAST(:topic AS text[]), CAST(:payload AS bytea[]), CAST(:hash AS bytea[]),
        CAST(:reason AS text[])
    ) AS t (topic, payload, hash, reason)
    ON CONFLICT (topic, hash) DO UPDATE
        SET times = quarantine.times + 1, received_at = excluded.received_at
    RETURNING id, times
""")

TELL_QUARANTINED = text("""
    INSERT INTO event_log (at, topic, object)
    SELECT :now, 'quarantine', id FROM unnest(CAST(:ids AS text[])) AS t (id)
""")

ADD_BOOTS = text("""
    INSERT INTO boot (node, boot_id, first_at, last_at)
    SELECT node, boot_id, :now, :now
    FROM unnest(CAST(:node AS text[]), CAST(:boot_id AS text[])) AS t (node, boot_id)
    ON CONFLICT (node, boot_id) DO UPDATE SET last_at = greatest(boot.last_at, excluded.last_at)
    RETURNING node, boot_id, acked_seq, also
""")

SET_BOOT = text("""
    UPDATE boot SET acked_seq = :acked_seq, also = CAST(:also AS bigint[]),
        hole_since = CASE
            WHEN cardinality(CAST(:also AS bigint[])) = 0 THEN NULL
            WHEN acked_seq < :acked_seq OR :missing <
                also[cardinality(also)] - acked_seq - cardinality(also) THEN :now
            ELSE coalesce(hole_since, :now) END
    WHERE node = :node AND boot_id = :boot_id
""")


async def get_node_keys(connection: AsyncConnection, names: Sequence[str]) -> dict[str, bytes]:
    """Look up the keys that nodes sign with; one that is not enrolled is left out."""
    rows = await connection.execute(NODE_KEYS, {"names": list(names)})
    return {row.name: row.key for row in rows}


async def add_to_inbox(
    connection: AsyncConnection, rows: Sequence[InboxRow], *, now: datetime
) -> set[InboxKey]:
    """Keep what is new.

    Args:
        rows: No key twice; in order of their keys, so that two processes never wait in a ring.

    Returns:
        The keys that were not there.
    """
    found = await connection.execute(ADD_TO_INBOX, {"now": now, "rows": as_json(rows)})
    return {(row.alert_id, row.rev) for row in found}


async def get_inbox_hashes(
    connection: AsyncConnection, keys: Sequence[InboxKey]
) -> dict[InboxKey, bytes]:
    """Look up what was said before under ``keys``."""
    given = {"alert_id": [k[0] for k in keys], "rev": [k[1] for k in keys]}
    return {(row.alert_id, row.rev): row.hash for row in await connection.execute(HASHES, given)}


async def add_to_quarantine(
    connection: AsyncConnection, rows: Sequence[QuarantineRow], *, now: datetime
) -> list[UUID]:
    """Keep what cannot be used; what came before is counted.

    Returns:
        Their ids, each once.
    """
    once = {(row.topic, row.hash): row for row in rows}
    ordered = [once[key] for key in sorted(once)]
    given = columns(ordered, ("topic", "payload", "hash", "reason"))
    return list(await connection.scalars(ADD_TO_QUARANTINE, {"now": now} | given))


async def quarantine_message(
    connection: AsyncConnection, topic: str, payload: bytes, reason: str, *, now: datetime
) -> bool:
    """Keep a report that is not believed: one row for a topic and a reason, and how often.

    Returns:
        Whether it is the first of its kind; health comes each half minute.
    """
    shown = reason.replace("\0", "?")[:500]
    row = {"topic": [topic], "payload": [payload], "reason": [shown]}
    kind = hashlib.sha256(shown.encode()).digest()
    given = {"now": now, "hash": [kind], **row}
    found = (await connection.execute(ADD_TO_QUARANTINE, given)).one()
    if found.times == 1:
        await publish_quarantined(connection, [found.id], now=now)
    return bool(found.times == 1)


async def publish_quarantined(
    connection: AsyncConnection, ids: Sequence[UUID], *, now: datetime
) -> None:
    """Tell open pages of what was put aside."""
    await connection.execute(TELL_QUARANTINED, {"now": now, "ids": [str(id_) for id_ in ids]})


async def lock_boots(
    connection: AsyncConnection, keys: Sequence[BootKey], *, now: datetime
) -> dict[BootKey, tuple[int, list[int]]]:
    """Lock how far each boot has got, and begin those that are new.

    Returns:
        For each, up to where all has been committed, and what stands behind a hole.
    """
    ordered = sorted(keys)
    given = {"now": now, "node": [k[0] for k in ordered], "boot_id": [k[1] for k in ordered]}
    rows = await connection.execute(ADD_BOOTS, given)
    return {(row.node, row.boot_id): (row.acked_seq, row.also) for row in rows}


async def update_boots(
    connection: AsyncConnection, progress: dict[BootKey, tuple[int, list[int]]], *, now: datetime
) -> None:
    """Write down how far each boot has got, and since when nothing has filled its holes.

    A box sends the worst of a backlog first: while that drains its holes shrink, and are none.
    """
    given = [
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
    await connection.execute(SET_BOOT, given)


def as_json(rows: Sequence[object]) -> str:
    """Write rows as one JSON array, for ``json_to_recordset``: bytes become base64.

    One text costs the driver far less than an array a column, each value looked at twice.
    """
    return msgspec.json.encode(rows).decode()


def columns(rows: Sequence[object], names: Sequence[str]) -> dict[str, list[object]]:
    """Turn rows into one array a column, for ``unnest``."""
    return {name: [getattr(row, name) for row in rows] for name in names}
