"""Store what proves who somebody is: passwords, second factors, invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DEVICE_SECRET = "devices"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """The second factor of an account.

    Args:
        secret: ``None`` without one.
        pending: Secret of an enrolment that no code has confirmed yet.
        last_step: The last time step of which a code was accepted.
        recovery: Hashes of the recovery codes that are left.
    """

    secret: str | None
    pending: str | None
    last_step: int | None
    recovery: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An account whose owner may set a password."""

    account: int
    name: str
    role: str
    language: str
    expires_at: datetime


_SET_PASSWORD = text("""
    UPDATE account SET password_hash = :hash, password_at = :now WHERE id = :account
""")
_GET_HASH = text("SELECT password_hash FROM account WHERE id = :account")
_GET_FACTOR = text("""
    SELECT totp_secret AS secret, totp_pending AS pending, totp_last_step AS last_step,
        recovery_codes AS recovery
    FROM account WHERE id = :account FOR UPDATE
""")
_SET_PENDING = text("UPDATE account SET totp_pending = :secret WHERE id = :account")
_SET_FACTOR = text("""
    UPDATE account SET totp_secret = :secret, totp_pending = NULL, totp_last_step = :step,
        recovery_codes = CAST(:recovery AS bytea[])
    WHERE id = :account
""")
_INVITE = text("""
    INSERT INTO invitation (token_hash, account, created_by, created_at, expires_at)
    VALUES (:token_hash, :account, :by, :now, :expires_at)
    ON CONFLICT (account) DO UPDATE SET token_hash = excluded.token_hash,
        created_by = excluded.created_by, created_at = excluded.created_at,
        expires_at = excluded.expires_at
""")
_GET_INVITATION = text("""
    SELECT i.account, c.name, c.role, c.language, i.expires_at
    FROM invitation i JOIN account c ON c.id = i.account
    WHERE i.token_hash = :token_hash AND i.expires_at > :now AND c.active
""")
_USE_INVITATION = text("""
    DELETE FROM invitation WHERE token_hash = :token_hash AND expires_at > :now RETURNING account
""")
_DELETE_INVITATION = text("DELETE FROM invitation WHERE account = :account")
_SECRET = text("SELECT value FROM notification_secret WHERE name = :name")
_NEW_SECRET = text("""
    INSERT INTO notification_secret (name, value)
    VALUES (:name, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ON CONFLICT DO NOTHING
""")


async def set_password(
    connection: AsyncConnection, account: int, password_hash: str, *, now: datetime
) -> None:
    """Store the hash of a new password."""
    params = {"account": account, "hash": password_hash, "now": now}
    await connection.execute(_SET_PASSWORD, params)


async def get_password_hash(connection: AsyncConnection, account: int) -> str:
    """Return the hash of a password; empty if there is none."""
    return str(await connection.scalar(_GET_HASH, {"account": account}) or "")


async def lock_factor(connection: AsyncConnection, account: int) -> Factor:
    """Return the second factor of an account, locked for the transaction."""
    row = (await connection.execute(_GET_FACTOR, {"account": account})).mappings().one()
    return Factor(**{**row, "recovery": tuple(bytes(code) for code in row["recovery"])})


async def set_pending(connection: AsyncConnection, account: int, secret: str) -> None:
    """Store the secret of an enrolment that has begun."""
    await connection.execute(_SET_PENDING, {"account": account, "secret": secret})


async def set_factor(
    connection: AsyncConnection,
    account: int,
    secret: str | None,
    *,
    step: int | None = None,
    recovery: Sequence[bytes] = (),
) -> None:
    """Store a second factor with its last step and recovery codes; ``None`` removes it."""
    params = {"account": account, "secret": secret, "step": step, "recovery": list(recovery)}
    await connection.execute(_SET_FACTOR, params)


async def insert_invitation(
    connection: AsyncConnection,
    account: int,
    token_hash: bytes,
    *,
    by: int | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store an invitation; an earlier one of the account ends."""
    row = {"account": account, "token_hash": token_hash, "by": by, "now": now}
    await connection.execute(_INVITE, {**row, "expires_at": expires_at})


async def get_invitation(
    connection: AsyncConnection, token_hash: bytes, *, now: datetime
) -> Invitation | None:
    """Return an invitation that has not ended."""
    params = {"token_hash": token_hash, "now": now}
    row = (await connection.execute(_GET_INVITATION, params)).mappings().first()
    return Invitation(**row) if row else None


async def use_invitation(connection: AsyncConnection, token_hash: bytes, *, now: datetime) -> bool:
    """Delete an invitation that has not ended; return ``False`` if another request was first."""
    params = {"token_hash": token_hash, "now": now}
    return await connection.scalar(_USE_INVITATION, params) is not None


async def delete_invitation(connection: AsyncConnection, account: int) -> None:
    """Delete the invitation of an account, if there is one."""
    await connection.execute(_DELETE_INVITATION, {"account": account})


async def get_device_key(connection: AsyncConnection) -> bytes:
    """Return the key that signs device cookies; the first call makes it."""
    value = await connection.scalar(_SECRET, {"name": DEVICE_SECRET})
    if value is None:
        await connection.execute(_NEW_SECRET, {"name": DEVICE_SECRET})
        value = await connection.scalar(_SECRET, {"name": DEVICE_SECRET})
    return bytes(value)
