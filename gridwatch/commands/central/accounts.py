"""``gridwatch central account``: the first account, and a way back when nobody can log in.

Whoever may run these commands may read the database; each writes to the audit log.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from api import wiring
from api.accounts import credential_store, session_store
from api.accounts import store as accounts_store
from api.accounts.invitations import RESET_LIFETIME, IssuedInvitation, invite
from api.accounts.model import Role
from api.administration import store as administration_store
from api.areas import store as areas_store
from api.audit import store as audit_store
from api.audit.store import SYSTEM, AuditEntry
from api.errors import UnknownNameError
from api.settings import CentralSettings
from gridwatch.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Create the first account, or get back in.")

Data = Annotated[
    Path | None, typer.Option(help="Data folder. [GRIDWATCH_DATA, var/central]", metavar="DIR")
]
Name = Annotated[str, typer.Argument(help="Name of the account.", metavar="NAME")]
Url = Annotated[str, typer.Option(help="Address of the console, for the link.")]
DEFAULT_URL = "http://127.0.0.1:8080"


@app.command()
def create(
    name: Name,
    *,
    area: Annotated[str, typer.Option(help="Code of its area.")],
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.ADMIN,
    url: Url = DEFAULT_URL,
    data: Data = None,
) -> None:
    """Create an account, and print the one-time link with which its owner sets the password."""

    async def change(connection: AsyncConnection) -> IssuedInvitation:
        now = wiring.now()
        if await areas_store.get_area(connection, area) is None:
            raise UnknownNameError("area", area, "import the areas first")
        account = await administration_store.insert_account(
            connection, name=name, role=role, area=area, language="zh-CN", now=now
        )
        if account is None:
            raise UsageError(f"there is an account {name}: see `gridwatch central account recover`")
        await _record(connection, "create_account", name, role=role, area=area)
        return await invite(connection, account, by=None, now=now)

    _print_link(name, _run(data, change), url)


@app.command()
def recover(
    name: Name,
    *,
    keep_second_factor: Annotated[
        bool, typer.Option(help="Only the password was lost, not the phone.")
    ] = False,
    url: Url = DEFAULT_URL,
    data: Data = None,
) -> None:
    """Let the owner set a new password, and remove the second factor; all logins end."""

    async def change(connection: AsyncConnection) -> IssuedInvitation:
        now = wiring.now()
        found = await accounts_store.get_account_by_name(connection, name)
        if found is None:
            raise UnknownNameError("active account", name, "`account create` makes a new one")
        account = found[0]
        if not keep_second_factor:
            await credential_store.set_factor(connection, account.id, None)
        await session_store.end_sessions(connection, [account.id], now=now)
        await _record(connection, "recover_account", name)
        return await invite(connection, account.id, by=None, now=now, lifetime=RESET_LIFETIME)

    _print_link(name, _run(data, change), url)


def _run(
    data: Path | None, change: Callable[[AsyncConnection], Awaitable[IssuedInvitation]]
) -> IssuedInvitation:
    async def connect() -> IssuedInvitation:
        settings = CentralSettings.load(data=data)
        async with wiring.open_database(settings) as engine, engine.begin() as connection:
            return await change(connection)

    return asyncio.run(connect())


async def _record(connection: AsyncConnection, action: str, name: str, **detail: object) -> None:
    entry = AuditEntry(
        at=wiring.now(), actor=SYSTEM, action=action, detail={"account": name, **detail}
    )
    await audit_store.record(connection, entry)


def _print_link(name: str, issued: IssuedInvitation, url: str) -> None:
    print(f"{url.rstrip('/')}{issued.path}")
    typer.echo(
        f"The link sets the password of {name}, once, until {issued.expires_at:%F %R} UTC.",
        err=True,
    )
