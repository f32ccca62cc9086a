"""Create and read databases in tests."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def scalar(engine: AsyncEngine, query: str) -> object:
    """Return the first column of the first row; ``None`` if there is none."""
    async with engine.connect() as connection:
        return await connection.scalar(text(query))


_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class TownDatabases:
    """Makes copies of the test town, for tests that need many of them.

    Args:
        server: Address of the server.
        template: Name of the database that contains the town.
    """

    server: str
    template: str

    async def create(self) -> str:
        """Create a copy and return its address."""
        name = f"copy_{next(_NUMBERS)}"
        statement = f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY FILE_COPY"
        await administer(self.server, statement)
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    async def drop(self, url: str) -> None:
        """Drop a copy."""
        await administer(self.server, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


async def administer(url: str, statement: str) -> None:
    """Execute a statement that no transaction may contain."""
    parts = make_url(url)
    connection = await asyncpg.connect(
        host=str(parts.query["host"]), user=parts.username, database=parts.database
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
