"""Read accounts, and store their logins."""

from datetime import datetime

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
    c.area_code, r.name AS area_name, r.level AS area_level, {_SEES_UNPLACED} AS sees_unplaced
    FROM account c JOIN area r ON r.code = c.area_code
"""
_BY_NAME = text(f"SELECT {_COLUMNS} WHERE c.name = :name AND c.active")
_BY_TOKEN = text(f"""
    SELECT {_COLUMNS} JOIN login l ON l.account = c.id
    WHERE l.token_hash = :token_hash AND l.expires_at > :now AND c.active
""")
_INSERT_LOGIN = text("INSERT INTO login VALUES (:token_hash, :account, :expires_at)")
_LOGIN_END = text("SELECT expires_at FROM login WHERE token_hash = :token_hash")
_DELETE_LOGIN = text("DELETE FROM login WHERE token_hash = :token_hash")
_DELETE_EXPIRED = text("DELETE FROM login WHERE expires_at <= :now")


async def get_account_by_name(connection: AsyncConnection, name: str) -> tuple[Account, str] | None:
    """Return an active account and the hash of its password, or ``None``."""
    row = (await connection.execute(_BY_NAME, {"name": name})).mappings().first()
    return (_account(row), row["password_hash"]) if row else None


async def get_account_by_token(
    connection: AsyncConnection, token_hash: bytes, *, now: datetime
) -> Account | None:
    """Return the active account of a login that has not expired, or ``None``."""
    params = {"token_hash": token_hash, "now": now}
    row = (await connection.execute(_BY_TOKEN, params)).mappings().first()
    return _account(row) if row else None


async def insert_login(
    connection: AsyncConnection,
    account: Account,
    token_hash: bytes,
    *,
    now: datetime,
    until: datetime,
) -> None:
    """Store a login, and delete all that have expired."""
    await connection.execute(_DELETE_EXPIRED, {"now": now})
    row = {"token_hash": token_hash, "account": account.id, "expires_at": until}
    await connection.execute(_INSERT_LOGIN, row)


async def get_login_end(connection: AsyncConnection, token_hash: bytes) -> datetime | None:
    """Return when a login ends; ``None`` if there is no such login."""
    end: datetime | None = (
        await connection.execute(_LOGIN_END, {"token_hash": token_hash})
    ).scalar_one_or_none()
    return end


async def delete_login(connection: AsyncConnection, token_hash: bytes) -> None:
    """Delete a login, if there is one."""
    await connection.execute(_DELETE_LOGIN, {"token_hash": token_hash})


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
    )
