"""Statements that delete evidence, and keep a record of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# The incidents that show a picture, and those that they were merged into.
_USED_BY = """
    SELECT i FROM (
        SELECT incident FROM alert a WHERE a.data #>> '{evidence,0,sha256}' = e.sha256
        UNION ALL
        SELECT incident FROM alert a WHERE a.data #>> '{evidence,1,sha256}' = e.sha256
        UNION ALL
        SELECT incident FROM field_report f WHERE f.photos @> ARRAY[e.sha256]
        UNION ALL
        SELECT incident FROM field_record f WHERE f.photos @> ARRAY[e.sha256]
    ) AS used JOIN incident m ON m.id = used.incident JOIN incident i ON i.id IN (m.id, m.root)
"""
_RECORD_DELETION = """
    ), gone AS (
        DELETE FROM evidence USING chosen WHERE evidence.sha256 = chosen.sha256
        RETURNING evidence.sha256, evidence.bytes, evidence.node, evidence.account,
            evidence.stored_at
    )
    INSERT INTO deleted_evidence (sha256, bytes, node, account, stored_at, deleted_at, erasure)
    SELECT sha256, bytes, node, account, stored_at, :now, CAST(:erasure AS uuid) FROM gone
    RETURNING sha256
"""
_EXPIRED = text(f"""
    WITH chosen AS (
        SELECT e.sha256 FROM evidence e
        WHERE e.stored_at < :before AND NOT EXISTS (
            {_USED_BY} WHERE i.is_open AND NOT i.is_over
                OR coalesce(i.state_since, i.created_at) >= :before OR is_held(i))
        ORDER BY e.stored_at LIMIT :limit FOR UPDATE SKIP LOCKED
    {_RECORD_DELETION}
""")
_OF_INCIDENTS = text(f"""
    WITH named AS (
        SELECT i.id FROM incident i
        WHERE i.id = ANY (CAST(:incidents AS uuid[])) OR i.root = ANY (CAST(:incidents AS uuid[]))
    ), chosen AS (
        SELECT e.sha256 FROM evidence e WHERE e.sha256 IN (
            SELECT x ->> 'sha256' FROM alert a, jsonb_array_elements(a.data -> 'evidence') x
            WHERE a.incident IN (SELECT id FROM named)
            UNION
            SELECT unnest(photos) FROM field_report WHERE incident IN (SELECT id FROM named)
            UNION
            SELECT unnest(photos) FROM field_record WHERE incident IN (SELECT id FROM named))
        FOR UPDATE
    {_RECORD_DELETION}
""")
_WAITING = text("""
    SELECT d.sha256 FROM deleted_evidence d WHERE d.bytes_deleted_at IS NULL
    ORDER BY d.deleted_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_BYTES_DELETED = text("""
    UPDATE deleted_evidence SET bytes_deleted_at = :now
    WHERE sha256 = ANY (CAST(:sha256s AS text[]))
""")
_EXPIRED_RECORDS = text("""
    WITH gone AS (
        DELETE FROM deleted_evidence WHERE sha256 IN (
            SELECT sha256 FROM deleted_evidence
            WHERE erasure IS NULL AND bytes_deleted_at < :before LIMIT :limit)
        RETURNING sha256
    )
    SELECT count(*) FROM gone
""")


async def delete_expired_evidence(
    connection: AsyncConnection, *, before: datetime, now: datetime, limit: int = 500
) -> int:
    """Delete the records of evidence that arrived, and whose incidents ended, before ``before``.

    The bytes are deleted after the commit, see ``list_waiting``.
    """
    params = {"before": before, "now": now, "erasure": None, "limit": limit}
    return len((await connection.execute(_EXPIRED, params)).all())


async def delete_evidence_of(
    connection: AsyncConnection, incidents: Sequence[UUID], *, erasure: UUID, now: datetime
) -> list[str]:
    """Delete the records of all evidence of incidents, whatever its age; return their SHA-256."""
    params = {"incidents": list(incidents), "erasure": erasure, "now": now}
    return list((await connection.execute(_OF_INCIDENTS, params)).scalars())


async def list_waiting(connection: AsyncConnection, *, limit: int) -> list[str]:
    """List the evidence whose bytes have yet to be deleted; it is locked for the transaction."""
    return list((await connection.execute(_WAITING, {"limit": limit})).scalars())


async def mark_bytes_deleted(
    connection: AsyncConnection, sha256s: Sequence[str], *, now: datetime
) -> None:
    """Record that the bytes are gone."""
    await connection.execute(_BYTES_DELETED, {"sha256s": list(sha256s), "now": now})


async def delete_expired_records(
    connection: AsyncConnection, *, before: datetime, limit: int
) -> int:
    """Delete records of what was deleted before ``before``; those of erasure requests stay."""
    params = {"before": before, "limit": limit}
    return int((await connection.execute(_EXPIRED_RECORDS, params)).scalar_one())
