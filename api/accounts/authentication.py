"""Who comes in: passwords by argon2, logins as random tokens of which only a hash is kept."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import store as accounts_store
from api.accounts.store import Account
from api.errors import NotLoggedInError, TooManyAttemptsError

LOGIN_LIFETIME = timedelta(hours=12)
MAX_FREE_ATTEMPTS = 5
MAX_WAIT = timedelta(minutes=15)
MAX_NAMES = 10_000

_HASHER = PasswordHash.recommended()


class Throttle:
    """Slow down who guesses: after five wrong passwords a name waits, twice as long each time.

    Kept in memory by each process; N processes let N times as many guesses through.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def check(self, name: str, now: datetime) -> None:
        """Let a try through, or not.

        Raises:
            TooManyTriesError: Says how long to wait.
        """
        times, last = self._failures.get(name, (0, now))
        if times < MAX_FREE_ATTEMPTS:
            return
        until = last + min(timedelta(seconds=2 ** min(times, 12)), MAX_WAIT)
        if until > now:
            raise TooManyAttemptsError(int((until - now).total_seconds()) + 1)

    def record_failure(self, name: str, now: datetime) -> None:
        """Count a wrong password."""
        times, _ = self._failures.pop(name, (0, now))
        self._failures[name] = (times + 1, now)
        while len(self._failures) > MAX_NAMES:
            self._failures.popitem(last=False)

    def reset(self, name: str) -> None:
        """Forget the wrong ones."""
        self._failures.pop(name, None)


def hash_password(password: str) -> str:
    """Hash a password for storage; slow on purpose, about 50 ms."""
    return _HASHER.hash(password)


@cache
def _nobody() -> str:
    """Checked for unknown names, so that both take as long; made by the first login."""
    return hash_password("nobody")


def verify_password(password: str, stored: str) -> bool:
    """Tell whether a password fits a stored hash; an empty hash fits none."""
    return bool(stored) and _HASHER.verify(password, stored)


def hash_token(token: str) -> bytes:
    """Hash a login token; what is stored opens nothing."""
    return hashlib.sha256(token.encode()).digest()


async def log_in(
    connection: AsyncConnection, name: str, password: str, *, now: datetime
) -> tuple[str, Account]:
    """Check the password and open a login.

    Returns:
        The token for the cookie, and whose it is.

    Raises:
        NotLoggedInError: No such name, or not its password; the answer does not tell which.
    """
    nobody = await asyncio.to_thread(_nobody)
    found = await accounts_store.get_account_by_name(connection, name)
    expected = found[1] if found and found[1] else nobody
    is_right = await asyncio.to_thread(verify_password, password, expected)
    if found is None or not (is_right and found[1]):
        raise NotLoggedInError("wrong_password")
    token = secrets.token_urlsafe(32)
    account = found[0]
    await accounts_store.insert_login(
        connection, account, hash_token(token), now=now, until=now + LOGIN_LIFETIME
    )
    return token, account
