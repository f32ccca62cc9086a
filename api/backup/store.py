"""The snapshot that a dump is taken from, and what it contains."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_SNAPSHOT = text("SELECT pg_export_snapshot(), now()")
_TABLES = text("""
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    ORDER BY tablename
""")
_SCHEMA = text("SELECT version_num FROM alembic_version")
_EVIDENCE = text("SELECT sha256 FROM evidence ORDER BY sha256")
_CLEAR_FEED = text("TRUNCATE event_log, event_log_deleted")
_COUNT_TIMEOUT = text("SET LOCAL statement_timeout = 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """What a snapshot of the database contains.

    Args:
        snapshot: Name of the snapshot, for ``pg_dump``.
        taken_at: Time of the snapshot, by the clock of the database.
        evidence: SHA-256 of every stored evidence file, sorted.
    """

    snapshot: str
    taken_at: datetime
    schema: str
    rows: dict[str, int]
    evidence: tuple[str, ...]


@asynccontextmanager
async def open_snapshot(engine: AsyncEngine) -> AsyncIterator[DatabaseState]:
    """Hold one state of the database, while the centre goes on writing.

    The transaction only reads, so live pages do not wait for it.
    """
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with reading.connect() as connection:
        await connection.execute(_COUNT_TIMEOUT)
        snapshot, taken_at = (await connection.execute(_SNAPSHOT)).one()
        yield DatabaseState(
            snapshot=snapshot,
            taken_at=taken_at,
            schema=(await connection.execute(_SCHEMA)).scalar_one(),
            rows=await count_rows(connection),
            evidence=tuple((await connection.execute(_EVIDENCE)).scalars()),
        )


async def clear_feed(engine: AsyncEngine) -> None:
    """Delete the events of live pages: transactions are numbered anew after a restore."""
    async with engine.begin() as connection:
        await connection.execute(_CLEAR_FEED)


async def count_rows(connection: AsyncConnection) -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = (await connection.execute(_TABLES)).scalars().all()
    counts = {}
    for table in tables:
        counted = await connection.execute(text(f'SELECT count(*) FROM "{table}"'))
        counts[table] = counted.scalar_one()
    return counts
