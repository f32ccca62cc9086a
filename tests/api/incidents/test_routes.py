"""The desk's word: confirm and reject, who may, and what a repeated request does."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api.town import Centre


async def say(
    page: httpx.AsyncClient, incident: UUID, word: str, **given: object
) -> httpx.Response:
    headers = {"Idempotency-Key": str(given.pop("key"))} if "key" in given else {}
    return await page.post(f"/v1/incidents/{incident}/{word}", json=given, headers=headers)


async def read(page: httpx.AsyncClient, incident: UUID) -> dict[str, Any]:
    told: dict[str, Any] = (await page.get(f"/v1/incidents/{incident}")).json()
    return told


async def test_a_doubtful_one_waits_for_the_desk_and_is_then_dispatched(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    assert await centre.dispatcher.process_pending() == 0
    waiting = await read(desk, incident)
    answer = await say(desk, incident, "confirm", version=waiting["version"])
    await centre.dispatcher.process_pending()

    assert (waiting["state"], waiting["actions"]) == ("new", ["confirm", "reject"])
    assert answer.json()["state"] == "filed"
    assert await centre.notified_accounts() == ["east-1", "east-2"]


async def test_a_review_that_takes_too_long_shows(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    in_time = await read(desk, incident)
    centre.clock.advance(minutes=10)

    assert (in_time["overdue"], (await read(desk, incident))["overdue"]) == (False, True)


async def test_rejecting_takes_back_the_order_and_its_calls(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.dispatcher.process_pending()
    desk, worker = await centre.client_of("desk"), await centre.client_of("east-1")
    version = (await read(desk, incident))["version"]
    answer = await say(desk, incident, "reject", version=version, reason="a shadow")

    told = answer.json()
    assert (told["state"], told["actions"]) == ("rejected", [])
    assert told["verdicts"][0]["value"] == "false"
    assert [order["state"] for order in told["orders"]] == ["cancelled"]
    assert await centre.notified_accounts() == []
    assert (await worker.get("/v1/orders", params={"open": True})).json()["items"] == []


async def test_confirming_what_is_on_its_way_only_adds_a_word(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.dispatcher.process_pending()
    desk = await centre.client_of("desk")
    before = await read(desk, incident)
    after = (await say(desk, incident, "confirm", version=before["version"])).json()

    assert after["state"] == "dispatched"
    assert [verdict["value"] for verdict in after["verdicts"]] == ["true"]
    assert "confirm" not in after["actions"]


async def test_an_old_version_is_refused_and_told_the_new_one(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk, chief = await centre.client_of("desk"), await centre.client_of("chief")
    version = (await read(desk, incident))["version"]
    await say(chief, incident, "reject", version=version, reason="a shadow")
    answer = await say(desk, incident, "confirm", version=version)

    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (409, "stale")
    assert (problem["state"], problem["version"]) == ("rejected", version + 1)


async def test_the_same_request_again_is_done_once(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    version = (await read(desk, incident))["version"]
    first = await say(desk, incident, "confirm", version=version, key="phone-0001")
    again = await say(desk, incident, "confirm", version=version, key="phone-0001")

    assert first.json() == again.json()
    assert len(again.json()["verdicts"]) == 1


async def test_a_key_serves_one_request_only(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    await say(desk, incident, "confirm", version=1, key="phone-0001")
    answer = await say(desk, incident, "reject", version=2, reason="no", key="phone-0001")

    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize("reason", ["", "   "], ids=["empty", "blank"])
async def test_who_rejects_has_to_say_why(centre: Centre, reason: str) -> None:
    incident = await centre.raise_alert(score=0.4)
    answer = await say(await centre.client_of("desk"), incident, "reject", version=1, reason=reason)

    assert answer.status_code in {409, 422}


async def test_another_district_sees_nothing_of_it(centre: Centre) -> None:
    incident = await centre.raise_alert()
    page = await centre.client_of("desk-elsewhere")

    assert (await page.get(f"/v1/incidents/{incident}")).status_code == 404
    assert (await page.get("/v1/incidents")).json()["items"] == []
    assert (await say(page, incident, "confirm", version=1)).status_code == 404


async def test_a_worker_sees_only_what_they_are_called_to(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.dispatcher.process_pending()
    called, other = await centre.client_of("east-1"), await centre.client_of("west-1")

    assert (await called.get(f"/v1/incidents/{incident}")).json()["actions"] == []
    assert (await other.get(f"/v1/incidents/{incident}")).status_code == 404
    assert (await called.get("/v1/stats")).status_code == 403


async def test_the_queue_comes_in_pages_that_hold_each_incident_once(centre: Centre) -> None:
    made = [await centre.raise_alert(f"{n}", camera=f"camera-{n}") for n in range(5)]
    desk = await centre.client_of("desk")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        wanted = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await desk.get("/v1/incidents", params=wanted)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert sorted(seen) == sorted(map(str, made))
    assert cursor is None


async def test_an_incident_tells_where_it_is_and_why(centre: Centre) -> None:
    told = await read(await centre.client_of("desk"), await centre.raise_alert())

    assert told["area"]["path"] == ["City", "District", "Street", "Community", "Grid", "East"]
    assert told["because"] == {"zh": "九人聚集", "en": "nine people stand together"}
    assert told["snapshot"]["available"] is False
    assert told["boxes"] == [[0.1, 0.2, 0.1, 0.3]]
    assert len(told["reasons"]) == 2
