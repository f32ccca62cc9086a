"""Read and change accounts for their administration."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """An account, as its managers see it.

    Args:
        has_password: Somebody can log in.
        invited_until: When the open invitation ends.
        n_logins: Logins that have not ended.
        last_used_at: When one of them was last used, to the minute.
    """

    id: int
    name: str
    role: str
    area_code: str
    area_name: str
    language: str
    active: bool
    created_at: datetime
    has_password: bool
    password_at: datetime | None
    has_second_factor: bool
    invited_until: datetime | None
    n_logins: int
    last_used_at: datetime | None


_SELECT = """
    SELECT c.id, c.name, c.role, c.area_code, r.name AS area_name, c.language, c.active,
        c.created_at, c.password_hash <> '' AS has_password, c.password_at,
        c.totp_secret IS NOT NULL AS has_second_factor, i.expires_at AS invited_until,
        l.n AS n_logins, l.used_at AS last_used_at
    FROM account c
    JOIN area r ON r.code = c.area_code
    LEFT JOIN invitation i ON i.account = c.id AND i.expires_at > :now
    CROSS JOIN LATERAL (SELECT count(*) AS n, max(used_at) AS used_at FROM login
                        WHERE account = c.id AND expires_at > :now) l
    WHERE c.area_code >= :area AND c.area_code < :area || ':'
"""
_LIST = text(f"""
    {_SELECT} AND c.name > :after AND strpos(lower(c.name), lower(:text)) > 0
      AND (CAST(:role AS text) IS NULL OR c.role = :role)
      AND (:with_inactive OR c.active)
    ORDER BY c.name LIMIT :limit
""")
_GET = text(f"{_SELECT} AND c.name = :name")
_LOCK = text("SELECT id FROM account WHERE name = :name FOR UPDATE")
_INSERT = text("""
    INSERT INTO account (name, role, area_code, language, password_hash, created_at)
    VALUES (:name, :role, :area, :language, '', :now)
    ON CONFLICT (name) DO NOTHING RETURNING id
""")
_UPDATE = text("""
    UPDATE account SET role = :role, area_code = :area, language = :language WHERE id = :id
""")
_SET_ACTIVE = text("UPDATE account SET active = :active WHERE id = :id")
_HAS_SECURITY_ADMIN = text("""
    SELECT EXISTS (SELECT FROM account WHERE active AND role = 'security_admin'
                   AND password_hash <> '' AND starts_with(:area, area_code))
""")


async def list_accounts(
    connection: AsyncConnection,
    area: str,
    *,
    text: str,
    role: str | None,
    with_inactive: bool,
    after: str,
    limit: int,
    now: datetime,
) -> list[AccountRecord]:
    """List the accounts of an area by name, starting after ``after``."""
    params = {"area": area, "text": text, "role": role, "with_inactive": with_inactive}
    rows = await connection.execute(_LIST, {**params, "after": after, "limit": limit, "now": now})
    return [AccountRecord(**row) for row in rows.mappings()]


async def get_account(
    connection: AsyncConnection, name: str, area: str, *, now: datetime
) -> AccountRecord | None:
    """Return an account of an area; ``None`` if there is none of this name."""
    row = (await connection.execute(_GET, {"name": name, "area": area, "now": now})).mappings()
    found = row.first()
    return AccountRecord(**found) if found else None


async def lock_account(connection: AsyncConnection, name: str) -> None:
    """Lock an account for the transaction."""
    await connection.execute(_LOCK, {"name": name})


async def insert_account(
    connection: AsyncConnection, *, name: str, role: str, area: str, language: str, now: datetime
) -> int | None:
    """Insert an account without a password; return its id, or ``None`` if the name is taken."""
    row = {"name": name, "role": role, "area": area, "language": language, "now": now}
    found: int | None = await connection.scalar(_INSERT, row)
    return found


async def update_account(
    connection: AsyncConnection, account: int, *, role: str, area: str, language: str
) -> None:
    """Store role, area and language."""
    row = {"id": account, "role": role, "area": area, "language": language}
    await connection.execute(_UPDATE, row)


async def set_active(connection: AsyncConnection, account: int, *, is_active: bool) -> None:
    """Activate or deactivate an account."""
    await connection.execute(_SET_ACTIVE, {"id": account, "active": is_active})


async def has_security_admin(connection: AsyncConnection, area: str) -> bool:
    """Return whether a security administrator who can log in answers for an area."""
    return bool(await connection.scalar(_HAS_SECURITY_ADMIN, {"area": area}))
