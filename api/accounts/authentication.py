"""Log in: name and password, then the second factor of the account.

A login is a random token of which only a hash is stored. Passwords are checked between two short
transactions, so that waiting for a check holds no database connection.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.accounts import credential_store, session_store
from api.accounts import store as accounts_store
from api.accounts.devices import new_device_cookie, read_device_cookie
from api.accounts.model import SECOND_FACTOR_ROLES, Account
from api.accounts.passwords import PasswordChecker
from api.accounts.second_factor import matching_step, without_code
from api.accounts.session_store import NewLogin
from api.accounts.throttle import Attempt, Throttle
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotLoggedInError
from api.web.services import LoginTerms

TOTP_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What somebody logs in with.

    Args:
        code: Of an authenticator app, or a recovery code; empty if it was not asked for yet.
        device_cookie: Of an earlier login on this device.
        device: Browser and system, in words.
    """

    name: str
    password: str
    code: str = ""
    address: str
    device_cookie: str | None = None
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLogin:
    """An open login: the values of its two cookies, and the account."""

    token: str
    device_cookie: str
    account: Account
    ends_at: datetime
    needs_factor: bool


def hash_token(token: str) -> bytes:
    """Hash a login token; the stored hash cannot be used to log in."""
    return hashlib.sha256(token.encode()).digest()


async def log_in(
    engine: AsyncEngine,
    credentials: Credentials,
    *,
    throttle: Throttle,
    checker: PasswordChecker,
    terms: LoginTerms,
    now: datetime,
) -> OpenedLogin:
    """Check password and second factor, and open a login.

    Raises:
        TooManyAttemptsError: The name has to wait, at this address.
        NotLoggedInError: Name or password is wrong, and the error does not say which; or the code
            of the second factor is missing (``second_factor_needed``) or wrong (``wrong_code``).
    """
    async with engine.begin() as connection:
        key = await credential_store.get_device_key(connection)
        found = await accounts_store.get_account_by_name(connection, credentials.name)
    account, stored_hash = found or (None, "")
    device = read_device_cookie(key, credentials.name, credentials.device_cookie)
    attempt = Attempt(credentials.name, credentials.address, device)
    throttle.begin(attempt, now)
    matches = await checker.verify(credentials.password, stored_hash)
    if account is None or not matches:
        await _record_failure(engine, account, credentials, "wrong_password", now=now)
        raise NotLoggedInError("wrong_password")
    async with engine.begin() as connection:
        accepted = await _accepts_factor(connection, account, credentials.code, now=now)
        if accepted:
            opened = await open_login(connection, account, credentials, terms=terms, now=now)
    if not accepted and credentials.code:
        await _record_failure(engine, account, credentials, "wrong_code", now=now)
        raise NotLoggedInError("wrong_code")
    throttle.succeed(attempt)
    if not accepted:
        raise NotLoggedInError("second_factor_needed", "send the code of the app as well")
    cookie = credentials.device_cookie if device else None
    return OpenedLogin(
        token=opened,
        device_cookie=cookie or new_device_cookie(key, account.name),
        account=account,
        ends_at=now + terms.lifetime,
        needs_factor=_needs_factor(account, terms),
    )


async def open_login(
    connection: AsyncConnection,
    account: Account,
    credentials: Credentials,
    *,
    terms: LoginTerms,
    now: datetime,
) -> str:
    """Open a login for an account that has proved who it is, and return its token."""
    token = secrets.token_urlsafe(32)
    login = NewLogin(
        token_hash=hash_token(token),
        expires_at=now + terms.lifetime,
        device=credentials.device[:100],
        address=credentials.address[:64],
        needs_factor=_needs_factor(account, terms),
    )
    await session_store.insert_login(connection, account, login, now=now)
    detail: dict[str, object] = {"address": login.address, "device": login.device}
    entry = AuditEntry(at=now, actor=account.name, action="log_in", detail=detail)
    await audit_store.record(connection, entry)
    return token


def _needs_factor(account: Account, terms: LoginTerms) -> bool:
    is_required = terms.requires_factor and account.role in SECOND_FACTOR_ROLES
    return is_required and not account.has_second_factor


async def _accepts_factor(
    connection: AsyncConnection, account: Account, code: str, *, now: datetime
) -> bool:
    """Return whether a code is right, and use it up; an account without a factor needs none."""
    factor = await credential_store.lock_factor(connection, account.id)
    if factor.secret is None:
        return True
    plain = "".join(code.split())
    step, left = None, None
    if len(plain) == TOTP_DIGITS and plain.isdigit():
        step = matching_step(factor.secret, plain, after=factor.last_step, now=now)
    elif plain:
        left = without_code(factor.recovery, plain)
    if step is None and left is None:
        return False
    await credential_store.set_factor(
        connection,
        account.id,
        factor.secret,
        step=step or factor.last_step,
        recovery=factor.recovery if left is None else left,
    )
    if left is not None:
        detail: dict[str, object] = {"left": len(left)}
        entry = AuditEntry(at=now, actor=account.name, action="use_recovery_code", detail=detail)
        await audit_store.record(connection, entry)
    return True


async def _record_failure(
    engine: AsyncEngine,
    account: Account | None,
    credentials: Credentials,
    code: str,
    *,
    now: datetime,
) -> None:
    """Record a failed login of a known account; names that nobody has would fill the log."""
    if account is None:
        return
    detail: dict[str, object] = {"address": credentials.address, "code": code}
    entry = AuditEntry(at=now, actor=account.name, action="log_in_failed", detail=detail)
    async with engine.begin() as connection:
        await audit_store.record(connection, entry)
