"""FastAPI dependencies that need an account: who sends the request, and with what role."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.authentication import hash_token
from api.accounts.permissions import permission_of
from api.accounts.store import Account, get_account_by_token
from api.errors import NotLoggedInError
from api.web.dependencies import InjectedServices, RequestTime, Transaction, get_services
from api.web.services import Services

COOKIE = "gridwatch_login"
_cookie = APIKeyCookie(name=COOKIE, auto_error=False)


async def current_account(
    request: Request,
    connection: Transaction,
    now: RequestTime,
    token: Annotated[str | None, Depends(_cookie)],
) -> Account:
    """Return the account of the session cookie, if it may call the route.

    Raises:
        NotLoggedInError: There is no session, or it has expired.
        ForbiddenError: The table of permissions does not admit its role.
    """
    account = None
    if token:
        idle = get_services(request).login_terms.idle
        account = await get_account_by_token(connection, hash_token(token), idle=idle, now=now)
    if account is None:
        raise NotLoggedInError("not_logged_in")
    request.state.account = account.name  # for the log, if the request is refused
    permission_of(request.scope["route"].name).check(account)
    return account


CurrentAccount = Annotated[Account, Depends(current_account)]


async def authenticate(request: Request, services: Services, now: datetime) -> Account:
    """Return the account of the session cookie without keeping a connection open.

    Raises:
        NotLoggedInError: There is no session, or it has expired.
    """
    async with services.engine.begin() as connection:
        return await current_account(request, connection, now, request.cookies.get(COOKIE))


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request of an account, with the transaction it runs in."""

    account: Account
    connection: AsyncConnection
    services: Services
    now: datetime


def request_context(
    account: CurrentAccount,
    connection: Transaction,
    services: InjectedServices,
    now: RequestTime,
) -> RequestContext:
    """Collect what almost every route needs."""
    return RequestContext(account, connection, services, now)


Context = Annotated[RequestContext, Depends(request_context)]


DeskContext = Context
"""The context of routes that no worker calls, as the table of permissions says."""
