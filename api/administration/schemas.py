"""Requests and responses of the administration of accounts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.accounts.model import Role
from api.accounts.own_routes import LoginSession
from api.web.schemas import NO_NUL, Payload

AccountName = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{4,18}$")]
Language = Literal["zh-CN", "en"]


class ManagedAccount(Payload):
    """An account, as its managers see it."""

    name: str
    role: Role
    area: str
    area_name: str
    language: Language
    active: bool
    created_at: datetime
    has_password: Annotated[bool, Field(description="false: nobody can log in yet")]
    password_at: Annotated[datetime | None, Field(description="null: not known")]
    has_second_factor: bool
    invited_until: Annotated[datetime | None, Field(description="When the open link ends")]
    n_logins: int
    last_used_at: datetime | None


class ManagedAccountDetail(Payload):
    """An account with its logins, and whether you may change it."""

    account: ManagedAccount
    sessions: list[LoginSession]


class AccountPage(Payload):
    """A page of accounts."""

    items: list[ManagedAccount]
    next: str | None
    may_change: Annotated[bool, Field(description="Whether you manage these accounts")]


class AccountRequest(Payload):
    """An account to create."""

    name: AccountName
    role: Role
    area: AreaCode
    language: Language = "zh-CN"


class AccountUpdate(Payload):
    """What to change; what is left out stays."""

    role: Role | None = None
    area: AreaCode | None = None
    language: Language | None = None


class Deactivation(Payload):
    """Why."""

    reason: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""


class InvitationLink(Payload):
    """A one-time link; it is shown now only. Hand it to its owner on a safe way."""

    account: str
    path: Annotated[str, Field(description="Behind the address of the centre")]
    expires_at: datetime
