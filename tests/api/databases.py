"""Read a database in tests."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def scalar(engine: AsyncEngine, query: str) -> object:
    """Return the first column of the first row; ``None`` if there is none."""
    async with engine.connect() as connection:
        return await connection.scalar(text(query))
