"""Read accounts, and store their logins."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import DESK_ROLES, SUPERVISOR_ROLES, Account, Role
from api.areas.hierarchy import AreaLevel

__all__ = ["DESK_ROLES", "SUPERVISOR_ROLES", "Account", "Role"]


# What belongs to no area is seen at the top: where no area above has a desk that would see it.
_SEES_UNPLACED = """
    NOT EXISTS (
        SELECT FROM account d
        WHERE d.active AND d.role IN ('operator', 'supervisor')
          AND d.area_code IN (SELECT left(c.area_code, digits)
                              FROM unnest(CAST('{4,6,9,12,15}' AS int[])) AS digits
                              WHERE digits < length(c.area_code)))
"""
_COLUMNS = f"""
    c.id, c.name, c.role, c.language, c.password_hash,
    c.area_code, r.name AS area_name, r.level AS area_level, {_SEES_UNPLACED} AS sees_unplaced,
    c.totp_secret IS NOT NULL AS has_second_factor
    FROM account c JOIN area r ON r.code = c.area_code
"""
_BY_NAME = text(f"SELECT {_COLUMNS} WHERE c.name = :name AND c.active")
# What is used is noted once a minute at most; workers' phones are rarely used for hours.
_BY_TOKEN = text(f"""
    SELECT {_COLUMNS} JOIN login l ON l.account = c.id
    WHERE l.token_hash = :token_hash AND l.expires_at > :now AND c.active
      AND (c.role = 'worker' OR l.used_at > :unused_since)
""")
_IS_OPEN = text("""
    SELECT EXISTS (
        SELECT FROM login l JOIN account c ON c.id = l.account
        WHERE l.token_hash = :token_hash AND l.expires_at > :now AND c.active
          AND c.id = :id AND c.role = :role AND c.area_code = :area)
""")
_LOGIN = text("SELECT used_at, needs_factor FROM login WHERE token_hash = :token_hash")
_SET_USED = text("UPDATE login SET used_at = :now WHERE token_hash = :token_hash")
NOTE_USE_EVERY = timedelta(minutes=1)


async def get_account_by_name(connection: AsyncConnection, name: str) -> tuple[Account, str] | None:
    """Return an active account and the hash of its password, or ``None``."""
    row = (await connection.execute(_BY_NAME, {"name": name})).mappings().first()
    return (_account(row), row["password_hash"]) if row else None


async def get_account_by_token(
    connection: AsyncConnection, token_hash: bytes, *, idle: timedelta, now: datetime
) -> Account | None:
    """Return the active account of a login that has not ended, or ``None``; note that it is used.

    Args:
        idle: A login that was not used for so long has ended.
    """
    params = {"token_hash": token_hash, "now": now, "unused_since": now - idle}
    row = (await connection.execute(_BY_TOKEN, params)).mappings().first()
    if row is None:
        return None
    login = (await connection.execute(_LOGIN, {"token_hash": token_hash})).one()
    if login.used_at < now - NOTE_USE_EVERY:
        await connection.execute(_SET_USED, {"token_hash": token_hash, "now": now})
    return replace(_account(row), needs_factor=login.needs_factor)


async def is_login_open(
    connection: AsyncConnection, token_hash: bytes, account: Account, *, now: datetime
) -> bool:
    """Return whether a login has not ended, and its account has the same role and area."""
    params = {
        "token_hash": token_hash,
        "now": now,
        "id": account.id,
        "role": account.role,
        "area": account.area_code,
    }
    return bool(await connection.scalar(_IS_OPEN, params))


def _account(row: RowMapping) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        language=row["language"],
        area_code=row["area_code"],
        area_name=row["area_name"],
        area_level=AreaLevel(row["area_level"]),
        sees_unplaced=row["sees_unplaced"],
        has_second_factor=row["has_second_factor"],
    )
