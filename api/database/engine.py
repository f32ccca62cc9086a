"""Connect to PostgreSQL and migrate its schema."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.database.indexes import create_indexes
from api.errors import DatabaseError, SchemaError

MIGRATIONS = Path(__file__).parent / "migrations"
CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 60
SESSION_SETTINGS = {"jit": "off", "max_parallel_workers_per_gather": "0"}
"""Our statements read few rows: JIT compilation or parallel workers would take longer than them."""
MIGRATION_LOCK = 7_469_721  # any number, the same in every version


def create_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Create a pool of connections to ``url``; nothing connects before the first use.

    Args:
        url: ``postgresql://...``; the driver in it is replaced.
        pool_size: How many connections stay open; as many more are opened under load.
    """
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": {
                "application_name": "gridwatch",
                "timezone": "UTC",
                **SESSION_SETTINGS,
            },
        },
    )


def single_statements(engine: AsyncEngine) -> AsyncEngine:
    """Return an engine on the same pool where each statement is a transaction of its own.

    It saves the two round trips of ``BEGIN`` and ``COMMIT``; use it on paths where they count.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def migrate(engine: AsyncEngine) -> None:
    """Migrate the schema to the newest version; several processes may do so at once.

    Raises:
        DatabaseError: The database cannot be reached.
        SchemaError: The schema is newer than this program, or belongs to another one.
    """
    try:
        async with engine.begin() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK}
            )
            await connection.run_sync(_upgrade)
        await create_indexes(engine)
    except CommandError as error:
        raise SchemaError(f"unknown database schema: {error}") from error
    except DBAPIError as error:
        raise DatabaseError(f"cannot migrate {_address(engine)}: {error.orig}") from error
    except asyncpg.PostgresError as error:
        raise DatabaseError(f"cannot create an index of {_address(engine)}: {error}") from error
    except (OSError, SQLAlchemyError) as error:
        raise DatabaseError(f"cannot reach {_address(engine)}: {error}") from error


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _address(engine: AsyncEngine) -> str:
    """Return the address without its password."""
    return engine.url.render_as_string(hide_password=True)
