"""The channels of a person, as the person and the desk see and set them."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.api.databases import rows
from tests.api.notify.browsers import subscription
from tests.api.town import Centre

QUIET = {"starts_at": "22:00:00", "ends_at": "06:00:00", "time_zone": "Asia/Shanghai"}


async def channels_of(page: httpx.AsyncClient, path: str = "/v1/me/channels") -> dict[str, Any]:
    response = await page.get(path)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture(autouse=True)
def _push_services(centre: Centre) -> None:
    object.__setattr__(centre.services, "push_services", ("fcm.googleapis.com",))


async def test_a_person_sets_the_order_of_their_channels_and_quiet_hours(centre: Centre) -> None:
    worker = await centre.client_of("east-1")
    wanted = {"channels": [{"kind": "sms", "address": "+8613800000000"}, {"kind": "push"}]}
    answer = await worker.put("/v1/me/channels", json={**wanted, "quiet_hours": QUIET})

    assert answer.status_code == 200, answer.text
    stored = await channels_of(worker)
    assert [channel["kind"] for channel in stored["channels"]] == ["sms", "push"]
    assert stored["channels"][0]["address"] == "+8613800000000"
    assert stored["quiet_hours"] == QUIET


async def test_a_browser_is_one_device_however_often_it_subscribes(centre: Centre) -> None:
    worker = await centre.client_of("east-1")
    body = subscription()
    first = await worker.post("/v1/me/push-subscriptions", json=body)
    again = await worker.post("/v1/me/push-subscriptions", json=body)

    assert (first.status_code, again.status_code) == (201, 201), first.text
    [push] = (await channels_of(worker))["channels"]
    assert [device["name"] for device in push["devices"]] == ["phone"]
    deleted = await worker.delete(f"/v1/me/push-subscriptions/{first.json()['id']}")
    assert deleted.status_code == 204
    [push] = (await channels_of(worker))["channels"]
    assert push["devices"] == []


async def test_a_browser_belongs_to_the_person_who_logged_in_last(centre: Centre) -> None:
    first, second = await centre.client_of("east-1"), await centre.client_of("east-2")
    body = subscription()
    await first.post("/v1/me/push-subscriptions", json=body)
    await second.post("/v1/me/push-subscriptions", json=body)

    assert await rows(
        centre.engine,
        "SELECT c.name FROM push_subscription s JOIN account c ON c.id = s.account",
    ) == [("east-2",)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"endpoint": "https://intranet/admin"}, "unknown_push_service"),
        ({"endpoint": "http://fcm.googleapis.com/x"}, "unknown_push_service"),
        ({"endpoint": "https://fcm.googleapis.com.evil.example/x"}, "unknown_push_service"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}, "unreadable"),
    ],
)
async def test_a_subscription_that_cannot_be_served_is_refused(
    centre: Centre, change: dict[str, Any], code: str
) -> None:
    worker = await centre.client_of("east-1")
    answer = await worker.post("/v1/me/push-subscriptions", json={**subscription(), **change})

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_only_an_administrator_names_the_address_of_a_webhook(centre: Centre) -> None:
    worker = await centre.client_of("east-1")
    wanted = {"channels": [{"kind": "webhook", "address": "http://127.0.0.1/"}]}
    answer = await worker.put("/v1/me/channels", json=wanted)

    assert (answer.status_code, answer.json()["code"]) == (403, "webhook_set_by_admin")


@pytest.mark.parametrize(
    ("hosts", "address", "status"),
    [
        ((), "https://hooks.example/x", 200),
        ((), "http://10.0.0.7:8000/x", 200),
        ((), "http://127.0.0.1/", 422),
        ((), "http://127.1/", 422),
        ((), "http://2130706433/", 422),
        ((), "http://localhost.:5432/", 422),
        ((), "http://[::1]/", 422),
        ((), "http://[::ffff:127.0.0.1]/", 422),
        ((), "http://0.0.0.0/", 422),
        ((), "http://169.254.169.254/latest/meta-data", 422),
        ((), "http://metadata.google.internal/", 422),
        (("*.example",), "https://hooks.example/x", 200),
        (("*.example",), "https://hooks.example.evil.test/x", 422),
        (("*.example",), "http://10.0.0.7/", 422),
        (("127.0.0.1",), "http://127.0.0.1:9000/", 200),
    ],
)
async def test_no_account_makes_the_centre_send_requests_to_itself(
    centre: Centre, hosts: tuple[str, ...], address: str, status: int
) -> None:
    object.__setattr__(centre.services, "webhook_hosts", hosts)
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE account SET role = 'admin' WHERE name = 'chief'"))
    wanted = {"channels": [{"kind": "webhook", "address": address}]}
    answer = await (await centre.client_of("chief")).put("/v1/me/channels", json=wanted)

    assert answer.status_code == status, answer.text


async def test_the_desk_sees_and_sets_the_channels_of_its_area_only(centre: Centre) -> None:
    desk, elsewhere = await centre.client_of("desk"), await centre.client_of("desk-elsewhere")
    colleague = await centre.client_of("east-2")
    path = "/v1/accounts/east-1/channels"
    wanted = {"channels": [{"kind": "sms", "address": "13800000000"}]}

    assert (await desk.put(path, json=wanted)).status_code == 200
    assert (await channels_of(desk, path))["channels"][0]["address"] == "13800000000"
    assert (await elsewhere.get(path)).status_code == 404
    assert (await colleague.get(path)).status_code == 404


async def test_the_public_key_stays_the_same(centre: Centre) -> None:
    worker = await centre.client_of("east-1")
    keys = {(await worker.get("/v1/push/public-key")).json()["key"] for _ in range(3)}

    assert len(keys) == 1
    assert len(keys.pop()) == 87
