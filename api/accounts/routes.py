"""Log in, log out, who am I."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.accounts import authentication
from api.accounts import store as accounts_store
from api.accounts.dependencies import COOKIE, CurrentAccount
from api.accounts.store import Account
from api.errors import NotLoggedInError
from api.web.dependencies import RequestTime, Transaction
from api.web.problems import problem_responses
from api.web.schemas import AreaLevelName, Payload, RoleName

router = APIRouter(prefix="/v1", tags=["login"])


def get_throttle(request: Request) -> authentication.Throttle:
    """Return the login throttle of this process."""
    throttle: authentication.Throttle = request.app.state.throttle
    return throttle


LoginThrottle = Annotated[authentication.Throttle, Depends(get_throttle)]


class Login(Payload):
    """A name and its password."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class MyArea(Payload):
    """The part of the grid I see."""

    code: str
    name: str
    level: AreaLevelName


class Me(Payload):
    """Who has logged in."""

    name: str
    role: RoleName
    area: MyArea
    language: Literal["zh-CN", "en"]


@router.post("/login", responses=problem_responses(401, 403, 422, 429))
async def log_in(
    given: Login,
    response: Response,
    *,
    request: Request,
    throttle: LoginThrottle,
    connection: Transaction,
    now: RequestTime,
) -> Me:
    """Open a login of 12 hours, kept in an http-only cookie."""
    throttle.check(given.name, now)
    try:
        token, account = await authentication.log_in(
            connection, given.name, given.password, now=now
        )
    except NotLoggedInError:
        throttle.record_failure(given.name, now)
        raise
    throttle.reset(given.name)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(authentication.LOGIN_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return _shown(account)


@router.post("/logout", status_code=204, responses=problem_responses(403))
async def log_out(request: Request, response: Response, connection: Transaction) -> None:
    """Close the login; without one nothing happens."""
    token = request.cookies.get(COOKIE)
    if token:
        await accounts_store.delete_login(connection, authentication.hash_token(token))
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.get("/me", responses=problem_responses(401))
async def me(who: CurrentAccount) -> Me:
    """Tell who has logged in, and the part of the grid they see."""
    return _shown(who)


def _shown(account: Account) -> Me:
    area = MyArea.model_validate(
        {"code": account.area_code, "name": account.area_name, "level": account.area_level}
    )
    return Me.model_validate(
        {
            "name": account.name,
            "role": account.role,
            "area": area,
            "language": account.language,
        }
    )
