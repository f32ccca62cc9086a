"""What an error of the database means for us."""

import asyncpg
from sqlalchemy.exc import DBAPIError

DATA_EXCEPTION, INTEGRITY_VIOLATION, LIMIT_EXCEEDED = "22", "23", "54"


def is_about_data(error: DBAPIError) -> bool:
    """Tell whether the values are at fault; all else may pass, so it is tried again."""
    cause = error.orig.__cause__ if error.orig is not None else None
    if isinstance(cause, asyncpg.exceptions.DataError):
        return True
    code = getattr(cause, "sqlstate", None) or ""
    return code[:2] in {DATA_EXCEPTION, INTEGRITY_VIOLATION, LIMIT_EXCEEDED}
