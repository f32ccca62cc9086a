"""Tell errors of the data from errors of the connection or server."""

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

UNREACHABLE_ERRORS = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a statement raises while the database is down, or is just coming back: a connection that is
being set up raises errors of the driver, which SQLAlchemy does not wrap."""

DATA_EXCEPTION, INTEGRITY_VIOLATION, LIMIT_EXCEEDED = "22", "23", "54"


def is_about_data(error: DBAPIError) -> bool:
    """Return whether the values caused the error; any other error may pass and is worth a retry."""
    cause = error.orig.__cause__ if error.orig is not None else None
    if isinstance(cause, asyncpg.exceptions.DataError):
        return True
    code = getattr(cause, "sqlstate", None) or ""
    return code[:2] in {DATA_EXCEPTION, INTEGRITY_VIOLATION, LIMIT_EXCEEDED}
