"""Change the own password and the own second factor."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import credential_store, session_store
from api.accounts.model import Account
from api.accounts.passwords import PasswordChecker, check_new_password
from api.accounts.second_factor import (
    hash_recovery_code,
    matching_step,
    new_recovery_codes,
    new_secret,
)
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import UnprocessableError


async def change_password(
    connection: AsyncConnection,
    account: Account,
    current: str,
    new: str,
    *,
    checker: PasswordChecker,
    kept: bytes,
    now: datetime,
) -> None:
    """Change a password; every login but ``kept`` ends, and so does an open invitation.

    Raises:
        UnprocessableError: The current password is wrong, or the new one is easily guessed.
    """
    check_new_password(new, account.name)
    await _check_password(connection, account, current, checker)
    password_hash = await checker.hash(new)
    await credential_store.set_password(connection, account.id, password_hash, now=now)
    await credential_store.delete_invitation(connection, account.id)
    await session_store.end_sessions(connection, [account.id], kept=kept, now=now)
    await _record(connection, account, "change_password", now)


async def begin_second_factor(connection: AsyncConnection, account: Account) -> str:
    """Store a new secret that no code has confirmed yet, and return it.

    Raises:
        UnprocessableError: The account has a second factor.
    """
    factor = await credential_store.lock_factor(connection, account.id)
    if factor.secret is not None:
        raise UnprocessableError("has_second_factor", "remove the present one first")
    secret = new_secret()
    await credential_store.set_pending(connection, account.id, secret)
    return secret


async def confirm_second_factor(
    connection: AsyncConnection, account: Account, code: str, *, kept: bytes, now: datetime
) -> list[str]:
    """Complete an enrolment and return the recovery codes; every login but ``kept`` ends.

    Raises:
        UnprocessableError: No enrolment has begun, or the code is wrong.
    """
    factor = await credential_store.lock_factor(connection, account.id)
    if factor.secret is not None or factor.pending is None:
        raise UnprocessableError("no_enrolment", "begin the enrolment first")
    step = matching_step(factor.pending, "".join(code.split()), after=None, now=now)
    if step is None:
        raise UnprocessableError("wrong_code", "is the clock of the phone right?")
    codes = new_recovery_codes()
    await credential_store.set_factor(
        connection,
        account.id,
        factor.pending,
        step=step,
        recovery=[hash_recovery_code(code) for code in codes],
    )
    await session_store.confirm_factor(connection, kept)
    await session_store.end_sessions(connection, [account.id], kept=kept, now=now)
    await _record(connection, account, "enrol_second_factor", now)
    return codes


async def remove_second_factor(
    connection: AsyncConnection,
    account: Account,
    password: str,
    *,
    checker: PasswordChecker,
    now: datetime,
) -> None:
    """Remove the second factor.

    Raises:
        UnprocessableError: The password is wrong.
    """
    await _check_password(connection, account, password, checker)
    await credential_store.set_factor(connection, account.id, None)
    await _record(connection, account, "remove_second_factor", now)


async def _check_password(
    connection: AsyncConnection, account: Account, password: str, checker: PasswordChecker
) -> None:
    stored = await credential_store.get_password_hash(connection, account.id)
    if not await checker.verify(password, stored):
        raise UnprocessableError("wrong_password", "this is not your password")


async def _record(
    connection: AsyncConnection, account: Account, action: str, now: datetime
) -> None:
    await audit_store.record(connection, AuditEntry(at=now, actor=account.name, action=action))
