"""Incidents without an alert, on a real database and through HTTP."""

from dataclasses import replace
from typing import Any

from api.fleet.alarm_store import load_facts
from api.incidents.system_incidents import actions, store
from api.incidents.system_incidents.actions import Ending
from api.incidents.system_incidents.model import Addressee, SystemIncident, equipment_key
from pipeline.signal import Level
from pipeline.text import Text
from tests.api.alerts import ALERT_NODE
from tests.api.town import EAST, Centre

KEY = equipment_key("node_unreachable", str(ALERT_NODE))
MESSAGE = Text(zh="边缘节点失联", en="The node does not answer")


async def open_incident(
    centre: Centre, addressee: Addressee = Addressee.POST, **changed: object
) -> str | None:
    incident = SystemIncident(
        key=KEY,
        code="node_unreachable",
        level=Level.MAJOR,
        message=MESSAGE,
        since=centre.clock(),
        addressee=addressee,
        node=str(ALERT_NODE),
        area_code=EAST,
    )
    incident = replace(incident, **changed)  # type: ignore[arg-type]  # a field of it
    async with centre.engine.begin() as connection:
        opened = await actions.open_system_incident(connection, incident, now=centre.clock())
    return str(opened) if opened else None


async def close_incident(centre: Centre) -> Ending:
    async with centre.engine.begin() as connection:
        return await actions.close_system_incident(connection, KEY, now=centre.clock())


async def detail_of(centre: Centre, incident: str | None) -> dict[str, Any]:
    response = await (await centre.client_of("desk")).get(f"/v1/incidents/{incident}")
    assert response.status_code == 200, response.text
    detail: dict[str, Any] = response.json()
    return detail


async def accept_order(centre: Centre, name: str) -> dict[str, Any]:
    page = await centre.client_of(name)
    [order] = (await page.get("/v1/orders", params={"mine": True, "open": True})).json()["items"]
    accepted = await page.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})
    assert accepted.status_code == 200, accepted.text
    result: dict[str, Any] = accepted.json()
    return result


async def test_an_incident_without_an_alert_is_dispatched_reminded_of_and_escalated(
    centre: Centre,
) -> None:
    incident = await open_incident(centre)
    await centre.clock_engine.process_due()
    dispatched = await centre.notified_accounts()
    centre.clock.advance(minutes=2.6)
    await centre.clock_engine.process_due()
    reminded = await centre.notified_accounts()
    centre.clock.advance(minutes=2.6)
    await centre.clock_engine.process_due()

    assert dispatched == ["east-1", "east-2"]
    assert reminded == ["east-1", "east-2"] * 2
    assert (await centre.notified_accounts())[4:] == ["east-1", "east-2", "head"]
    assert (await detail_of(centre, incident))["state"] == "dispatched"


async def test_every_page_shows_an_incident_without_an_alert(centre: Centre) -> None:
    incident = await open_incident(centre)
    await centre.clock_engine.process_due()
    phone, desk = await centre.client_of("east-1"), await centre.client_of("desk")

    listed = (await desk.get("/v1/incidents")).json()["items"]
    [order] = (await phone.get("/v1/orders", params={"mine": True})).json()["items"]
    detail = await detail_of(centre, incident)

    assert [item["id"] for item in listed] == [incident]
    assert order["incident"]["because"] == {"zh": MESSAGE.zh, "en": MESSAGE.en}
    assert (detail["incident_class"], detail["snapshot"], detail["alerts"]) == (
        "equipment",
        None,
        [],
    )
    assert [entry["action"] for entry in detail["history"]] == ["open", "dispatch"]
    assert (detail["workflow"][0]["status"], detail["reasons"]) == ("done", [])


async def test_one_incident_of_a_key_is_open_at_a_time(centre: Centre) -> None:
    assert await open_incident(centre) is not None
    assert await open_incident(centre) is None


