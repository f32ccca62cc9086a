"""Who asks, with which connection, and from which page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.accounts import store as accounts_store
from api.accounts.authentication import hash_token
from api.accounts.store import Account
from api.errors import ForbiddenError, NotLoggedInError
from api.web.problems import make_problem, problem_response
from api.web.services import Services

COOKIE = "gridwatch_login"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_cookie = APIKeyCookie(name=COOKIE, auto_error=False)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._-]{4,64}$",
        description="Send the same one again when no answer came: it is done once",
    ),
]


def get_services(request: Request) -> Services:
    """Give the parts that the wiring built."""
    services: Services = request.app.state.services
    return services


InjectedServices = Annotated[Services, Depends(get_services)]


async def transaction(services: InjectedServices) -> AsyncIterator[AsyncConnection]:
    """Open a transaction around the route; it is committed before the answer leaves."""
    async with services.engine.begin() as connection:
        yield connection


Transaction = Annotated[AsyncConnection, Depends(transaction, scope="function")]


def request_time(services: InjectedServices) -> datetime:
    """Read the clock once a request."""
    return services.now()


RequestTime = Annotated[datetime, Depends(request_time)]


async def current_account(
    connection: Transaction, now: RequestTime, token: Annotated[str | None, Depends(_cookie)]
) -> Account:
    """Find who has logged in.

    Raises:
        NotLoggedInError: Nobody, or it was too long ago.
    """
    found = (
        await accounts_store.get_account_by_token(connection, hash_token(token), now=now)
        if token
        else None
    )
    if found is None:
        raise NotLoggedInError("not_logged_in")
    return found


async def authenticate(request: Request, services: Services, now: datetime) -> Account:
    """Find who has logged in, without holding a connection for the rest of the request.

    Raises:
        NotLoggedInError: Nobody, or it was too long ago.
    """
    async with services.engine.connect() as connection:
        return await current_account(connection, now, request.cookies.get(COOKIE))


CurrentAccount = Annotated[Account, Depends(current_account)]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request of somebody who has logged in."""

    account: Account
    connection: AsyncConnection
    services: Services
    now: datetime


def request_context(
    who: CurrentAccount, connection: Transaction, services: InjectedServices, now: RequestTime
) -> RequestContext:
    """Put together what almost every route needs."""
    return RequestContext(who, connection, services, now)


Context = Annotated[RequestContext, Depends(request_context)]


def desk_context(given: Context) -> RequestContext:
    """Let all in but workers, who see what they were called to.

    Raises:
        ForbiddenError: A worker asks.
    """
    if given.account.is_worker:
        raise ForbiddenError("not_for_your_role")
    return given


DeskContext = Annotated[RequestContext, Depends(desk_context)]


class CsrfMiddleware:
    """Refuse changes that another site's page asks for with our cookie (CSRF).

    Browsers say where a request comes from, in ``Sec-Fetch-Site`` or ``Origin``, and no page
    can forge either. Who sends neither is a program, which has no cookie of a victim.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from our own pages and from programs."""
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            headers = Headers(scope=scope)
            if not _is_own(headers):
                told = make_problem(403, "other_site", "the request comes from another site's page")
                await problem_response(told)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
