"""Confirm and reject incidents: who may, and what a repeated request does."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api.town import Centre


async def review(
    page: httpx.AsyncClient, incident: UUID, action: str, **body: object
) -> httpx.Response:
    headers = {"Idempotency-Key": str(body.pop("key"))} if "key" in body else {}
    return await page.post(f"/v1/incidents/{incident}/{action}", json=body, headers=headers)


async def read(page: httpx.AsyncClient, incident: UUID) -> dict[str, Any]:
    payload: dict[str, Any] = (await page.get(f"/v1/incidents/{incident}")).json()
    return payload


async def test_an_uncertain_incident_is_dispatched_once_a_desk_confirms_it(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    assert await centre.clock_engine.process_due() == 0
    waiting = await read(desk, incident)
    answer = await review(desk, incident, "confirm", version=waiting["version"])
    await centre.clock_engine.process_due()

    assert (waiting["state"], waiting["actions"][:3]) == ("new", ["confirm", "reject", "dispatch"])
    assert answer.json()["state"] == "filed"
    assert await centre.notified_accounts() == ["east-1", "east-2"]


async def test_a_late_review_is_overdue(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    in_time = await read(desk, incident)
    centre.clock.advance(minutes=10)

    assert (in_time["overdue"], (await read(desk, incident))["overdue"]) == (False, True)


async def test_rejecting_cancels_the_order_and_its_notifications(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    desk, worker = await centre.client_of("desk"), await centre.client_of("east-1")
    version = (await read(desk, incident))["version"]
    answer = await review(desk, incident, "reject", version=version, reason="a shadow")

    rejected = answer.json()
    assert (rejected["state"], rejected["actions"]) == ("rejected", ["undo", "note"])
    assert rejected["verdicts"][0]["value"] == "false"
    assert [order["state"] for order in rejected["orders"]] == ["cancelled"]
    assert await centre.notified_accounts() == []
    assert (await worker.get("/v1/orders", params={"open": True})).json()["items"] == []


async def test_confirming_a_dispatched_incident_only_adds_a_verdict(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    desk = await centre.client_of("desk")
    before = await read(desk, incident)
    after = (await review(desk, incident, "confirm", version=before["version"])).json()

    assert after["state"] == "dispatched"
    assert [verdict["value"] for verdict in after["verdicts"]] == ["true"]
    assert "confirm" not in after["actions"]


async def test_an_old_version_is_refused_with_the_new_one(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk, chief = await centre.client_of("desk"), await centre.client_of("chief")
    version = (await read(desk, incident))["version"]
    await review(chief, incident, "reject", version=version, reason="a shadow")
    answer = await review(desk, incident, "confirm", version=version)

    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (409, "stale")
    assert (problem["state"], problem["version"]) == ("rejected", version + 1)


async def test_a_repeated_request_is_carried_out_once(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    version = (await read(desk, incident))["version"]
    first = await review(desk, incident, "confirm", version=version, key="phone-0001")
    again = await review(desk, incident, "confirm", version=version, key="phone-0001")

    assert first.json() == again.json()
    assert len(again.json()["verdicts"]) == 1


async def test_an_idempotency_key_serves_one_request_only(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    desk = await centre.client_of("desk")
    await review(desk, incident, "confirm", version=1, key="phone-0001")
    answer = await review(desk, incident, "reject", version=2, reason="no", key="phone-0001")

    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize("reason", ["", "   "], ids=["empty", "blank"])
async def test_rejecting_needs_a_reason(centre: Centre, reason: str) -> None:
    incident = await centre.raise_alert(score=0.4)
    answer = await review(
        await centre.client_of("desk"), incident, "reject", version=1, reason=reason
    )

    assert answer.status_code in {409, 422}


async def test_a_desk_of_another_district_does_not_see_the_incident(centre: Centre) -> None:
    incident = await centre.raise_alert()
    page = await centre.client_of("desk-elsewhere")

    assert (await page.get(f"/v1/incidents/{incident}")).status_code == 404
    assert (await page.get("/v1/incidents")).json()["items"] == []
    assert (await review(page, incident, "confirm", version=1)).status_code == 404


async def test_a_worker_sees_only_incidents_they_were_notified_of(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    notified, other = await centre.client_of("east-1"), await centre.client_of("west-1")

    assert (await notified.get(f"/v1/incidents/{incident}")).json()["actions"] == ["note"]
    assert (await other.get(f"/v1/incidents/{incident}")).status_code == 404
    assert (await notified.get("/v1/stats")).status_code == 403


async def test_the_pages_of_the_list_contain_each_incident_once(centre: Centre) -> None:
    incidents = [await centre.raise_alert(f"{n}", camera=f"camera-{n}") for n in range(5)]
    desk = await centre.client_of("desk")
    listed: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await desk.get("/v1/incidents", params=params)).json()
        listed += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert sorted(listed) == sorted(map(str, incidents))
    assert cursor is None


async def test_an_incident_has_its_location_and_its_reasons(centre: Centre) -> None:
    incident = await read(await centre.client_of("desk"), await centre.raise_alert())

    assert incident["area"]["path"] == ["City", "District", "Street", "Community", "Grid", "East"]
    assert incident["because"] == {"zh": "九人聚集", "en": "nine people stand together"}
    assert incident["snapshot"]["available"] is False
    assert incident["boxes"] == [[0.1, 0.2, 0.1, 0.3]]
    assert len(incident["reasons"]) == 2
