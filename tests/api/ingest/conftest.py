import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
from tests.api.alerts import enroll


@pytest.fixture
async def ingest(database: AsyncEngine) -> Ingest:
    """Return an ingest with one enrolled node."""
    await enroll(database)
    return Ingest(database)
