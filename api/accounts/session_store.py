"""Store logins: open, list, end them, and tell their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLogin:
    """A login to open.

    Args:
        needs_factor: It may only enrol a second factor.
    """

    token_hash: bytes
    expires_at: datetime
    device: str
    address: str
    needs_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that has not ended."""

    id: UUID
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    device: str
    address: str
    is_current: bool


_DELETE_EXPIRED = text("DELETE FROM login WHERE expires_at <= :now")
_INSERT = text("""
    INSERT INTO login (token_hash, account, expires_at, created_at, used_at, device, address,
        needs_factor)
    VALUES (:token_hash, :account, :expires_at, :now, :now, :device, :address, :needs_factor)
""")
_END = text("SELECT expires_at FROM login WHERE token_hash = :token_hash")
_DELETE = text("DELETE FROM login WHERE token_hash = :token_hash RETURNING account")
_LIST = text("""
    SELECT id, created_at, used_at, expires_at, device, address,
        token_hash = :current AS is_current
    FROM login WHERE account = :account AND expires_at > :now ORDER BY used_at DESC, id LIMIT 100
""")
_DELETE_ONE = text("DELETE FROM login WHERE id = :id AND account = :account RETURNING id")
_DELETE_OTHERS = text("""
    DELETE FROM login WHERE account = ANY (CAST(:accounts AS bigint[])) AND token_hash <> :kept
""")
_TELL_PAGES = text("""
    WITH published AS (
        INSERT INTO event_log (at, topic, object, account)
        SELECT CAST(:now AS timestamptz), 'account', '', id
        FROM unnest(CAST(:accounts AS bigint[])) AS t (id))
    SELECT pg_notify('gridwatch', '')
""")
_CONFIRM_FACTOR = text("UPDATE login SET needs_factor = false WHERE token_hash = :token_hash")


async def insert_login(
    connection: AsyncConnection, account: Account, login: NewLogin, *, now: datetime
) -> None:
    """Store a login, and delete all that have expired."""
    await connection.execute(_DELETE_EXPIRED, {"now": now})
    row = {name: getattr(login, name) for name in NewLogin.__slots__}
    await connection.execute(_INSERT, {**row, "account": account.id, "now": now})


async def get_login_end(connection: AsyncConnection, token_hash: bytes) -> datetime | None:
    """Return when a login ends; ``None`` if there is no such login."""
    end: datetime | None = await connection.scalar(_END, {"token_hash": token_hash})
    return end


async def delete_login(connection: AsyncConnection, token_hash: bytes, *, now: datetime) -> None:
    """End a login, if there is one, with its event streams."""
    account = await connection.scalar(_DELETE, {"token_hash": token_hash})
    if account is not None:
        await _tell_pages(connection, [account], now=now)


async def list_sessions(
    connection: AsyncConnection, account: int, *, current: bytes = b"", now: datetime
) -> list[Session]:
    """List the logins of an account, the one used last first."""
    params = {"account": account, "current": current, "now": now}
    return [Session(**row) for row in (await connection.execute(_LIST, params)).mappings()]


async def end_session(
    connection: AsyncConnection, account: int, session: UUID, *, now: datetime
) -> bool:
    """End one login with its event streams; return ``False`` if there is none."""
    found = await connection.scalar(_DELETE_ONE, {"id": session, "account": account})
    await _tell_pages(connection, [account], now=now)
    return found is not None


async def end_sessions(
    connection: AsyncConnection, accounts: Sequence[int], *, kept: bytes = b"", now: datetime
) -> None:
    """End all logins of accounts with their event streams.

    Args:
        kept: Hash of the token of the one login that stays.
    """
    await connection.execute(_DELETE_OTHERS, {"accounts": list(accounts), "kept": kept})
    await _tell_pages(connection, accounts, now=now)


async def confirm_factor(connection: AsyncConnection, token_hash: bytes) -> None:
    """Lift the restriction of a login that had to enrol a second factor."""
    await connection.execute(_CONFIRM_FACTOR, {"token_hash": token_hash})


async def _tell_pages(
    connection: AsyncConnection, accounts: Sequence[int], *, now: datetime
) -> None:
    """Wake the event streams of accounts: each checks its login anew."""
    await connection.execute(_TELL_PAGES, {"accounts": list(accounts), "now": now})
