"""Steps of people that tests of incidents share: read, act, accept, report."""

from typing import Any
from uuid import UUID

import httpx

from tests.api.town import PHOTO, Centre, sha256

Item = dict[str, Any]


async def page_of(centre: Centre, name: str) -> httpx.AsyncClient:
    """Return the page of an account; log in again when a login has expired."""
    page = await centre.client_of(name)
    if (await page.get("/v1/me")).status_code == 401:
        await centre.pages.pop(name).aclose()
        page = await centre.client_of(name)
    return page


async def read(centre: Centre, incident: UUID, *, name: str = "desk") -> Item:
    """Return an incident as an account sees it."""
    page = await page_of(centre, name)
    item: Item = (await page.get(f"/v1/incidents/{incident}")).json()
    return item


async def request(
    centre: Centre, incident: UUID, action: str, *, name: str = "desk", **body: object
) -> httpx.Response:
    """Send an action on the current version of an incident; ``key`` is its idempotency key."""
    headers = {"Idempotency-Key": str(body.pop("key"))} if "key" in body else {}
    if action != "notes" and "version" not in body:
        body["version"] = (await read(centre, incident, name=name))["version"]
    page = await page_of(centre, name)
    return await page.post(f"/v1/incidents/{incident}/{action}", json=body, headers=headers)


async def act(
    centre: Centre, incident: UUID, action: str, *, name: str = "desk", **body: object
) -> Item:
    """Take an action that must be allowed, and return the incident after it."""
    answer = await request(centre, incident, action, name=name, **body)
    assert answer.status_code == 200, answer.text
    item: Item = answer.json()
    return item


async def open_orders(centre: Centre, name: str) -> list[Item]:
    """List the open orders on the phone of an account."""
    page = await page_of(centre, name)
    answer = await page.get("/v1/orders", params={"mine": True, "open": True})
    items: list[Item] = answer.json()["items"]
    return items


async def request_on_order(
    centre: Centre, order: str, action: str, *, name: str, **body: object
) -> httpx.Response:
    """Send an action on the current version of an order."""
    headers = {"Idempotency-Key": str(body.pop("key"))} if "key" in body else {}
    page = await page_of(centre, name)
    path = f"/v1/orders/{order}"
    if "version" not in body:
        body["version"] = (await page.get(path)).json()["version"]
    return await page.post(f"{path}/{action}", json=body, headers=headers)


async def act_on_order(
    centre: Centre, order: str, action: str, *, name: str, **body: object
) -> Item:
    """Take an action on an order that must be allowed, and return the order after it."""
    answer = await request_on_order(centre, order, action, name=name, **body)
    assert answer.status_code == 200, answer.text
    item: Item = answer.json()
    return item


async def dispatched(centre: Centre) -> tuple[UUID, str]:
    """Raise an alert that is dispatched, and return its incident and order."""
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    return incident, (await read(centre, incident))["order"]["id"]


async def accepted(centre: Centre, *, name: str = "east-1") -> tuple[UUID, str]:
    """Return an incident and its order, which a worker has accepted."""
    incident, order = await dispatched(centre)
    await act_on_order(centre, order, "accept", name=name)
    return incident, order


async def handling(centre: Centre, *, name: str = "east-1") -> tuple[UUID, str]:
    """Return an incident and its order, on which a worker has started."""
    incident, order = await accepted(centre, name=name)
    await act_on_order(centre, order, "start", name=name)
    return incident, order


async def upload(centre: Centre, name: str, photo: bytes = PHOTO) -> str:
    """Upload a photo and return its SHA-256."""
    page = await page_of(centre, name)
    headers = {"Content-Type": "image/jpeg"}
    answer = await page.put(f"/v1/evidence/{sha256(photo)}", content=photo, headers=headers)
    assert answer.status_code in {200, 201}
    return sha256(photo)


async def report(centre: Centre, order: str, *, name: str = "east-1", photo: bytes = PHOTO) -> Item:
    """Report on an order with a photo."""
    photos = [await upload(centre, name, photo)]
    return await act_on_order(centre, order, "report", name=name, photos=photos, found=True)


async def reported(centre: Centre, *, name: str = "east-1") -> tuple[UUID, str]:
    """Return an incident and its order, on which a worker has reported."""
    incident, order = await handling(centre, name=name)
    await report(centre, order, name=name)
    return incident, order


async def notifications(centre: Centre, name: str, *, is_open: bool = True) -> list[str]:
    """List the kinds of the notifications on the phone of an account, newest first."""
    page = await page_of(centre, name)
    answer = await page.get("/v1/notifications", params={"open": is_open})
    return [item["kind"] for item in answer.json()["items"]]


async def show_notifications(centre: Centre, name: str) -> None:
    """Let the phone of an account confirm everything that it was sent."""
    page = await page_of(centre, name)
    answer = await page.get("/v1/notifications", params={"open": True})
    for item in answer.json()["items"]:
        await page.post(f"/v1/notifications/{item['id']}/delivered")
