from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.storage.engine import migrate


async def test_a_fresh_database_has_the_schema(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM incident"))

    assert found == 0


async def test_migrating_twice_changes_nothing(database: AsyncEngine) -> None:
    await migrate(database)
    await migrate(database)

    async with database.connect() as connection:
        version = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert version == "0002_fleet"
