"""Log in, log out, and read the own account."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.accounts import authentication
from api.accounts import store as accounts_store
from api.accounts.dependencies import COOKIE, CurrentAccount
from api.accounts.store import Account, Role
from api.accounts.throttle import Throttle
from api.areas.hierarchy import AreaLevel
from api.errors import NotLoggedInError
from api.web.dependencies import RequestTime, Transaction
from api.web.problems import problem_responses
from api.web.schemas import NO_NUL, Payload

router = APIRouter(prefix="/v1", tags=["login"])


def get_throttle(request: Request) -> Throttle:
    """Return the login throttle of this process."""
    throttle: Throttle = request.app.state.throttle
    return throttle


LoginThrottle = Annotated[Throttle, Depends(get_throttle)]


class Login(Payload):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


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


@router.post("/login", responses=problem_responses(401, 403, 422, 429))
async def log_in(
    body: Login,
    response: Response,
    *,
    request: Request,
    throttle: LoginThrottle,
    connection: Transaction,
    now: RequestTime,
) -> Me:
    """Log in for 12 hours; the login is kept in an HTTP-only cookie."""
    throttle.check(body.name, now)
    try:
        token, account = await authentication.log_in(connection, body.name, body.password, now=now)
    except NotLoggedInError:
        throttle.record_failure(body.name, now)
        raise
    throttle.reset(body.name)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(authentication.LOGIN_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return _me(account, now + authentication.LOGIN_LIFETIME)


@router.post("/logout", status_code=204, responses=problem_responses(403))
async def log_out(request: Request, response: Response, connection: Transaction) -> None:
    """Log out; without a login nothing happens."""
    token = request.cookies.get(COOKIE)
    if token:
        await accounts_store.delete_login(connection, authentication.hash_token(token))
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.get("/me", responses=problem_responses(401))
async def me(
    request: Request, account: CurrentAccount, connection: Transaction, now: RequestTime
) -> Me:
    """Return your account, its area, and when your login ends."""
    token = authentication.hash_token(request.cookies.get(COOKIE, ""))
    return _me(account, await accounts_store.get_login_end(connection, token) or now)


def _me(account: Account, login_ends_at: datetime) -> Me:
    area = MyArea(code=account.area_code, name=account.area_name, level=account.area_level)
    return Me.model_validate(
        {
            "name": account.name,
            "role": account.role,
            "area": area,
            "language": account.language,
            "home": "phone" if account.is_worker else "console",
            "login_ends_at": login_ends_at,
        }
    )
