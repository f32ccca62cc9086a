"""FastAPI dependencies of every feature: services, transaction, clock, idempotency key."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.services import Services

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._-]{4,64}$",
        description="Send the same key again if no answer came: the request takes effect once",
    ),
]


def get_services(request: Request) -> Services:
    """Return the services that the wiring built."""
    services: Services = request.app.state.services
    return services


InjectedServices = Annotated[Services, Depends(get_services)]


async def transaction(services: InjectedServices) -> AsyncIterator[AsyncConnection]:
    """Open a transaction around the route and commit it before the response is sent."""
    async with services.engine.begin() as connection:
        yield connection


Transaction = Annotated[AsyncConnection, Depends(transaction, scope="function")]


def request_time(services: InjectedServices) -> datetime:
    """Read the clock once per request."""
    return services.now()


RequestTime = Annotated[datetime, Depends(request_time)]
