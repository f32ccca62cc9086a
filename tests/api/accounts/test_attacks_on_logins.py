"""Attacks on passwords and logins, each of which worked once."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.accounts.devices import new_device_cookie, read_device_cookie
from api.accounts.passwords import MAX_LENGTH, find_weakness
from api.accounts.throttle import PAIR, Attempt, Throttle
from api.errors import TooManyAttemptsError
from api.imports.importer import import_file
from tests.api.alerts import NOON
from tests.api.town import EAST, PASSWORD, Centre

HEADER = "name,role,area,password,language\n"


async def log_in(client: httpx.AsyncClient, name: str, password: str) -> int:
    answer = await client.post("/v1/login", json={"name": name, "password": password})
    return answer.status_code


async def import_accounts(centre: Centre, folder: Path, content: str) -> tuple[str, ...]:
    file = folder / "a.csv"
    file.write_text(content)
    async with centre.engine.begin() as connection:
        return (await import_file(connection, file, now=centre.clock())).warnings


@pytest.mark.parametrize("password", ["brand-new-9", ""])
async def test_a_password_that_is_changed_or_emptied_by_import_ends_the_logins(
    centre: Centre, tmp_path: Path, password: str
) -> None:
    client = await centre.client_of("east-1")
    row = f"east-1,worker,{EAST},{password},zh-CN\n"
    warnings = await import_accounts(centre, tmp_path, HEADER + row)

    assert (await client.get("/v1/orders")).status_code == 401
    assert bool(password) == any("column password" in warning for warning in warnings)


async def test_another_area_by_import_ends_the_logins_and_an_equal_file_does_not(
    centre: Centre, tmp_path: Path
) -> None:
    client = await centre.client_of("east-1")
    await import_accounts(centre, tmp_path, f"name,role,area\neast-1,worker,{EAST}\n")
    assert (await client.get("/v1/orders")).status_code == 200

    await import_accounts(centre, tmp_path, "name,role,area\neast-1,worker,510108\n")
    assert (await client.get("/v1/orders")).status_code == 401


async def test_a_stranger_with_wrong_guesses_locks_nobody_out(centre: Centre) -> None:
    stranger = _client_at(centre, "203.0.113.9")
    wrong = [await log_in(stranger, "east-1", "wrong") for _ in range(8)]

    assert wrong == [401] * PAIR.n_free + [429] * (8 - PAIR.n_free)
    assert await log_in(_client_at(centre, "198.51.100.7"), "east-1", PASSWORD) == 200


async def test_a_device_of_an_earlier_login_gets_through_at_the_address_of_the_guesser(
    centre: Centre,
) -> None:
    phone = _client_at(centre, "203.0.113.9")
    assert await log_in(phone, "east-1", PASSWORD) == 200
    stranger = _client_at(centre, "203.0.113.9")
    for _ in range(8):
        await log_in(stranger, "east-1", "wrong")

    assert await log_in(stranger, "east-1", PASSWORD) == 429
    assert await log_in(phone, "east-1", PASSWORD) == 200


async def test_a_forged_device_cookie_helps_nobody(centre: Centre) -> None:
    stranger = _client_at(centre, "203.0.113.9")
    for n in range(8):
        stranger.cookies.set("gridwatch_device", new_device_cookie(b"guessed", "east-1") + str(n))
        await log_in(stranger, "east-1", "wrong")
    assert await log_in(stranger, "east-1", PASSWORD) == 429


async def test_a_login_that_is_not_used_ends_but_not_on_a_workers_phone(centre: Centre) -> None:
    desk, worker = await centre.client_of("desk"), await centre.client_of("east-1")
    centre.clock.advance(hours=1, minutes=59)
    assert (await desk.get("/v1/me")).status_code == 200
    centre.clock.advance(hours=2, minutes=1)

    assert (await desk.get("/v1/me")).status_code == 401
    assert (await worker.get("/v1/me")).status_code == 200


async def test_logins_and_failures_are_in_the_audit_log(centre: Centre) -> None:
    await log_in(centre.anonymous_client(), "desk", "wrong")
    await log_in(centre.anonymous_client(), "nobody-of-this-name", "wrong")
    await (await centre.client_of("desk")).get("/v1/me")
    async with centre.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT actor, action FROM audit_log WHERE action LIKE 'log_in%' ORDER BY seq")
        )
        assert [tuple(row) for row in rows] == [("desk", "log_in_failed"), ("desk", "log_in")]


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=60), st.integers(0, 59))
def test_guesses_from_other_addresses_never_delay_a_known_device(
    addresses: list[str], minutes: int
) -> None:
    throttle = Throttle()
    now = NOON
    for address in addresses:
        now += timedelta(seconds=minutes)
        with suppress(TooManyAttemptsError):
            throttle.begin(Attempt("east-1", address), now)
    throttle.begin(Attempt("east-1", "a", "phone"), now)


def test_at_the_same_time_as_many_guesses_count_as_one_after_another() -> None:
    throttle = Throttle()
    attempt = Attempt("east-1", "a")
    for _ in range(PAIR.n_free):
        throttle.begin(attempt, NOON)  # none of them has been answered yet
    with pytest.raises(TooManyAttemptsError):
        throttle.begin(attempt, NOON)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-7", "password_too_short"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("Password1", "password_common"),
        ("gridwatch-W-09", "password_known_words"),
        ("quiet lamp under 7 stairs", None),
        ("8位以上的中文口令也行", None),
    ],
)
def test_a_password_is_judged_by_length_and_how_common_it_is(
    password: str, code: str | None
) -> None:
    weakness = find_weakness(password, "W-09")
    assert (weakness[0] if weakness else None) == code


@given(st.text(min_size=8, max_size=MAX_LENGTH), st.text(max_size=20))
def test_every_text_is_judged_and_a_device_cookie_is_of_one_account(text: str, name: str) -> None:
    find_weakness(text, name)
    key = b"key"
    cookie = new_device_cookie(key, name)
    assert read_device_cookie(key, name, cookie) is not None
    assert read_device_cookie(key, name + "x", cookie) is None
    assert read_device_cookie(key, name, text) is None


def _client_at(centre: Centre, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(centre.app, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://centre")
