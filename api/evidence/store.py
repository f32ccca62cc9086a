"""Statements on stored evidence and on the incidents that refer to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.incidents.queries import VISIBLE, visibility


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A stored snapshot or clip of a node, or a photo of an account.

    Args:
        node: The node that uploaded it, or
        account: the account that uploaded it.
    """

    sha256: str
    media_type: str
    bytes: int
    node: str | None = None
    account: int | None = None


@dataclass(frozen=True, slots=True)
class VisibleIncident:
    """An incident that shows some evidence to an account."""

    id: UUID
    is_open: bool


_INSERT = text("""
    INSERT INTO evidence (sha256, media_type, bytes, node, account, stored_at)
    VALUES (:sha256, :media_type, :bytes, :node, :account, :now)
    ON CONFLICT (sha256) DO NOTHING RETURNING sha256
""")
_USAGE = """
    SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM evidence
    WHERE stored_at > :since AND
"""
_OF_NODE = text(f"{_USAGE} node = :uploader")
_OF_ACCOUNT = text(f"{_USAGE} account = :uploader")
_WAS_DELETED = text("SELECT EXISTS (SELECT FROM deleted_evidence WHERE sha256 = :sha256)")
_GET = text("SELECT media_type, bytes, node, account FROM evidence WHERE sha256 = :sha256")
# An alert has at most one snapshot and one clip; field reports and records have photos. Who sees
# an incident sees the evidence of those that were merged into it.
_OF_ALERT = (
    "(a.data #>> '{evidence,0,sha256}' = :sha256 OR a.data #>> '{evidence,1,sha256}' = :sha256)"
)
_INCIDENTS = text(f"""
    SELECT DISTINCT i.id, i.area_code
    FROM alert a JOIN incident m ON m.id = a.incident JOIN incident i ON i.id IN (m.id, m.root)
    WHERE {_OF_ALERT} LIMIT 20
""")
_VISIBLE_INCIDENTS = text(f"""
    SELECT i.id, i.is_open
    FROM alert a JOIN incident m ON m.id = a.incident JOIN incident i ON i.id IN (m.id, m.root)
    WHERE {_OF_ALERT} AND {VISIBLE}
    UNION
    SELECT i.id, i.is_open FROM incident i JOIN field_report f ON f.incident = i.id
    WHERE f.photos @> ARRAY[CAST(:sha256 AS text)] AND {VISIBLE}
    UNION
    SELECT i.id, i.is_open FROM incident i JOIN field_record f ON f.incident = i.id
    WHERE f.photos @> ARRAY[CAST(:sha256 AS text)] AND {VISIBLE}
    LIMIT 20
""")


async def get_evidence(connection: AsyncConnection, sha256: str) -> EvidenceRecord | None:
    """Return the record of this evidence, or ``None`` if it is not stored."""
    row = (await connection.execute(_GET, {"sha256": sha256})).first()
    return EvidenceRecord(sha256, *row) if row else None


async def get_usage(
    connection: AsyncConnection, record: EvidenceRecord, *, since: datetime
) -> tuple[int, int]:
    """Return how many files and bytes the uploader of a record has stored since a time."""
    query, uploader = (_OF_NODE, record.node) if record.node else (_OF_ACCOUNT, record.account)
    row = (await connection.execute(query, {"uploader": uploader, "since": since})).one()
    return int(row.files), int(row.bytes)


async def was_deleted(connection: AsyncConnection, sha256: str) -> bool:
    """Return whether this evidence was deleted, by its term or by an erasure request."""
    result = await connection.execute(_WAS_DELETED, {"sha256": sha256})
    return bool(result.scalar_one())


async def insert_evidence(
    connection: AsyncConnection, record: EvidenceRecord, *, now: datetime
) -> bool:
    """Record that the bytes are stored; return ``False`` if they were already."""
    row = {name: getattr(record, name) for name in EvidenceRecord.__slots__}
    return (await connection.execute(_INSERT, {**row, "now": now})).first() is not None


async def list_incidents_with_evidence(
    connection: AsyncConnection, sha256: str
) -> list[tuple[UUID, str | None]]:
    """Return id and area code of the incidents whose alerts refer to this evidence."""
    rows = await connection.execute(_INCIDENTS, {"sha256": sha256})
    return [(row.id, row.area_code) for row in rows]


async def list_visible_incidents(
    connection: AsyncConnection, sha256: str, account: Account
) -> list[VisibleIncident]:
    """Return the incidents with this evidence that are visible to the account."""
    rows = await connection.execute(_VISIBLE_INCIDENTS, {"sha256": sha256, **visibility(account)})
    return [VisibleIncident(row.id, is_open=row.is_open) for row in rows]
