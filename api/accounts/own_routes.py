"""What a person does with the own account: password, logins, second factor, invitation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from api.accounts import invitations, own_account, session_store
from api.accounts.authentication import hash_token
from api.accounts.dependencies import COOKIE, Context
from api.accounts.model import Role
from api.accounts.routes import Checker
from api.accounts.second_factor import provisioning_picture, provisioning_uri
from api.errors import NotFoundError
from api.web.dependencies import RequestTime, Transaction
from api.web.problems import problem_responses
from api.web.schemas import Page, Payload

router = APIRouter(prefix="/v1", tags=["login"])

Password = Annotated[str, Field(min_length=1, max_length=200)]
Token = Annotated[str, Field(min_length=20, max_length=100)]


class PasswordChange(Payload):
    """The password so far, and the new one."""

    current: Password
    new: Password


class PasswordProof(Payload):
    """Your password, as proof that it is you."""

    password: Password


class LoginSession(Payload):
    """A login that has not ended."""

    id: UUID
    created_at: datetime
    used_at: Annotated[datetime, Field(description="To the minute")]
    expires_at: datetime
    device: str
    address: str
    is_current: bool


class FactorEnrolment(Payload):
    """What an authenticator app needs."""

    secret: Annotated[str, Field(description="To type into an app that has no camera")]
    picture: Annotated[str, Field(description="A QR code as a data URI")]


class FactorCode(Payload):
    """A code of the authenticator app."""

    code: Annotated[str, Field(min_length=6, max_length=10)]


class RecoveryCodes(Payload):
    """Codes that each replace the app once; they are shown now only."""

    codes: list[str]


class InvitationToken(Payload):
    """The token of the link."""

    token: Token


class InvitedAccount(Payload):
    """Whom an invitation is for."""

    name: str
    role: Role
    language: str
    expires_at: datetime


class AcceptedInvitation(Payload):
    """The token of the link, and the password that the person chooses."""

    token: Token
    password: Password


@router.post("/me/password", status_code=204, responses=problem_responses(401, 403, 422, 429))
async def change_password(
    request: Request, context: Context, checker: Checker, body: PasswordChange
) -> None:
    """Change your password; your other logins end."""
    await own_account.change_password(
        context.connection,
        context.account,
        body.current,
        body.new,
        checker=checker,
        kept=hash_token(request.cookies.get(COOKIE, "")),
        now=context.now,
    )


@router.get("/me/sessions", responses=problem_responses(401, 403))
async def list_my_sessions(request: Request, context: Context) -> Page[LoginSession]:
    """List your logins, the one used last first."""
    sessions = await session_store.list_sessions(
        context.connection,
        context.account.id,
        current=hash_token(request.cookies.get(COOKIE, "")),
        now=context.now,
    )
    return Page(items=[LoginSession.model_validate(session) for session in sessions])


@router.delete(
    "/me/sessions/{session}", status_code=204, responses=problem_responses(401, 403, 404, 422)
)
async def end_my_session(context: Context, session: UUID) -> None:
    """End one of your logins, with its open pages."""
    if not await session_store.end_session(
        context.connection, context.account.id, session, now=context.now
    ):
        raise NotFoundError("no_such_session")


@router.post("/me/second-factor", responses=problem_responses(401, 403, 409))
async def begin_second_factor(context: Context) -> FactorEnrolment:
    """Begin to enrol an authenticator app; a code of it completes that."""
    secret = await own_account.begin_second_factor(context.connection, context.account)
    uri = provisioning_uri(secret, context.account.name)
    return FactorEnrolment(secret=secret, picture=provisioning_picture(uri))


@router.post("/me/second-factor/confirm", responses=problem_responses(401, 403, 409, 422))
async def confirm_second_factor(
    request: Request, context: Context, body: FactorCode
) -> RecoveryCodes:
    """Complete the enrolment with a code of the app; your other logins end."""
    codes = await own_account.confirm_second_factor(
        context.connection,
        context.account,
        body.code,
        kept=hash_token(request.cookies.get(COOKIE, "")),
        now=context.now,
    )
    return RecoveryCodes(codes=codes)


@router.post(
    "/me/second-factor/remove", status_code=204, responses=problem_responses(401, 403, 422, 429)
)
async def remove_second_factor(context: Context, checker: Checker, body: PasswordProof) -> None:
    """Remove your second factor, such as before a change of the phone."""
    await own_account.remove_second_factor(
        context.connection, context.account, body.password, checker=checker, now=context.now
    )


@router.post("/invitations/read", responses=problem_responses(403, 404, 422))
async def read_invitation(
    connection: Transaction, now: RequestTime, body: InvitationToken
) -> InvitedAccount:
    """Return whom an invitation is for; needs no login."""
    found = await invitations.read_invitation(connection, body.token, now=now)
    return InvitedAccount.model_validate(found)


@router.post("/invitations/accept", status_code=204, responses=problem_responses(403, 404, 422))
async def accept_invitation(
    connection: Transaction, now: RequestTime, checker: Checker, body: AcceptedInvitation
) -> None:
    """Set the password of an invited account; the link works once."""
    await invitations.accept_invitation(
        connection, body.token, body.password, checker=checker, now=now
    )
