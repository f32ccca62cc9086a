"""Check passwords and open logins.

Passwords are hashed with argon2. A login is a random token of which only a hash is stored.
"""

import asyncio
import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import store as accounts_store
from api.accounts.store import Account
from api.errors import NotLoggedInError

LOGIN_LIFETIME = timedelta(hours=12)

_HASHER = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Hash a password for storage; takes about 50 ms on purpose."""
    return _HASHER.hash(password)


@cache
def _dummy_hash() -> str:
    """Return a hash to check for unknown names, so that they take as long as known ones."""
    return hash_password("nobody")


def verify_password(password: str, stored: str) -> bool:
    """Return whether a password matches a stored hash; an empty hash matches none."""
    return bool(stored) and _HASHER.verify(password, stored)


def hash_token(token: str) -> bytes:
    """Hash a login token; the stored hash cannot be used to log in."""
    return hashlib.sha256(token.encode()).digest()


async def log_in(
    connection: AsyncConnection, name: str, password: str, *, now: datetime
) -> tuple[str, Account]:
    """Check a password and open a login.

    Returns:
        The token for the cookie, and the account.

    Raises:
        NotLoggedInError: The name or the password is wrong; the error does not say which.
    """
    dummy_hash = await asyncio.to_thread(_dummy_hash)
    account, stored_hash = await accounts_store.get_account_by_name(connection, name) or (None, "")
    matches = await asyncio.to_thread(verify_password, password, stored_hash or dummy_hash)
    if account is None or not stored_hash or not matches:
        raise NotLoggedInError("wrong_password")
    token = secrets.token_urlsafe(32)
    await accounts_store.insert_login(
        connection, account, hash_token(token), now=now, until=now + LOGIN_LIFETIME
    )
    return token, account
