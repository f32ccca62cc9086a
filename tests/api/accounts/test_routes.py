"""Log in, log out, throttling of guesses."""

from sqlalchemy import text

from api.web.services import LoginTerms
from tests.api.town import PASSWORD, Centre


async def test_login_returns_the_account_and_its_area(centre: Centre) -> None:
    shown = (await (await centre.client_of("desk")).get("/v1/me")).json()
    ends_at = centre.clock() + LoginTerms().lifetime

    assert shown == {
        "name": "desk",
        "role": "operator",
        "language": "en",
        "home": "console",
        "area": {"code": "510107", "name": "District", "level": "district"},
        "second_factor": "off",
        "login_ends_at": ends_at.isoformat().replace("+00:00", "Z"),
    }


async def test_another_login_in_the_same_page_ends_later(centre: Centre) -> None:
    client = await centre.client_of("desk")
    first_end = (await client.get("/v1/me")).json()["login_ends_at"]
    centre.clock.advance(hours=11)
    again = await client.post("/v1/login", json={"name": "desk", "password": PASSWORD})

    assert again.json()["login_ends_at"] > first_end
    assert (await client.get("/v1/me")).json()["login_ends_at"] == again.json()["login_ends_at"]


async def test_another_login_in_the_same_page_ends_the_one_before(centre: Centre) -> None:
    client = await centre.client_of("desk")
    stolen = client.cookies["gridwatch_login"]
    await client.post("/v1/login", json={"name": "desk", "password": PASSWORD})
    thief = centre.anonymous_client()
    thief.cookies.set("gridwatch_login", stolen)

    assert client.cookies["gridwatch_login"] != stolen
    assert (await thief.get("/v1/me")).status_code == 401
    assert (await client.get("/v1/me")).status_code == 200


async def test_a_session_expires(centre: Centre) -> None:
    client = await centre.client_of("desk")
    centre.clock.advance(hours=12, seconds=1)
    assert (await client.get("/v1/me")).status_code == 401


async def test_the_cookie_is_invalid_after_logout(centre: Centre) -> None:
    client = await centre.client_of("desk")
    token = client.cookies["gridwatch_login"]
    await client.post("/v1/logout")
    other_client = centre.anonymous_client()
    other_client.cookies.set("gridwatch_login", token)

    assert (await other_client.get("/v1/me")).status_code == 401


async def test_the_database_stores_no_session_token(centre: Centre) -> None:
    token = (await centre.client_of("desk")).cookies["gridwatch_login"]
    async with centre.engine.connect() as connection:
        [stored] = (await connection.execute(text("SELECT token_hash FROM login"))).scalars()

    assert token.encode() not in bytes(stored)


async def test_guessing_passwords_is_slowed_down_more_and_more(centre: Centre) -> None:
    client = centre.anonymous_client()
    credentials = {"name": "desk", "password": "wrong"}
    wrong = [(await client.post("/v1/login", json=credentials)).status_code for _ in range(5)]
    throttled = await client.post("/v1/login", json={**credentials, "password": PASSWORD})
    centre.clock.advance(minutes=1)
    late = await client.post("/v1/login", json={**credentials, "password": PASSWORD})

    assert wrong == [401] * 5
    assert (throttled.status_code, int(throttled.headers["retry-after"]) > 0) == (429, True)
    assert late.status_code == 200
