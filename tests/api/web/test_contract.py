"""Every route conforms to its OpenAPI document, for generated requests of every role."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api.accounts.model import Role
from api.database.engine import create_engine
from api.openapi import document
from tests.api.town import HASHED, PASSWORD, Clock, build_centre

Operation = APIOperation[Any, Any, Any, Any]

EXCLUDED = ("/v1/events", "/v1/logout")
"""The event stream never ends, and logging out would end the session of the test."""

SCHEMA = schemathesis.openapi.from_dict(json.loads(document())).exclude(path=list(EXCLUDED))
NOT_FULLY_DESCRIBED = {
    "PUT /v1/evidence/{sha256}",
    "GET /v1/audit-log",
    "GET /v1/incidents",
    "GET /v1/nodes/{node}/commands",
    "GET /v1/orders",
    "GET /v1/accuracy/report",
    "GET /v1/quarantine",
    "GET /v1/accounts/{account}/notifications",
    "POST /v1/legal-holds",
    "POST /v1/me/password",
    "POST /v1/me/push-subscriptions",
    "POST /v1/me/second-factor/confirm",
    "POST /v1/me/second-factor/remove",
    "POST /v1/suppressions",
    "PUT /v1/accounts/{account}/channels",
    "PUT /v1/me/channels",
}
"""A schema cannot express that a body fits its SHA-256, which cursors are valid, what a point on a
curve is, which address fits which channel, what a person's password is, that one time is before
another, or how far from it at most."""

MAX_CPU_S = 1.0
"""CPU time of the centre's thread that no request of anybody may cost."""
INSERT_ACCOUNT = text("""
    INSERT INTO account (name, role, area_code, password_hash) VALUES (:role, :role, :area, :hash)
""")
OPERATIONS = [
    operation.ok() for operation in SCHEMA.get_all_operations() if isinstance(operation, Ok)
]


@dataclass(frozen=True, slots=True)
class RunningCentre:
    """A centre that serves in a thread of its own."""

    address: str
    thread: int


@pytest.fixture(scope="module")
def centre(
    postgres: str, town_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCentre]:
    """A centre with an account of each role, incidents and a notification."""
    started, server = threading.Event(), uvicorn.Server.__new__(uvicorn.Server)
    addresses: list[str] = []
    folder = tmp_path_factory.mktemp("contract")

    async def serve() -> None:
        engine = create_engine(await _copy(postgres, town_template))
        async with engine.begin() as connection:
            for role in Role:
                row = {"role": role.value, "area": "510107", "hash": HASHED}
                await connection.execute(INSERT_ACCOUNT, row)
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
    yield RunningCentre(addresses[0], thread.ident or 0)
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def cookies(centre: RunningCentre) -> dict[str, str]:
    """A session of each role, by its name; ``none`` has not logged in."""
    found = {"none": ""}
    for role in Role:
        answer = httpx.post(
            f"{centre.address}/v1/login", json={"name": role.value, "password": PASSWORD}
        )
        found[role.value] = f"gridwatch_login={answer.cookies['gridwatch_login']}"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_route_conforms_to_its_openapi_document(
    operation: Operation, centre: RunningCentre, cookies: dict[str, str]
) -> None:
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(), role=st.sampled_from(["supervisor", *cookies]))
    def check(case: schemathesis.Case[Any], role: str) -> None:
        before = time.clock_gettime(clock)
        case.call_and_validate(
            base_url=centre.address,
            headers={"Cookie": cookies[role]},
            excluded_checks=excluded_checks,
        )
        assert time.clock_gettime(clock) - before < MAX_CPU_S

    clock = time.pthread_getcpuclockid(centre.thread)
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
