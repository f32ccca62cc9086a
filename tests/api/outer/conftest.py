"""A small town with its people, and a centre that serves it."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine
from tests.api.outer.town import Centre, Clock, build, settle_town

NUMBERS = count(1)


@pytest.fixture(scope="session")
def town(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that holds the town; its passwords take long to hash."""
    asyncio.run(_make_town(postgres, tmp_path_factory.mktemp("town")))
    return "template_town"


@pytest.fixture
async def database(postgres: str, town: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh copy of the town."""
    name = f"town_{next(NUMBERS)}"
    await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {town} STRATEGY FILE_COPY")
    engine = create_engine(_named(postgres, name))
    yield engine
    await engine.dispose()
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> Clock:
    """Time that stands still until it is moved."""
    return Clock()


@pytest.fixture
async def centre(database: AsyncEngine, clock: Clock, tmp_path: Path) -> AsyncIterator[Centre]:
    """The real routes on a real database."""
    made = build(database, clock, tmp_path)
    yield made
    await made.close()


async def _make_town(postgres: str, folder: Path) -> None:
    await _administer(postgres, "CREATE DATABASE template_town TEMPLATE template_gridwatch")
    engine = create_engine(_named(postgres, "template_town"))
    await settle_town(engine, folder)
    await engine.dispose()


async def _administer(postgres: str, statement: str) -> None:
    engine = create_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _named(postgres: str, name: str) -> str:
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)
