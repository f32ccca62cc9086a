"""Who may come in: accounts by name and by login, bounded to a part of the grid."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

DESK_ROLES = frozenset({"operator", "supervisor", "admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who has logged in, and the subtree of the grid that they see."""

    id: int
    name: str
    role: str
    language: str
    area_code: str
    area_name: str
    area_level: str

    @property
    def is_worker(self) -> bool:
        """Sees only what they were called to."""
        return self.role == "worker"

    def covers(self, area_code: str | None) -> bool:
        """Tell whether the place lies in this account's part; one unknown is everyone's care."""
        return area_code is None or area_code.startswith(self.area_code)

    def is_desk_of(self, area_code: str | None) -> bool:
        """Tell whether this account decides about what happens there."""
        return self.role in DESK_ROLES and self.covers(area_code)


_COLUMNS = """
    c.id, c.name, c.role, c.language, c.password_hash,
    c.area_code, r.name AS area_name, r.level AS area_level
    FROM account c JOIN area r ON r.code = c.area_code
"""
_BY_NAME = text(f"SELECT {_COLUMNS} WHERE c.name = :name AND c.active")
_BY_TOKEN = text(f"""
    SELECT {_COLUMNS} JOIN login l ON l.account = c.id
    WHERE l.token_hash = :token_hash AND l.expires_at > :now AND c.active
""")
_OPEN = text("INSERT INTO login VALUES (:token_hash, :account, :expires_at)")
_CLOSE = text("DELETE FROM login WHERE token_hash = :token_hash")
_SWEEP = text("DELETE FROM login WHERE expires_at <= :now")


async def get_account_by_name(connection: AsyncConnection, name: str) -> tuple[Account, str] | None:
    """Find an active account and the hash of its password."""
    row = (await connection.execute(_BY_NAME, {"name": name})).mappings().first()
    return (_account(row), row["password_hash"]) if row else None


async def get_account_by_token(
    connection: AsyncConnection, token_hash: bytes, *, now: datetime
) -> Account | None:
    """Find whose login this is, while it lasts."""
    known = {"token_hash": token_hash, "now": now}
    row = (await connection.execute(_BY_TOKEN, known)).mappings().first()
    return _account(row) if row else None


async def insert_login(
    connection: AsyncConnection,
    account: Account,
    token_hash: bytes,
    *,
    now: datetime,
    until: datetime,
) -> None:
    """Note a login, and forget the ones that have ended."""
    await connection.execute(_SWEEP, {"now": now})
    row = {"token_hash": token_hash, "account": account.id, "expires_at": until}
    await connection.execute(_OPEN, row)


async def delete_login(connection: AsyncConnection, token_hash: bytes) -> None:
    """Forget a login; one that is unknown is no error."""
    await connection.execute(_CLOSE, {"token_hash": token_hash})


def _account(row: RowMapping) -> Account:
    return Account(**{name: row[name] for name in Account.__slots__})
