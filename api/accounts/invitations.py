"""Invite the owner of an account: a one-time link with which a password is set."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import credential_store, session_store
from api.accounts.authentication import hash_token
from api.accounts.credential_store import Invitation
from api.accounts.passwords import PasswordChecker, check_new_password
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotFoundError

INVITATION_LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedInvitation:
    """An invitation, with the token that is shown once.

    Args:
        path: What follows the address of the centre in the link. The token is behind ``#``, which
            no browser sends to a server or proxy.
    """

    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        """The rest of the link."""
        return f"/invitation#{self.token}"


async def invite(
    connection: AsyncConnection,
    account: int,
    *,
    by: int | None,
    now: datetime,
    lifetime: timedelta = INVITATION_LIFETIME,
) -> IssuedInvitation:
    """Make an invitation; an earlier one of the account ends.

    Args:
        by: The account that invites; ``None`` is a command on the machine.
    """
    token = secrets.token_urlsafe(32)
    expires_at = now + lifetime
    await credential_store.insert_invitation(
        connection, account, hash_token(token), by=by, now=now, expires_at=expires_at
    )
    return IssuedInvitation(token=token, expires_at=expires_at)


async def read_invitation(connection: AsyncConnection, token: str, *, now: datetime) -> Invitation:
    """Return whom an invitation is for.

    Raises:
        NotFoundError: It has ended, or was used.
    """
    found = await credential_store.get_invitation(connection, hash_token(token), now=now)
    if found is None:
        raise NotFoundError("no_such_invitation", "it was used, or has ended: ask for a new one")
    return found


async def accept_invitation(
    connection: AsyncConnection,
    token: str,
    password: str,
    *,
    checker: PasswordChecker,
    now: datetime,
) -> None:
    """Set the password of the invited account; its other logins end.

    Raises:
        NotFoundError: The invitation has ended, or was used.
        UnprocessableError: The password is easily guessed.
    """
    invitation = await read_invitation(connection, token, now=now)
    check_new_password(password, invitation.name)
    password_hash = await checker.hash(password)
    if not await credential_store.use_invitation(connection, hash_token(token), now=now):
        raise NotFoundError("no_such_invitation", "it was used: ask for a new one")
    await credential_store.set_password(connection, invitation.account, password_hash, now=now)
    await session_store.end_sessions(connection, [invitation.account], now=now)
    entry = AuditEntry(at=now, actor=invitation.name, action="accept_invitation")
    await audit_store.record(connection, entry)
