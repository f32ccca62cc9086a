"""Over https, a login belongs to this host name alone."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.town import PASSWORD, Centre

LOGIN = {"name": "desk", "password": PASSWORD}


@pytest.fixture
async def secure(centre: Centre) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that reaches the centre by https."""
    transport = httpx.ASGITransport(centre.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://centre") as client:
        yield client


async def test_over_https_every_cookie_is_bound_to_the_host(secure: httpx.AsyncClient) -> None:
    answer = await secure.post("/v1/login", json=LOGIN)

    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-gridwatch_")
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= {
            part.strip().lower() for part in cookie.split(";")
        }
        assert "domain" not in cookie.lower()
    assert (await secure.get("/v1/me")).json()["name"] == "desk"


async def test_a_cookie_of_a_neighbouring_host_name_is_no_login(
    centre: Centre, secure: httpx.AsyncClient
) -> None:
    desk = await centre.client_of("desk")
    planted = f"gridwatch_login={desk.cookies['gridwatch_login']}"

    assert (await secure.get("/v1/me", headers={"Cookie": planted})).status_code == 401
    assert (await secure.get("/v1/me", headers={"Cookie": f"__Host-{planted}"})).is_success


async def test_logging_out_deletes_the_bound_cookie(secure: httpx.AsyncClient) -> None:
    await secure.post("/v1/login", json=LOGIN)
    [cookie] = (await secure.post("/v1/logout")).headers.get_list("set-cookie")

    assert cookie.startswith('__Host-gridwatch_login=""')
    assert "Max-Age=0" in cookie
    assert "Secure" in cookie
    assert (await secure.get("/v1/me")).status_code == 401
