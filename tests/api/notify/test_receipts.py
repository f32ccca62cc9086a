"""Receipts: sent, delivered, read, acknowledged, by login and by token."""

from typing import Any
from uuid import UUID

from api.notify import secret_store
from tests.api.databases import rows, scalar
from tests.api.notify.browsers import subscription
from tests.api.town import Centre


async def log_of(centre: Centre, name: str) -> list[dict[str, Any]]:
    desk = await centre.client_of("desk")
    response = await desk.get(f"/v1/accounts/{name}/notifications")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def set_sms(centre: Centre, name: str) -> None:
    page = await centre.client_of(name)
    wanted = {"channels": [{"kind": "sms", "address": "13800000000"}]}
    assert (await page.put("/v1/me/channels", json=wanted)).status_code == 200


async def test_the_log_names_each_channel_with_its_receipts(centre: Centre) -> None:
    await set_sms(centre, "east-1")
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    worker = await centre.client_of("east-1")
    before = {row["channel"]: row for row in await log_of(centre, "east-1")}
    for receipt in ("delivered", "read", "read"):
        centre.clock.advance(seconds=1)
        answer = await worker.post(f"/v1/notifications/{before['app']['id']}/{receipt}")
        assert answer.status_code == 204, answer.text
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})
    after = {row["channel"]: row for row in await log_of(centre, "east-1")}

    assert {row["state"] for row in before.values()} == {"pending"}
    app, sms = after["app"], after["sms"]
    assert app["delivered_at"] < app["read_at"]
    assert app["acknowledged_at"] is not None
    assert (app["state"], sms["state"], sms["delivered_at"]) == ("delivered", "cancelled", None)


async def test_a_receipt_token_needs_no_login_and_fits_its_own_notification_only(
    centre: Centre,
) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    stored = await rows(centre.engine, "SELECT id FROM notification ORDER BY id")
    [first, second] = [UUID(str(row[0])) for row in stored]
    async with centre.engine.begin() as connection:
        token = (await secret_store.get_keys(connection)).receipt_token(first)
    device = centre.anonymous_client()

    async def confirm(notification: UUID) -> int:
        path = f"/v1/notifications/{notification}/delivered"
        return (await device.post(path, params={"token": token})).status_code

    assert (await confirm(first), await confirm(second)) == (204, 403)
    assert (await device.post(f"/v1/notifications/{first}/read")).status_code == 401


async def test_a_receipt_on_a_device_makes_it_tested(centre: Centre) -> None:
    object.__setattr__(centre.services, "push_services", ("fcm.googleapis.com",))
    worker = await centre.client_of("east-1")
    await worker.post("/v1/me/push-subscriptions", json=subscription())
    desk = await centre.client_of("desk")
    sent = await desk.post("/v1/accounts/east-1/test-notification", json={"channel": "push"})
    [test] = sent.json()["items"]
    await worker.post(f"/v1/notifications/{test['id']}/delivered")
    [push] = (await worker.get("/v1/me/channels")).json()["channels"]

    assert (test["kind"], test["device"], test["incident"]) == ("test", "phone", None)
    assert push["tested_at"] == push["devices"][0]["tested_at"] is not None


async def test_an_sms_is_tested_by_the_four_digits_in_it(centre: Centre) -> None:
    await set_sms(centre, "east-1")
    desk = await centre.client_of("desk")
    path = "/v1/accounts/east-1/test-notification"
    sent = await desk.post(path, json={"channel": "sms"})
    [test] = sent.json()["items"]
    digits = int.from_bytes(UUID(test["id"]).bytes[-4:], "big") % 10_000
    confirm = f"{path}/{test['id']}/confirm"
    wrong = await desk.post(confirm, json={"code": f"{(digits + 1) % 10_000:04}"})
    right = await desk.post(confirm, json={"code": f"{digits:04}"})

    assert (wrong.status_code, right.status_code) == (422, 204)
    assert await scalar(centre.engine, "SELECT tested_at FROM channel") is not None


async def test_a_new_address_has_not_been_tested(centre: Centre) -> None:
    await test_an_sms_is_tested_by_the_four_digits_in_it(centre)
    page = await centre.client_of("east-1")
    wanted = {"channels": [{"kind": "sms", "address": "13911111111"}]}
    changed = await page.put("/v1/me/channels", json=wanted)

    assert changed.json()["channels"][0]["tested_at"] is None


async def test_a_test_is_sent_once_under_one_key_and_not_without_end(centre: Centre) -> None:
    desk = await centre.client_of("desk")
    path = "/v1/accounts/east-1/test-notification"
    for _ in range(2):
        await desk.post(path, json={}, headers={"Idempotency-Key": "once-1"})
    n = await scalar(centre.engine, "SELECT count(*) FROM notification")
    statuses = []
    for _ in range(20):
        centre.clock.advance(seconds=1)
        statuses.append((await desk.post(path, json={})).status_code)

    assert n == 1
    assert (statuses[0], statuses[-1]) == (201, 429)
    assert (await desk.post(path, json={"channel": "sms"})).status_code == 429
