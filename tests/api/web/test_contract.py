"""Every route conforms to its OpenAPI document, for generated requests."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api.database.engine import create_engine
from api.openapi import document
from tests.api.town import PASSWORD, Clock, build_centre

Operation = APIOperation[Any, Any, Any, Any]

EXCLUDED = ("/v1/events", "/v1/logout")
"""The event stream never ends, and logging out would end the session of the test."""

SCHEMA = schemathesis.openapi.from_dict(json.loads(document())).exclude(path=list(EXCLUDED))
NOT_FULLY_DESCRIBED = {
    "PUT /v1/evidence/{sha256}",
    "GET /v1/incidents",
    "GET /v1/nodes/{node}/commands",
    "GET /v1/orders",
    "GET /v1/quarantine",
    "GET /v1/accounts/{account}/notifications",
    "POST /v1/me/push-subscriptions",
    "POST /v1/suppressions",
    "PUT /v1/accounts/{account}/channels",
    "PUT /v1/me/channels",
}
"""A schema cannot express that a body fits its SHA-256, which cursors are valid, what a point on a
curve is, or which address fits which channel."""

OPERATIONS = [
    operation.ok() for operation in SCHEMA.get_all_operations() if isinstance(operation, Ok)
]


@pytest.fixture(scope="module")
def address(
    postgres: str, town_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a centre in its own thread, with incidents and a notification."""
    started, server = threading.Event(), uvicorn.Server.__new__(uvicorn.Server)
    addresses: list[str] = []
    folder = tmp_path_factory.mktemp("contract")

    async def serve() -> None:
        engine = create_engine(await _copy(postgres, town_template))
        centre = build_centre(engine, Clock(), folder)
        for n in range(3):
            await centre.raise_alert(f"{n}", camera=f"camera-{n}", score=0.9 if n else 0.4)
        await centre.clock_engine.process_due()
        config = uvicorn.Config(centre.app, port=0, log_config=None, lifespan="off")
        uvicorn.Server.__init__(server, config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn offers only a flag
            await asyncio.sleep(0.01)
        addresses.append(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
        started.set()
        await serving
        await engine.dispose()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(60)
    yield addresses[0]
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def cookie(address: str) -> dict[str, str]:
    """The session of a supervisor, the role with the most permissions."""
    answer = httpx.post(f"{address}/v1/login", json={"name": "chief", "password": PASSWORD})
    return {"Cookie": f"gridwatch_login={answer.cookies['gridwatch_login']}"}


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_route_conforms_to_its_openapi_document(
    operation: Operation, address: str, cookie: dict[str, str]
) -> None:
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(base_url=address, headers=cookie, excluded_checks=excluded_checks)

    excluded_checks: list[Any] = []
    if operation.label in NOT_FULLY_DESCRIBED:
        excluded_checks.append(positive_data_acceptance)
    check()


async def _copy(postgres: str, town_template: str) -> str:
    engine = create_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE contract TEMPLATE {town_template}"))
    await engine.dispose()
    return make_url(postgres).set(database="contract").render_as_string(hide_password=False)
