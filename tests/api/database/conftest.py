from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.database.old_versions import MigratedTo, database_of


@pytest.fixture
async def migrated_to(postgres: str) -> AsyncIterator[MigratedTo]:
    """Create a database with the schema of an older version."""
    async with AsyncExitStack() as stack:

        async def create(version: str) -> AsyncEngine:
            return await stack.enter_async_context(database_of(postgres, version))

        yield create
