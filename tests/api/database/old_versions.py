"""Databases with the schema of an older version."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import MIGRATIONS, create_engine

MigratedTo = Callable[[str], Awaitable[AsyncEngine]]
"""Creates a database with the schema of a version."""


@asynccontextmanager
async def database_of(postgres: str, version: str) -> AsyncIterator[AsyncEngine]:
    admin = create_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE old_version"))
    engine = create_engine(str(make_url(postgres).set(database="old_version")))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade_to, version)
    yield engine
    await engine.dispose()
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE old_version WITH (FORCE)"))
    await admin.dispose()


def upgrade_to(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)