async def test_what_recovers_before_anybody_accepts_is_closed_by_the_system(
    centre: Centre,
) -> None:
    incident = await open_incident(centre)
    await centre.clock_engine.process_due()

    ending = await close_incident(centre)

    detail = await detail_of(centre, incident)
    assert (ending, detail["state"]) == (Ending.CLOSED, "closed")
    assert [order["state"] for order in detail["orders"]] == ["cancelled"]
    assert (detail["history"][-1]["action"], detail["history"][-1]["reason"]) == (
        "recover",
        "recovered",
    )
    assert await centre.notified_accounts() == []
    centre.clock.advance(hours=1)
    assert await centre.clock_engine.process_due() == 0


async def test_who_has_accepted_is_told_that_it_recovered_and_goes_on(
    centre: Centre,
) -> None:
    incident = await open_incident(centre)
    await centre.clock_engine.process_due()
    order = await accept_order(centre, "east-1")

    assert await close_incident(centre) is Ending.NOTIFIED
    assert await close_incident(centre) is Ending.NONE

    phone = await centre.client_of("east-1")
    notices = (await phone.get("/v1/notifications", params={"open": True})).json()["items"]
    assert [notice["kind"] for notice in notices] == ["notice"]
    started = await phone.post(f"/v1/orders/{order['id']}/start", json={"version": 2})
    assert started.status_code == 200, started.text
    detail = await detail_of(centre, incident)
    assert (detail["state"], detail["happening_over"]) == ("handling", True)


async def test_an_incident_for_the_desk_waits_in_its_queue_until_it_has_to_be_reviewed(
    centre: Centre,
) -> None:
    review_by = centre.clock().replace(hour=15)
    incident = await open_incident(centre, Addressee.DESK, review_by=review_by)
    centre.clock.advance(hours=2)
    assert await centre.clock_engine.process_due() == 0
    centre.clock.advance(hours=1)
    await centre.clock_engine.process_due()

    detail = await detail_of(centre, incident)
    assert (detail["state"], detail["next_step"]) == ("new", "review")
    assert await centre.notified_accounts() == ["desk"]


async def test_an_incident_for_the_desk_cannot_be_passed_on_to_workers_by_confirming_it(
    centre: Centre,
) -> None:
    incident = await open_incident(centre, Addressee.DESK)
    detail = await detail_of(centre, incident)
    desk = await centre.client_of("desk")
    confirmed = await desk.post(f"/v1/incidents/{incident}/confirm", json={"version": 1})

    assert "reject" in detail["actions"]
    assert "confirm" not in detail["actions"]
    assert confirmed.status_code == 409


async def test_a_raised_incident_is_reminded_of_at_once(centre: Centre) -> None:
    incident = await open_incident(centre, level=Level.MINOR)
    await centre.clock_engine.process_due()
    centre.clock.advance(minutes=1)
    async with centre.engine.begin() as connection:
        stored = (await store.lock_incidents(connection, [KEY]))[KEY]
        await actions.raise_incident(
            connection, replace(stored, level=Level.CRITICAL), now=centre.clock()
        )
    await centre.clock_engine.process_due()

    detail = await detail_of(centre, incident)
    assert (detail["level"], detail["due_at"]) == ("critical", "2026-11-23T12:03:00Z")
    assert await centre.notified_accounts() == ["east-1", "east-2"] * 2


async def test_a_reopened_incident_calls_again_only_if_it_stays(centre: Centre) -> None:
    incident = await open_incident(centre)
    await centre.clock_engine.process_due()
    await close_incident(centre)
    centre.clock.advance(minutes=5)
    call_at = centre.clock().replace(minute=15)
    async with centre.engine.begin() as connection:
        stored = (await store.lock_incidents(connection, [KEY]))[KEY]
        await actions.reopen_incident(
            connection, stored, Addressee.POST, call_at=call_at, now=centre.clock()
        )
    assert await centre.clock_engine.process_due() == 0
    centre.clock.advance(minutes=10)
    await centre.clock_engine.process_due()

    assert (await detail_of(centre, incident))["state"] == "dispatched"
    assert await centre.notified_accounts() == ["east-1", "east-2"]


async def test_incidents_about_equipment_do_not_make_a_camera_noisy(centre: Centre) -> None:
    for zone in ("a", "b"):
        await open_incident(centre, key=f"{KEY}|{zone}", camera="north-gate")

    async with centre.engine.connect() as connection:
        facts = await load_facts(connection, now=centre.clock())
    assert facts.incident_counts == ()
