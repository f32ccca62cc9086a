"""A small town with its people, and a centre that serves it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.outer.town import Centre, build


@pytest.fixture
async def centre(database: AsyncEngine, tmp_path: Path) -> AsyncIterator[Centre]:
    """The real routes on a real database; time stands still until it is moved."""
    made = await build(database, tmp_path)
    yield made
    await made.close()
