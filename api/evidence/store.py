"""Which pictures and clips are here, whose they are, and who may look."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.incidents.queries import VISIBLE, visibility


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A picture or clip that is here, from a box or from a person's phone."""

    sha256: str
    media_type: str
    bytes: int
    node: str | None = None
    account: int | None = None


_KEY = text("SELECT key FROM node WHERE name = :name")
_ADD = text("""
    INSERT INTO evidence (sha256, media_type, bytes, node, account, stored_at)
    VALUES (:sha256, :media_type, :bytes, :node, :account, :now)
    ON CONFLICT (sha256) DO NOTHING RETURNING sha256
""")
_FIND = text("SELECT media_type, bytes, node, account FROM evidence WHERE sha256 = :sha256")
_OF_ALERT = (
    "(a.data #>> '{evidence,0,sha256}' = :sha256 OR a.data #>> '{evidence,1,sha256}' = :sha256)"
)
_PAGES = text(f"""
    SELECT DISTINCT i.id, i.area_code
    FROM incident i JOIN alert a ON a.incident = i.id WHERE {_OF_ALERT} LIMIT 20
""")
_SHOWN_IN = text(f"""
    SELECT i.id FROM incident i JOIN alert a ON a.incident = i.id
    WHERE {_OF_ALERT} AND {VISIBLE}
    UNION
    SELECT i.id FROM incident i JOIN field_report f ON f.incident = i.id
    WHERE f.photos @> ARRAY[CAST(:sha256 AS text)] AND {VISIBLE}
    LIMIT 20
""")
"""An alert has one snapshot and one clip; a report has photos."""


async def get_node_key(connection: AsyncConnection, node: str) -> bytes | None:
    """Find the key of an enrolled box."""
    key: bytes | None = (await connection.execute(_KEY, {"name": node})).scalar()
    return key


async def get_evidence(connection: AsyncConnection, sha256: str) -> EvidenceRecord | None:
    """Find what is here under a name."""
    row = (await connection.execute(_FIND, {"sha256": sha256})).first()
    return EvidenceRecord(sha256, *row) if row else None


async def insert_evidence(
    connection: AsyncConnection, stored: EvidenceRecord, *, now: datetime
) -> bool:
    """Note that the bytes are here.

    Returns:
        ``False`` when they were here before.
    """
    row = {name: getattr(stored, name) for name in EvidenceRecord.__slots__}
    return (await connection.execute(_ADD, {**row, "now": now})).first() is not None


async def list_incidents_with_evidence(
    connection: AsyncConnection, sha256: str
) -> list[tuple[UUID, str | None]]:
    """List the incidents, with their areas, whose alerts name this picture or clip."""
    rows = await connection.execute(_PAGES, {"sha256": sha256})
    return [(row.id, row.area_code) for row in rows]


async def list_visible_incidents(
    connection: AsyncConnection, sha256: str, me: Account
) -> list[UUID]:
    """List the incidents with this picture or clip that the account may see."""
    rows = await connection.execute(_SHOWN_IN, {"sha256": sha256, **visibility(me)})
    return list(rows.scalars())
