"""Create and change accounts, and who may do so.

A manager reaches the accounts of the own area, and never the own account: nobody raises their own
rights, and nobody locks themselves out. Each change is written to the audit log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import credential_store, session_store
from api.accounts.invitations import (
    INVITATION_LIFETIME,
    RESET_LIFETIME,
    IssuedInvitation,
    invite,
)
from api.accounts.model import Account, Role
from api.administration import store
from api.administration.open_work import hand_back_orders
from api.administration.store import AccountRecord
from api.areas import store as areas_store
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError, UnprocessableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """Who changes accounts, and when."""

    account: Account
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to create."""

    name: str
    role: Role
    area: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What to change; ``None`` stays."""

    role: Role | None = None
    area: str | None = None
    language: str | None = None


async def require_manager(connection: AsyncConnection, account: Account) -> None:
    """Check that an account manages accounts.

    Raises:
        ForbiddenError: It is an ``admin``, and there is a security administrator.
    """
    if account.role is Role.SECURITY_ADMIN:
        return
    if await store.has_security_admin(connection, account.area_code):
        raise ForbiddenError(
            "security_admin_manages", "the security administrator manages the accounts here"
        )


async def create_account(
    connection: AsyncConnection, new: NewAccount, *, by: Manager
) -> IssuedInvitation:
    """Create an account and invite its owner.

    Raises:
        ForbiddenError: The requester does not manage accounts.
        UnprocessableError: The name is taken, or the area is not part of the manager's.
    """
    await require_manager(connection, by.account)
    await _check_area(connection, new.area, by)
    account = await store.insert_account(
        connection,
        name=new.name,
        role=new.role,
        area=new.area,
        language=new.language,
        now=by.at,
    )
    if account is None:
        raise UnprocessableError("name_taken", "there is an account of this name")
    await _record(connection, "create_account", new.name, by, role=new.role, area=new.area)
    return await invite(connection, account, by=by.account.id, now=by.at)


async def update_account(
    connection: AsyncConnection, name: str, change: AccountChange, *, by: Manager
) -> None:
    """Change role, area or language; with another role or area, all logins end.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such account in the area.
        UnprocessableError: The area is not part of the manager's.
    """
    person = await lock_managed(connection, name, by=by)
    role, area = change.role or Role(person.role), change.area or person.area_code
    await _check_area(connection, area, by)
    language = change.language or person.language
    await store.update_account(connection, person.id, role=role, area=area, language=language)
    if (role, area) == (person.role, person.area_code):
        return
    await session_store.end_sessions(connection, [person.id], now=by.at)
    detail = {"role": role, "area": area, "old_role": person.role, "old_area": person.area_code}
    await _record(connection, "change_account", name, by, **detail)


async def deactivate(connection: AsyncConnection, name: str, reason: str, *, by: Manager) -> None:
    """Deactivate an account: its logins and open pages end, its open orders go back.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such account in the area.
    """
    person = await lock_managed(connection, name, by=by)
    await store.set_active(connection, person.id, is_active=False)
    await session_store.end_sessions(connection, [person.id], now=by.at)
    await credential_store.delete_invitation(connection, person.id)
    n_orders = await hand_back_orders(connection, person.id, by=by.account, now=by.at)
    await _record(connection, "deactivate_account", name, by, reason=reason, orders=n_orders)


async def activate(connection: AsyncConnection, name: str, *, by: Manager) -> None:
    """Activate an account again; its password is the one it had.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such account in the area.
    """
    person = await lock_managed(connection, name, by=by)
    await store.set_active(connection, person.id, is_active=True)
    await _record(connection, "activate_account", name, by)


async def invite_again(connection: AsyncConnection, name: str, *, by: Manager) -> IssuedInvitation:
    """Make a new link, with which the owner sets a new password; the old one works until then.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such active account in the area.
    """
    person = await lock_managed(connection, name, by=by)
    if not person.active:
        raise NotFoundError("no_such_account", "it is deactivated")
    lifetime: timedelta = RESET_LIFETIME if person.has_password else INVITATION_LIFETIME
    await _record(connection, "invite_account", name, by)
    return await invite(connection, person.id, by=by.account.id, now=by.at, lifetime=lifetime)


async def end_logins(connection: AsyncConnection, name: str, *, by: Manager) -> None:
    """End all logins of an account, as for a lost phone.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such account in the area.
    """
    person = await lock_managed(connection, name, by=by)
    await session_store.end_sessions(connection, [person.id], now=by.at)
    await _record(connection, "end_logins", name, by)


async def reset_second_factor(connection: AsyncConnection, name: str, *, by: Manager) -> None:
    """Remove the second factor of an account whose owner has lost it; its logins end.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such account in the area.
    """
    person = await lock_managed(connection, name, by=by)
    await credential_store.set_factor(connection, person.id, None)
    await session_store.end_sessions(connection, [person.id], now=by.at)
    await _record(connection, "reset_second_factor", name, by)


async def lock_managed(connection: AsyncConnection, name: str, *, by: Manager) -> AccountRecord:
    """Return an account that the manager may change, locked for the transaction.

    Raises:
        ForbiddenError: The requester does not manage accounts, or it is the own account.
        NotFoundError: There is no such account in the area.
    """
    await store.lock_account(connection, name)
    person = await store.get_account(connection, name, by.account.area_code, now=by.at)
    if person is None:
        raise NotFoundError("no_such_account")
    await require_manager(connection, by.account)
    if person.id == by.account.id:
        raise ForbiddenError("own_account", "another manager changes yours")
    return person


async def _check_area(connection: AsyncConnection, area: str, by: Manager) -> None:
    if not by.account.covers(area) or await areas_store.get_area(connection, area) is None:
        raise UnprocessableError("no_such_area", "name an area within yours")


async def _record(
    connection: AsyncConnection, action: str, name: str, by: Manager, **detail: object
) -> None:
    reason = str(detail.pop("reason", ""))
    entry = AuditEntry(
        at=by.at,
        actor=by.account.name,
        action=action,
        reason=reason,
        detail={"account": name, **detail},
    )
    await audit_store.record(connection, entry)
