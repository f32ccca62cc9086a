"""What a rehearsal reads from the database of its centre."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


class Decided(NamedTuple):
    """What the centre decided about an incident when it was opened."""

    scenario: str
    opened_at: datetime
    decision: str


async def list_decided(engine: AsyncEngine) -> list[Decided]:
    """List all incidents that an alert of a camera opened."""
    statement = text("SELECT scenario, first_at, decision FROM incident WHERE decision IS NOT NULL")
    async with engine.connect() as connection:
        return [Decided(*row) for row in await connection.execute(statement)]
