from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import MIGRATIONS, create_engine, migrate
from tests.api.alerts import BOX, NOON, enroll

NEWEST = "0010_alarm_kinds"


async def test_a_fresh_database_has_the_schema(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM incident"))

    assert found == 0


async def test_migrating_twice_changes_nothing(database: AsyncEngine) -> None:
    await migrate(database)
    await migrate(database)

    assert await version_of(database) == NEWEST


@pytest.fixture
async def first(postgres: str) -> AsyncIterator[AsyncEngine]:
    """A database as the first version left it."""
    admin = create_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE first_version"))
    engine = create_engine(str(make_url(postgres).set(database="first_version")))
    async with engine.begin() as connection:
        await connection.run_sync(up_to_the_first)
    yield engine
    await engine.dispose()
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE first_version WITH (FORCE)"))
    await admin.dispose()


async def test_what_was_known_of_a_box_is_still_known(first: AsyncEngine) -> None:
    await enroll(first)
    async with first.begin() as connection:
        known = {"node": str(BOX), "at": NOON}
        await connection.execute(text("UPDATE node SET state = 'online', seen_at = :at"), known)
        put = "INSERT INTO camera (node, name, state, state_at) VALUES (:node, 'a', 'online', :at)"
        await connection.execute(text(put), known)

    await migrate(first)

    async with first.connect() as connection:
        assert await connection.scalar(text("SELECT state_at FROM node")) == NOON
        assert await connection.scalar(text("SELECT first_at FROM camera")) == NOON
    assert await version_of(first) == NEWEST


async def version_of(engine: AsyncEngine) -> object:
    async with engine.connect() as connection:
        return await connection.scalar(text("SELECT version_num FROM alembic_version"))


def up_to_the_first(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001_first")
