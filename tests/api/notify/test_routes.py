"""The notifications of an account, as its phone or desk reads them."""

from typing import Any

import httpx

from pipeline.signal import Level
from tests.api.town import Centre


async def open_notifications(page: httpx.AsyncClient) -> list[dict[str, Any]]:
    response = await page.get("/v1/notifications", params={"open": True})
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_a_reminder_about_an_incident_without_an_order_reaches_the_desk(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.2)
    centre.clock.advance(minutes=3)
    await centre.clock_engine.process_due()
    desk = await centre.client_of("desk")
    [notification] = await open_notifications(desk)

    assert (notification["kind"], notification["order"]) == ("reminder", None)
    assert notification["incident"] == str(incident)

    reject = {"version": 1, "reason": "a shadow"}
    answer = await desk.post(f"/v1/incidents/{incident}/reject", json=reject)
    assert answer.status_code == 200, answer.text
    assert await open_notifications(desk) == []


async def test_an_escalation_stays_open_although_a_worker_holds_the_order(centre: Centre) -> None:
    await centre.raise_alert(level=Level.CRITICAL)
    await centre.clock_engine.process_due()
    worker, chief = await centre.client_of("east-1"), await centre.client_of("chief")
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    path = f"/v1/orders/{order['id']}"
    await worker.post(f"{path}/accept", json={"version": 1})
    await worker.post(f"{path}/start", json={"version": 2})
    for _ in range(6):
        centre.clock.advance(hours=1)
        await centre.clock_engine.process_due()
        await chief.get("/v1/me")  # the page is in use: its login does not end
    kinds = {notification["kind"] for notification in await open_notifications(chief)}
    reminders = {notification["kind"] for notification in await open_notifications(worker)}

    assert kinds == {"escalation"}
    assert "reminder" in reminders


async def test_an_escalation_is_closed_once_the_state_has_changed(centre: Centre) -> None:
    await centre.raise_alert()
    for _ in range(5):
        await centre.clock_engine.process_due()
        centre.clock.advance(minutes=6)
    chief, worker = await centre.client_of("chief"), await centre.client_of("east-1")
    before = await open_notifications(chief)
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": order["version"]})

    assert {notification["kind"] for notification in before} == {"escalation"}
    assert await open_notifications(chief) == []
