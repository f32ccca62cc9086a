"""Delete expired entries of the audit log, whole blocks at a time.

The hashes of deleted entries stay in the chain, and an entry of the log says what was deleted, so
that ``central audit verify`` can tell retention from manipulation.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.chain import DELETED_ENTRIES
from api.audit.chain_store import try_lock_chain
from api.audit.store import SYSTEM, AuditEntry
from api.retention.incident_store import ALLOW_DELETION

_NEXT_BLOCK = text("""
    SELECT b.position, b.seqs, (SELECT max(at) FROM audit_log WHERE seq = ANY (b.seqs)) AS newest
    FROM audit_block b
    WHERE b.position = coalesce((SELECT until_block FROM audit_deleted), 0) + 1
""")
_DELETE = text("""
    DELETE FROM audit_log WHERE seq = ANY (CAST(:seqs AS bigint[])) AND NOT EXISTS (
        SELECT FROM incident i WHERE i.id = audit_log.incident AND (i.is_open OR is_held(i)))
""")
_MARK = text("""
    INSERT INTO audit_deleted (until_block) VALUES (:position)
    ON CONFLICT (is_one) DO UPDATE SET until_block = excluded.until_block
""")


async def delete_expired_entries(
    connection: AsyncConnection, *, before: datetime, now: datetime, limit: int = 20
) -> int:
    """Delete the entries of at most ``limit`` blocks that are wholly older than ``before``.

    Entries about an incident that is open or held stay.

    Returns:
        The number of deleted entries.
    """
    if not await try_lock_chain(connection):
        return 0
    await connection.execute(ALLOW_DELETION)
    n_deleted, last = 0, None
    for _ in range(limit):
        block = (await connection.execute(_NEXT_BLOCK)).one_or_none()
        if block is None or block.newest is None or block.newest >= before:
            break  # none of its entries is there: somebody else deleted them
        result = await connection.execute(_DELETE, {"seqs": block.seqs})
        await connection.execute(_MARK, {"position": block.position})
        n_deleted += result.rowcount
        last = block.position
    if last is not None:
        detail: dict[str, object] = {
            "until_block": last,
            "entries": n_deleted,
            "before": before.isoformat(),
        }
        entry = AuditEntry(at=now, actor=SYSTEM, action=DELETED_ENTRIES, detail=detail)
        await audit_store.record(connection, entry)
    return n_deleted
