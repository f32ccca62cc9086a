"""A real PostgreSQL for every test: one server a session, one fresh database a test."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine, migrate
from api.embedded.postgres import EmbeddedPostgres

TEMPLATE = "template_gridwatch"
NUMBERS = count(1)
QUICK_BUT_UNSAFE = ("fsync=off", "full_page_writes=off", "max_wal_size=64MB", "min_wal_size=32MB")
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
ROOM = 2**30
"""Bytes that the server's files stay far below: a dozen databases of 10 MB, and their log."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server whose database ``template_gridwatch`` is migrated."""
    settings = (*QUICK_BUT_UNSAFE, "max_connections=300")
    place = tempfile.TemporaryDirectory(prefix="gridwatch-test-", dir=_quickest())
    with place as folder, EmbeddedPostgres(Path(folder), settings=settings) as server:
        asyncio.run(_make_template(server.url))
        yield server.url


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """The address of a fresh database with our schema."""
    name = f"test_{next(NUMBERS)}"
    await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database with our schema."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


def _quickest() -> Path | None:
    """Memory, where there is room: a database is made and dropped there for 0.05 s of CPU.

    On a disk that takes up to ten times as much, nearly all of it in the system.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else None


async def _make_template(url: str) -> None:
    await _administer(url, f"CREATE DATABASE {TEMPLATE}")
    engine = create_engine(str(make_url(url).set(database=TEMPLATE)))
    await migrate(engine)
    await engine.dispose()


async def _administer(url: str, statement: str) -> None:
    parts = make_url(url)
    connection = await asyncpg.connect(
        host=str(parts.query["host"]), user=parts.username, database=parts.database
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
