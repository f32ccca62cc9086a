"""From an alert to a closed incident, through the real routes."""

from typing import Any

import httpx

from tests.api.town import PHOTO, Centre, sha256


async def _post(page: httpx.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    answer = await page.post(path, json=body)
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


async def test_an_alert_is_dispatched_accepted_reported_verified_and_closed(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    worker, desk = await centre.client_of("east-1"), await centre.client_of("desk")
    [order] = (await worker.get("/v1/orders", params={"mine": True, "open": True})).json()["items"]
    path = f"/v1/orders/{order['id']}"

    assert order["addressed"]
    assert order["actions"] == ["accept", "return"]
    accepted = await _post(worker, f"{path}/accept", version=order["version"])
    started = await _post(worker, f"{path}/start", version=accepted["version"])
    stored = await worker.put(
        f"/v1/evidence/{sha256(PHOTO)}", content=PHOTO, headers={"Content-Type": "image/jpeg"}
    )
    assert stored.status_code == 201
    reported = await _post(
        worker,
        f"{path}/report",
        version=started["version"],
        note="dispersed",
        photos=[sha256(PHOTO)],
        found=True,
    )
    assert reported["actions"] == []
    closed = await _post(
        desk,
        f"{path}/verify",
        version=reported["version"],
        passed=True,
        confirm_still_firing=True,
    )

    closed_incident = (await desk.get(f"/v1/incidents/{incident}")).json()
    assert closed["state"] == closed_incident["state"] == "closed"
    assert [line["action"] for line in closed_incident["history"]][-5:] == [
        "dispatch",
        "accept",
        "start",
        "report",
        "verify",
    ]
    assert [verdict["stage"] for verdict in closed_incident["verdicts"]] == ["on_site"]
    assert closed_incident["orders"][0]["photos"] == [sha256(PHOTO)]
    assert (await desk.get(f"/v1/evidence/{sha256(PHOTO)}")).content == PHOTO
