"""Accounts are created by invitation, changed, and deactivated with all that follows."""

import asyncio
from dataclasses import replace

import httpx
import pyotp
import pytest
from sqlalchemy import text

from api.accounts.authentication import hash_token
from api.accounts.store import get_account_by_token
from api.live.routes import LOGGED_OUT, OpenLogin, _lines
from api.notify.online.presence import Presence
from api.web.services import LoginTerms
from tests.api.databases import rows
from tests.api.town import EAST, Centre

GOOD = "quiet lamp under 7 stairs"


@pytest.fixture
async def admin(centre: Centre) -> httpx.AsyncClient:
    """An administrator of the district."""
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO account (name, role, area_code, password_hash)
                SELECT 'admin', 'admin', '510107', password_hash FROM account WHERE name = 'desk'
            """)
        )
    return await centre.client_of("admin")


async def accept(centre: Centre, path: str, password: str = GOOD) -> httpx.Response:
    token = path.partition("#")[2]
    client = centre.anonymous_client()
    return await client.post("/v1/invitations/accept", json={"token": token, "password": password})


async def log_in(centre: Centre, name: str, **more: str) -> httpx.Response:
    body = {"name": name, "password": GOOD, **more}
    client = centre.anonymous_client()
    answer = await client.post("/v1/login", json=body)
    answer.extensions["client"] = client
    return answer


async def create(
    admin: httpx.AsyncClient, name: str, role: str, area: str = EAST
) -> dict[str, str]:
    answer = await admin.post("/v1/accounts", json={"name": name, "role": role, "area": area})
    assert answer.status_code == 201, answer.text
    link: dict[str, str] = answer.json()
    return link


async def test_a_link_sets_a_password_once(centre: Centre, admin: httpx.AsyncClient) -> None:
    link = await create(admin, "new", "worker")
    token = link["path"].partition("#")[2]
    shown = await centre.anonymous_client().post("/v1/invitations/read", json={"token": token})
    weak = await accept(centre, link["path"], "12345678")
    accepted, again = await accept(centre, link["path"]), await accept(centre, link["path"])

    assert (shown.json()["name"], weak.status_code) == ("new", 422)
    assert (accepted.status_code, again.status_code) == (204, 404)
    assert (await log_in(centre, "new")).status_code == 200


async def test_a_link_ends_after_a_week(centre: Centre, admin: httpx.AsyncClient) -> None:
    link = await create(admin, "new", "worker")
    centre.clock.advance(days=7)
    assert (await accept(centre, link["path"])).status_code == 404


async def test_a_new_link_ends_the_old_one_and_the_logins(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    first = await create(admin, "new", "worker")
    second = (await admin.post("/v1/accounts/new/invitation")).json()
    assert (await accept(centre, first["path"])).status_code == 404
    assert (await accept(centre, second["path"])).status_code == 204
    client = (await log_in(centre, "new")).extensions["client"]
    third = (await admin.post("/v1/accounts/new/invitation")).json()
    assert (await accept(centre, third["path"], f"{GOOD}!")).status_code == 204

    assert (await client.get("/v1/me")).status_code == 401


async def test_nobody_reaches_beyond_the_own_area_or_the_own_account(
    admin: httpx.AsyncClient,
) -> None:
    outside = {"name": "new", "role": "worker", "area": "510108"}
    assert (await admin.post("/v1/accounts", json=outside)).json()["code"] == "no_such_area"
    for name in ("desk-elsewhere", "nobody"):
        for method, path in (("POST", "deactivate"), ("POST", "invitation"), ("GET", "")):
            address = f"/v1/accounts/{name}/{path}".rstrip("/")
            answer = await admin.request(method, address, json={})
            assert answer.status_code == 404
    higher = await admin.patch("/v1/accounts/desk", json={"area": "5101"})
    own = await admin.patch("/v1/accounts/admin", json={"role": "supervisor"})

    assert (higher.status_code, own.json()["code"]) == (422, "own_account")


async def test_an_admin_manages_accounts_until_there_is_a_security_administrator(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    link = await create(admin, "security", "security_admin", "510107")
    await create(admin, "before", "worker")
    await accept(centre, link["path"])
    refused = await admin.post(
        "/v1/accounts", json={"name": "after", "role": "worker", "area": EAST}
    )
    security = (await log_in(centre, "security")).extensions["client"]

    assert refused.json()["code"] == "security_admin_manages"
    assert (await admin.get("/v1/accounts")).json()["may_change"] is False
    await create(security, "after", "worker")
    assert (await security.get("/v1/incidents")).status_code == 403


async def test_a_deactivated_account_loses_logins_streams_and_orders_at_once(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    worker = await centre.client_of("east-1")
    [order] = (await worker.get("/v1/orders")).json()["items"]
    await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": order["version"]})
    left = await admin.post("/v1/accounts/east-1/deactivate", json={"reason": "left"})

    assert left.status_code == 204, left.text
    assert (await worker.get("/v1/me")).status_code == 401
    assert await rows(centre.engine, "SELECT state FROM incident") == [("filed",)]
    await centre.clock_engine.process_due()
    [[state, assignee]] = await rows(
        centre.engine,
        "SELECT state, assignee FROM work_order ORDER BY dispatched_at DESC, id DESC LIMIT 1",
    )
    assert (state, assignee) == ("dispatched", None)
    colleague = await centre.client_of("east-2")
    assert len((await colleague.get("/v1/orders?mine=true&open=true")).json()["items"]) == 1
    assert ("account",) in await rows(centre.engine, "SELECT topic FROM event_log")


async def test_an_open_stream_ends_with_its_login(centre: Centre, admin: httpx.AsyncClient) -> None:
    client = await centre.client_of("desk")
    token = hash_token(client.cookies["gridwatch_login"])
    async with centre.engine.begin() as connection:
        account = await get_account_by_token(
            connection, token, idle=LoginTerms().idle, now=centre.clock()
        )
    assert account is not None
    login = OpenLogin(centre.services, token, account, centre.clock() + LoginTerms().lifetime)
    presence = Presence(centre.engine, centre.clock)
    stream = _lines(centre.live, centre.services, login, cursor=None, presence=presence)
    lines: list[str] = []
    connected = asyncio.Event()

    async def follow() -> None:
        async for line in stream:
            lines.append(line)
            connected.set()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        reading = group.create_task(centre.live.run())
        following = group.create_task(follow())
        await connected.wait()
        await admin.post("/v1/accounts/desk/deactivate", json={})
        await following
        reading.cancel()
    assert lines[-1] == LOGGED_OUT


async def test_a_second_factor_is_asked_for_and_a_code_works_once(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    link = await create(admin, "new", "operator")
    await accept(centre, link["path"])
    client = (await log_in(centre, "new")).extensions["client"]
    secret = (await client.post("/v1/me/second-factor")).json()["secret"]
    totp = pyotp.TOTP(secret)
    wrong = await client.post("/v1/me/second-factor/confirm", json={"code": "000000"})
    codes = await client.post(
        "/v1/me/second-factor/confirm", json={"code": totp.at(centre.clock())}
    )
    replayed = await log_in(centre, "new", code=totp.at(centre.clock()))
    centre.clock.advance(seconds=30)
    recovery = codes.json()["codes"]
    assert all(len(code.replace("-", "")) == 25 for code in recovery)

    assert (wrong.status_code, replayed.status_code) == (422, 401)
    assert (await log_in(centre, "new")).json()["code"] == "second_factor_needed"
    assert (await log_in(centre, "new", code=totp.at(centre.clock()))).status_code == 200
    assert (await log_in(centre, "new", code=totp.at(centre.clock()))).status_code == 401
    assert (await log_in(centre, "new", code=recovery[0].upper())).status_code == 200
    assert (await log_in(centre, "new", code=recovery[0])).status_code == 401


async def test_where_a_second_factor_is_required_a_login_does_nothing_before(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    link = await create(admin, "new", "operator")
    await accept(centre, link["path"])
    centre.app.state.services = replace(
        centre.services, login_terms=LoginTerms(requires_factor=True)
    )
    answer = await log_in(centre, "new")
    client = answer.extensions["client"]
    assert answer.json()["second_factor"] == "must_enrol"
    assert (await client.get("/v1/incidents")).json()["code"] == "second_factor_required"

    secret = (await client.post("/v1/me/second-factor")).json()["secret"]
    code = pyotp.TOTP(secret).at(centre.clock())
    await client.post("/v1/me/second-factor/confirm", json={"code": code})

    assert (await client.get("/v1/incidents")).status_code == 200
    assert (await client.get("/v1/me")).json()["second_factor"] == "on"


async def test_a_new_password_ends_the_other_logins_only(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    link = await create(admin, "new", "operator")
    await accept(centre, link["path"])
    one = (await log_in(centre, "new")).extensions["client"]
    other = (await log_in(centre, "new")).extensions["client"]
    wrong = await one.post("/v1/me/password", json={"current": "guess", "new": f"{GOOD}!"})
    right = await one.post("/v1/me/password", json={"current": GOOD, "new": f"{GOOD}!"})

    assert (wrong.status_code, right.status_code) == (422, 204)
    assert (await one.get("/v1/me")).status_code == 200
    assert (await other.get("/v1/me")).status_code == 401


async def test_a_person_sees_the_own_logins_and_ends_one(
    centre: Centre, admin: httpx.AsyncClient
) -> None:
    link = await create(admin, "new", "operator")
    await accept(centre, link["path"])
    one = (await log_in(centre, "new")).extensions["client"]
    other = (await log_in(centre, "new")).extensions["client"]
    sessions = (await one.get("/v1/me/sessions")).json()["items"]
    [foreign] = [session for session in sessions if not session["is_current"]]
    stranger = await centre.client_of("desk")

    assert (await stranger.delete(f"/v1/me/sessions/{foreign['id']}")).status_code == 404
    assert (await one.delete(f"/v1/me/sessions/{foreign['id']}")).status_code == 204
    assert (await other.get("/v1/me")).status_code == 401
