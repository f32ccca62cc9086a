"""Check whether the centre can receive and store alerts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.errors import UNREACHABLE_ERRORS
from api.reports.store import get_last_message_at


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """Whether the database answers, and when an alert last arrived."""

    is_up: bool
    last_message_at: datetime | None = None


async def check_database(engine: AsyncEngine) -> DatabaseHealth:
    """Query the database once."""
    try:
        async with engine.connect() as connection:
            return DatabaseHealth(True, await get_last_message_at(connection))
    except UNREACHABLE_ERRORS:
        return DatabaseHealth(False)
