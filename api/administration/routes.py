"""HTTP routes of the administration of accounts."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.accounts import session_store
from api.accounts.dependencies import Context, RequestContext
from api.accounts.invitations import IssuedInvitation
from api.accounts.model import ACCOUNT_MANAGERS, Role
from api.accounts.own_routes import LoginSession
from api.administration import changes, store
from api.administration.changes import AccountChange, Manager, NewAccount
from api.administration.schemas import (
    AccountName,
    AccountPage,
    AccountRequest,
    AccountUpdate,
    Deactivation,
    InvitationLink,
    ManagedAccount,
    ManagedAccountDetail,
)
from api.administration.store import AccountRecord
from api.errors import ForbiddenError, NotFoundError
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import NO_NUL

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

Name = Annotated[AccountName, Path()]
ANSWERS = problem_responses(401, 403, 404, 422)


class AccountParams(BaseModel):
    """Which accounts to list."""

    q: Annotated[str, Field(max_length=64, pattern=NO_NUL, description="Part of the name")] = ""
    role: Role | None = None
    inactive: Annotated[bool, Field(description="Also those that are deactivated")] = False
    cursor: Annotated[str, Field(max_length=100, pattern=NO_NUL)] = ""
    limit: pagination.Limit = 50


@router.get("", responses=problem_responses(401, 403, 422))
async def list_accounts(context: Context, params: Annotated[AccountParams, Query()]) -> AccountPage:
    """List the accounts of your area by name."""
    records = await store.list_accounts(
        context.connection,
        context.account.area_code,
        text=params.q,
        role=params.role,
        with_inactive=params.inactive,
        after=params.cursor,
        limit=params.limit,
        now=context.now,
    )
    return AccountPage(
        items=[_present(record) for record in records],
        next=records[-1].name if len(records) == params.limit else None,
        may_change=await _may_change(context),
    )


@router.post("", status_code=201, responses=problem_responses(401, 403, 422))
async def create_account(context: Context, body: AccountRequest) -> InvitationLink:
    """Create an account; its owner sets the password with the link."""
    new = NewAccount(**body.model_dump())
    issued = await changes.create_account(context.connection, new, by=_manager(context))
    return _link(body.name, issued)


@router.get("/{account}", responses=ANSWERS)
async def read_account(context: Context, account: Name) -> ManagedAccountDetail:
    """Return an account of your area with its logins."""
    record = await store.get_account(
        context.connection, account, context.account.area_code, now=context.now
    )
    if record is None:
        raise NotFoundError("no_such_account")
    sessions = await session_store.list_sessions(context.connection, record.id, now=context.now)
    return ManagedAccountDetail(
        account=_present(record),
        sessions=[LoginSession.model_validate(session) for session in sessions],
    )


@router.patch("/{account}", status_code=204, responses=ANSWERS)
async def update_account(context: Context, account: Name, body: AccountUpdate) -> None:
    """Change role, area or language; with another role or area, the logins end."""
    change = AccountChange(**body.model_dump())
    await changes.update_account(context.connection, account, change, by=_manager(context))


@router.post("/{account}/deactivate", status_code=204, responses=ANSWERS)
async def deactivate_account(context: Context, account: Name, body: Deactivation) -> None:
    """Deactivate an account: logins and open pages end at once, open orders go back."""
    await changes.deactivate(context.connection, account, body.reason, by=_manager(context))


@router.post("/{account}/activate", status_code=204, responses=ANSWERS)
async def activate_account(context: Context, account: Name) -> None:
    """Activate an account again."""
    await changes.activate(context.connection, account, by=_manager(context))


@router.post("/{account}/invitation", status_code=201, responses=ANSWERS)
async def invite_account(context: Context, account: Name) -> InvitationLink:
    """Make a new link, with which the owner sets a new password."""
    issued = await changes.invite_again(context.connection, account, by=_manager(context))
    return _link(account, issued)


@router.post("/{account}/end-sessions", status_code=204, responses=ANSWERS)
async def end_account_sessions(context: Context, account: Name) -> None:
    """End all logins of an account, as for a lost phone."""
    await changes.end_logins(context.connection, account, by=_manager(context))


@router.delete("/{account}/second-factor", status_code=204, responses=ANSWERS)
async def reset_second_factor(context: Context, account: Name) -> None:
    """Remove the second factor of an account whose owner has lost it; its logins end."""
    await changes.reset_second_factor(context.connection, account, by=_manager(context))


async def _may_change(context: RequestContext) -> bool:
    if context.account.role not in ACCOUNT_MANAGERS:
        return False
    try:
        await changes.require_manager(context.connection, context.account)
    except ForbiddenError:
        return False
    return True


def _manager(context: RequestContext) -> Manager:
    return Manager(account=context.account, at=context.now)


def _present(record: AccountRecord) -> ManagedAccount:
    return ManagedAccount.model_validate({**_fields(record), "area": record.area_code})


def _fields(record: AccountRecord) -> dict[str, object]:
    hidden = {"id", "area_code"}
    return {name: getattr(record, name) for name in AccountRecord.__slots__ if name not in hidden}


def _link(account: str, issued: IssuedInvitation) -> InvitationLink:
    return InvitationLink(account=account, path=issued.path, expires_at=issued.expires_at)
