"""Fixtures of the centre: a real PostgreSQL server per session, a fresh database per test."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine, migrate
from api.embedded.postgres import EmbeddedPostgres
from tests.api.databases import TownDatabases, administer
from tests.api.town import Centre, Clock, build_centre, import_town

TEMPLATE = "template_gridwatch"
TOWN_TEMPLATE = "template_town"
NUMBERS = count(1)
QUICK_BUT_UNSAFE = ("fsync=off", "full_page_writes=off", "max_wal_size=64MB", "min_wal_size=32MB")
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
ROOM = 2**30
"""Bytes that the server's files stay far below: a dozen databases of 10 MB, and their log."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server whose database ``template_gridwatch`` is migrated."""
    settings = (*QUICK_BUT_UNSAFE, "max_connections=300")
    place = tempfile.TemporaryDirectory(prefix="gridwatch-test-", dir=_fastest_folder())
    with place as folder, EmbeddedPostgres(Path(folder), settings=settings) as server:
        asyncio.run(_make_template(server.url))
        yield server.url


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """The address of a fresh database with our schema."""
    name = f"test_{next(NUMBERS)}"
    await administer(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    await administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database with our schema."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def town_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that contains the test town; hashing its passwords is slow."""
    asyncio.run(_make_town(postgres, tmp_path_factory.mktemp("town")))
    return TOWN_TEMPLATE


@pytest.fixture
async def town_database(postgres: str, town_template: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh copy of the test town."""
    name = f"town_{next(NUMBERS)}"
    await administer(
        postgres, f"CREATE DATABASE {name} TEMPLATE {town_template} STRATEGY FILE_COPY"
    )
    engine = create_engine(str(make_url(postgres).set(database=name)))
    yield engine
    await engine.dispose()
    await administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def town_databases(postgres: str, town_template: str) -> TownDatabases:
    """Makes copies of the test town."""
    return TownDatabases(postgres, town_template)


@pytest.fixture
def clock() -> Clock:
    """A clock that the test advances."""
    return Clock()


@pytest.fixture
async def centre(town_database: AsyncEngine, clock: Clock, tmp_path: Path) -> AsyncIterator[Centre]:
    """The real routes on a fresh copy of the test town."""
    centre = build_centre(town_database, clock, tmp_path)
    yield centre
    await centre.close()


def _fastest_folder() -> Path | None:
    """Return a folder in memory, or ``None`` if there is no room.

    Creating and dropping a database there takes 0.05 s of CPU time, a tenth of that on a disk.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if has_room else None


async def _make_template(url: str) -> None:
    await administer(url, f"CREATE DATABASE {TEMPLATE}")
    engine = create_engine(str(make_url(url).set(database=TEMPLATE)))
    await migrate(engine)
    await engine.dispose()


async def _make_town(url: str, folder: Path) -> None:
    await administer(url, f"CREATE DATABASE {TOWN_TEMPLATE} TEMPLATE {TEMPLATE}")
    engine = create_engine(str(make_url(url).set(database=TOWN_TEMPLATE)))
    await import_town(engine, folder)
    await engine.dispose()
