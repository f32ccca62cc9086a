"""The real PostgreSQL of the centre's tests."""

from tests.api.conftest import database, database_url, postgres, town_databases, town_template

__all__ = ["database", "database_url", "postgres", "town_databases", "town_template"]
