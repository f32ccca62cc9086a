import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest


@pytest.fixture
def database(town_database: AsyncEngine) -> AsyncEngine:
    """Return a database with the accounts of the test town."""
    return town_database


@pytest.fixture
def ingest(database: AsyncEngine) -> Ingest:
    """Return an ingest with one enrolled node."""
    return Ingest(database)
