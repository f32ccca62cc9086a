"""Log in, log out, and read the own account."""

import asyncio
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.accounts import authentication, session_store
from api.accounts.authentication import Credentials
from api.accounts.dependencies import COOKIE, CurrentAccount
from api.accounts.devices import DEVICE_COOKIE, MAX_AGE_S, describe_device
from api.accounts.model import Account, Role
from api.accounts.passwords import PasswordChecker
from api.accounts.throttle import Throttle
from api.areas.hierarchy import AreaLevel
from api.errors import TooManyAttemptsError
from api.web.dependencies import InjectedServices, RequestTime, Transaction
from api.web.problems import problem_responses
from api.web.schemas import NO_NUL, Payload
from api.web.services import Services

router = APIRouter(prefix="/v1", tags=["login"])


def get_throttle(request: Request) -> Throttle:
    """Return the login throttle of this process."""
    throttle: Throttle = request.app.state.throttle
    return throttle


def get_checker(request: Request) -> PasswordChecker:
    """Return the threads of this process that check passwords."""
    checker: PasswordChecker = request.app.state.password_checker
    return checker


LoginThrottle = Annotated[Throttle, Depends(get_throttle)]
Checker = Annotated[PasswordChecker, Depends(get_checker)]


class Login(Payload):
    """Name and password, and the code of the second factor if the account has one."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
    password: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[
        str, Field(max_length=50, description="Of the authenticator app, or a recovery code")
    ] = ""


class MyArea(Payload):
    """The area of your account."""

    code: str
    name: str
    level: AreaLevel


class Me(Payload):
    """Your account."""

    name: str
    role: Role
    area: MyArea
    language: Literal["zh-CN", "en"]
    home: Annotated[
        Literal["console", "phone"], Field(description="The page that this account works on")
    ]
    login_ends_at: Annotated[
        datetime, Field(description="When this login ends; log in again before, in the same page")
    ]
    second_factor: Annotated[
        Literal["off", "on", "must_enrol"],
        Field(description="must_enrol: this login can do nothing else before"),
    ]


@router.post("/login", responses=problem_responses(401, 403, 422, 429))
async def log_in(
    body: Login,
    response: Response,
    *,
    request: Request,
    throttle: LoginThrottle,
    checker: Checker,
    services: InjectedServices,
    now: RequestTime,
) -> Me:
    """Log in; the login is kept in an HTTP-only cookie.

    401 `second_factor_needed`: send the same again, with the code of the app.
    """
    credentials = Credentials(
        **body.model_dump(),
        address=request.client.host if request.client else "",
        device_cookie=request.cookies.get(DEVICE_COOKIE),
        device=describe_device(request.headers.get("user-agent", "")),
    )
    terms = services.login_terms
    try:
        opened = await authentication.log_in(
            services.engine, credentials, throttle=throttle, checker=checker, terms=terms, now=now
        )
    except TooManyAttemptsError:
        await asyncio.sleep(terms.refusal_delay.total_seconds())
        raise
    await _end_former_login(request, services, now)
    lifetime_s = int(terms.lifetime.total_seconds())
    for cookie, value, max_age in (
        (COOKIE, opened.token, lifetime_s),
        (DEVICE_COOKIE, opened.device_cookie, MAX_AGE_S),
    ):
        response.set_cookie(
            cookie,
            value,
            max_age=max_age,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    return _me(opened.account, opened.ends_at, needs_factor=opened.needs_factor)


async def _end_former_login(request: Request, services: Services, now: datetime) -> None:
    """End the login that the page had before: nobody can use its token any more."""
    token = request.cookies.get(COOKIE)
    if token:
        async with services.engine.begin() as connection:
            await session_store.delete_login(connection, authentication.hash_token(token), now=now)


@router.post("/logout", status_code=204, responses=problem_responses(403))
async def log_out(
    request: Request, response: Response, connection: Transaction, now: RequestTime
) -> None:
    """Log out; without a login nothing happens."""
    token = request.cookies.get(COOKIE)
    if token:
        await session_store.delete_login(connection, authentication.hash_token(token), now=now)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.get("/me", responses=problem_responses(401, 403))
async def me(
    request: Request, account: CurrentAccount, connection: Transaction, now: RequestTime
) -> Me:
    """Return your account, its area, and when your login ends."""
    token = authentication.hash_token(request.cookies.get(COOKIE, ""))
    ends_at = await session_store.get_login_end(connection, token) or now
    return _me(account, ends_at, needs_factor=account.needs_factor)


def _me(account: Account, login_ends_at: datetime, *, needs_factor: bool) -> Me:
    area = MyArea(code=account.area_code, name=account.area_name, level=account.area_level)
    factor = "on" if account.has_second_factor else "off"
    return Me.model_validate(
        {
            "name": account.name,
            "role": account.role,
            "area": area,
            "language": account.language,
            "home": "phone" if account.is_worker else "console",
            "login_ends_at": login_ends_at,
            "second_factor": "must_enrol" if needs_factor else factor,
        }
    )
