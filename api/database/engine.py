"""The way into PostgreSQL: connections, and the schema they need."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.errors import DatabaseError, SchemaError

MIGRATIONS = Path(__file__).parent / "migrations"
CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 60
QUICK = {"jit": "off", "max_parallel_workers_per_gather": "0"}
"""Our statements read few rows: compiling them or starting workers takes longer than they do."""
MIGRATION_LOCK = 7_469_721  # any number, the same in every version


def create_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Make a pool of connections to ``url``; nothing connects before the first use.

    Args:
        url: ``postgresql://...``; the driver is ours to choose.
        pool_size: How many connections stay open; as many again may come for a while.
    """
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": {"application_name": "gridwatch", "timezone": "UTC", **QUICK},
        },
    )


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema up to date; several processes may try at once.

    Raises:
        DatabaseError: The database cannot be reached.
        SchemaError: It was written by a newer version, or by another program.
    """
    try:
        async with engine.begin() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK}
            )
            await connection.run_sync(_upgrade)
    except CommandError as error:
        raise SchemaError(f"the database has a schema we do not know: {error}") from error
    except DBAPIError as error:
        raise DatabaseError(f"cannot migrate {_shown(engine)}: {error.orig}") from error
    except (OSError, SQLAlchemyError) as error:
        raise DatabaseError(f"cannot reach {_shown(engine)}: {error}") from error


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _shown(engine: AsyncEngine) -> str:
    """The address without its password."""
    return engine.url.render_as_string(hide_password=True)
