"""Filed incidents and overdue orders, on a real database and through HTTP."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from tests.api.town import IN_WEST, NOWHERE, Centre


async def orders(page: httpx.AsyncClient, **wanted: bool) -> list[dict[str, Any]]:
    response = await page.get("/v1/orders", params=wanted)
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_the_workers_of_the_micro_grid_are_notified_first(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()

    assert await centre.notified_accounts() == ["east-1", "east-2"]


async def test_an_empty_level_is_skipped(centre: Centre) -> None:
    await centre.raise_alert(location=IN_WEST)
    await centre.clock_engine.process_due()

    [order] = await orders(await centre.client_of("head"), mine=True)
    assert order["step"] == 2
    assert await centre.notified_accounts() == ["east-1", "east-2", "head"]  # the whole grid


async def test_without_an_answer_the_order_escalates_and_above_the_top_the_district_is_alerted(
    centre: Centre,
) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    centre.clock.advance(minutes=5, seconds=1)
    await centre.clock_engine.process_due()
    escalated = await centre.notified_accounts()
    centre.clock.advance(minutes=5, seconds=1)
    await centre.clock_engine.process_due()

    assert escalated == ["east-1", "east-2", "east-1", "east-2", "head"]
    assert sorted((await centre.notified_accounts())[5:]) == ["chief", "east-1", "east-2", "head"]
    [order] = await orders(await centre.client_of("head"), mine=True)
    assert (order["state"], order["step"]) == ("dispatched", 2)


async def test_an_order_without_an_answer_is_reminded_of_once_before_it_escalates(
    centre: Centre,
) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    centre.clock.advance(minutes=2)
    assert await centre.clock_engine.process_due() == 0
    centre.clock.advance(minutes=1)
    assert await centre.clock_engine.process_due() == 1
    centre.clock.advance(minutes=1)
    assert await centre.clock_engine.process_due() == 0

    assert await centre.notified_accounts() == ["east-1", "east-2", "east-1", "east-2"]


async def test_of_two_workers_who_accept_one_succeeds(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    pages = [await centre.client_of("east-1"), await centre.client_of("east-2")]
    [order] = await orders(pages[0], mine=True)

    responses = await asyncio.gather(
        *(p.post(f"/v1/orders/{order['id']}/accept", json={"version": 1}) for p in pages)
    )

    assert sorted(response.status_code for response in responses) == [200, 409]
    refused = next(response.json() for response in responses if response.status_code == 409)
    assert (refused["code"], refused["state"]) == ("stale", "accepted")


async def test_accepting_cancels_the_notifications_of_the_others(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    phone, other_phone = await centre.client_of("east-1"), await centre.client_of("east-2")
    [order] = await orders(phone, mine=True)
    await phone.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})

    assert (await other_phone.get("/v1/notifications", params={"open": True})).json()["items"] == []
    assert await orders(other_phone, mine=True, open=True) == []
    assert await centre.clock_engine.process_due() == 0


async def test_an_order_accepted_and_not_started_expires_and_escalates(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    phone, desk = await centre.client_of("east-1"), await centre.client_of("desk")
    [order] = await orders(phone, mine=True)
    await phone.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})
    centre.clock.advance(minutes=31)
    await centre.clock_engine.process_due()

    detail = (await desk.get(f"/v1/incidents/{incident}")).json()
    assert [(o["state"], o["step"]) for o in detail["orders"]] == [
        ("returned", 1),
        ("dispatched", 2),
    ]


async def test_a_worker_who_returned_an_order_is_not_notified_again(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    phone, other_phone = await centre.client_of("east-1"), await centre.client_of("east-2")
    [order] = await orders(phone, mine=True)
    path = f"/v1/orders/{order['id']}"
    await phone.post(f"{path}/accept", json={"version": 1})
    returned = await phone.post(f"{path}/return", json={"version": 2, "reason": "far away"})
    await centre.clock_engine.process_due()

    assert returned.status_code == 200
    [fresh] = await orders(other_phone, mine=True, open=True)
    assert (fresh["id"] != order["id"], fresh["step"]) == (True, 1)
    assert await orders(phone, mine=True, open=True) == []


async def test_an_incident_outside_all_areas_stays_filed_and_is_tried_again(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(location=NOWHERE)
    await centre.clock_engine.process_due()
    centre.clock.advance(minutes=1)
    await centre.clock_engine.process_due()

    detail = (await (await centre.client_of("desk")).get(f"/v1/incidents/{incident}")).json()
    assert detail["state"] == "filed"
    assert [line["action"] for line in detail["history"]].count("no_area") == 1


async def test_an_incident_outside_all_areas_concerns_the_widest_desks_alone(
    centre: Centre,
) -> None:
    async with centre.engine.begin() as connection:
        city = text("""
            INSERT INTO account (name, role, area_code, password_hash)
            VALUES ('city-desk', 'operator', '5101', '')
        """)
        await connection.execute(city)
    await centre.raise_alert(location=NOWHERE)
    await centre.clock_engine.process_due()

    assert set(await centre.notified_accounts()) == {"city-desk"}


async def test_an_incident_that_cannot_be_dispatched_delays_no_other(centre: Centre) -> None:
    await centre.raise_alert("a", location=NOWHERE)
    await centre.raise_alert("b", camera="south-gate")
    await centre.clock_engine.process_due()

    assert await centre.notified_accounts() == ["desk", "desk-elsewhere", "east-1", "east-2"]
