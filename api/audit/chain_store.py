"""Read entries of the audit log, and store and read the blocks of its chain."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.chain import DELETED_ENTRIES, Block, LoggedEntry
from api.audit.store import SYSTEM

CHAIN_LOCK = 7_469_723  # any number, the same in every version

_ENTRIES = text("""
    SELECT seq, at, actor, action, incident, work_order, from_state, to_state, reason, detail
    FROM audit_log WHERE seq > :after AND seq <= :until ORDER BY seq LIMIT :limit
""")
_BLOCKS = text("""
    SELECT position, seqs, entry_hashes, block_hash FROM audit_block
    WHERE position > :after ORDER BY position LIMIT 20
""")
_NEWEST = text("""
    SELECT position, seqs, entry_hashes, block_hash FROM audit_block
    ORDER BY position DESC LIMIT 1
""")
_INSERT = text("""
    INSERT INTO audit_block (position, seqs, entry_hashes, block_hash)
    VALUES (:position, :seqs, :entry_hashes, :block_hash)
""")
_DELETED_UNTIL = text("""
    SELECT coalesce(max(CAST(detail ->> 'until_block' AS bigint)), 0) FROM audit_log
    WHERE action = :action AND actor = :actor AND seq <= :chained
""")
_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")
_HEAD = text("""
    SELECT last_value, CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint) AS oldest_running,
        CAST(CAST(pg_snapshot_xmax(s) AS text) AS bigint) AS next_transaction
    FROM audit_log_seq_seq, pg_current_snapshot() AS s
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """How far the log has been written at one moment.

    Args:
        seq: The highest number that has been given to an entry, whether committed or not.
        oldest_running: Number of the oldest transaction that has not ended.
        next_transaction: Number of the first transaction that has not begun.
    """

    seq: int
    oldest_running: int
    next_transaction: int


async def get_head(connection: AsyncConnection) -> LogHead:
    """Return how far the log has been written."""
    row = (await connection.execute(_HEAD)).one()
    return LogHead(
        seq=row.last_value,
        oldest_running=row.oldest_running,
        next_transaction=row.next_transaction,
    )


async def try_lock_chain(connection: AsyncConnection) -> bool:
    """Lock the chain until the end of the transaction; return whether nobody else had."""
    locked: bool = (await connection.execute(_LOCK, {"lock": CHAIN_LOCK})).scalar_one()
    return locked


async def list_entries(
    connection: AsyncConnection, *, after: int, until: int, limit: int | None = None
) -> list[LoggedEntry]:
    """List the entries with numbers above ``after`` and up to ``until``, in order."""
    params = {"after": after, "until": until, "limit": limit}
    return [LoggedEntry(**row) for row in (await connection.execute(_ENTRIES, params)).mappings()]


async def get_newest_block(connection: AsyncConnection) -> Block | None:
    """Return the end of the chain, or ``None`` if it is empty."""
    row = (await connection.execute(_NEWEST)).mappings().first()
    return _block(row) if row else None


async def insert_block(connection: AsyncConnection, block: Block) -> None:
    """Add a block to the chain."""
    params = {
        "position": block.position,
        "seqs": list(block.seqs),
        "entry_hashes": list(block.entry_hashes),
        "block_hash": block.block_hash,
    }
    await connection.execute(_INSERT, params)


async def get_deleted_until(connection: AsyncConnection) -> int:
    """Return the last block of which retention has deleted entries, as the chained log says."""
    newest = await get_newest_block(connection)
    params = {
        "action": DELETED_ENTRIES,
        "actor": SYSTEM,
        "chained": newest.seqs[-1] if newest else 0,
    }
    return int((await connection.execute(_DELETED_UNTIL, params)).scalar_one())


async def read_blocks(connection: AsyncConnection) -> AsyncIterator[Block]:
    """Yield all blocks by position."""
    position = 0
    while blocks := await _list_blocks(connection, position):
        for block in blocks:
            yield block
        position = blocks[-1].position


async def _list_blocks(connection: AsyncConnection, after: int) -> Sequence[Block]:
    rows = (await connection.execute(_BLOCKS, {"after": after})).mappings()
    return [_block(row) for row in rows]


def _block(row: RowMapping) -> Block:
    return Block(
        position=row["position"],
        seqs=tuple(row["seqs"]),
        entry_hashes=tuple(row["entry_hashes"]),
        block_hash=row["block_hash"],
    )
