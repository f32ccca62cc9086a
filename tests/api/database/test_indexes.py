"""Indexes of large tables, created beside their use."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import migrate
from api.database.indexes import INDEXES, create_indexes
from tests.api.databases import rows

VALID = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisvalid ORDER BY 1
"""


async def valid_indexes(engine: AsyncEngine) -> set[str]:
    return {name for (name,) in await rows(engine, VALID)} & set(INDEXES)


async def execute(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def test_a_migrated_database_has_every_index(database: AsyncEngine) -> None:
    assert await valid_indexes(database) == set(INDEXES)


async def test_a_missing_index_is_created_once_by_processes_that_start_together(
    database: AsyncEngine,
) -> None:
    await execute(database, "DROP INDEX incident_queue")
    await asyncio.gather(*(migrate(database) for _ in range(3)))

    assert await valid_indexes(database) == set(INDEXES)


async def test_an_index_whose_creation_was_interrupted_is_created_again(
    database: AsyncEngine,
) -> None:
    await execute(
        database,
        """
        UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = CAST('incident_queue' AS regclass)
        """,
    )
    assert "incident_queue" not in await valid_indexes(database)
    await create_indexes(database)

    assert "incident_queue" in await valid_indexes(database)


async def test_rows_can_be_written_while_an_index_is_created(database: AsyncEngine) -> None:
    """The creation waits for the transaction of another; the writer waits for nobody."""
    await execute(database, "DROP INDEX incident_queue")
    update = text("UPDATE incident SET zone = zone")
    async with database.connect() as other, database.connect() as writer:
        await other.execute(update)
        creating = asyncio.create_task(create_indexes(database))
        await wait_until_created(database)
        async with asyncio.timeout(10):
            await writer.execute(update)
            await writer.commit()
        await other.commit()
        await creating

    assert "incident_queue" in await valid_indexes(database)


async def wait_until_created(database: AsyncEngine) -> None:
    """Wait until the index exists, though it is not valid yet."""
    while not await rows(database, "SELECT 1 FROM pg_class WHERE relname = 'incident_queue'"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
