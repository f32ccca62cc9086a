"""What a person can do with an account: the requests of the phone page and of the console."""

import hashlib
from typing import Any
from uuid import UUID

import httpx

PHOTO = b"\xff\xd8\xff\xe0 a photo of "

Item = dict[str, Any]
"""A JSON object of the API."""


class Client:
    """Requests of one account; a refusal is an answer like any other.

    Args:
        http: Is logged in.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def order(self, order: UUID) -> Item | None:
        """Read an order; ``None`` if it is not visible."""
        return await self._read(f"/v1/orders/{order}")

    async def my_orders(self) -> list[Item]:
        """List the open orders that the account may accept or has accepted."""
        page = await self._read("/v1/orders?mine=true&open=true")
        return page["items"] if page else []

    async def most_urgent(self, task: str) -> Item | None:
        """Return the most urgent incident that awaits a review or a verification, if any."""
        page = await self._read(f"/v1/incidents?view=queue&awaiting={task}&limit=1")
        return next(iter(page["items"]), None) if page else None

    async def act_on_order(self, order: Item, action: str, **body: object) -> bool:
        """Apply an action to the version of an order that was read; return whether it worked."""
        path = f"/v1/orders/{order['id']}/{action}"
        return await self._post(path, {"version": order["version"], **body})

    async def review(self, incident: Item, action: str, **body: object) -> bool:
        """Confirm or reject the version of an incident that was read."""
        path = f"/v1/incidents/{incident['id']}/{action}"
        return await self._post(path, {"version": incident["version"], **body})

    async def upload_photo(self, subject: str) -> str:
        """Upload a photo and return its SHA-256."""
        body = PHOTO + subject.encode()
        sha256 = hashlib.sha256(body).hexdigest()
        headers = {"Content-Type": "image/jpeg"}
        await self._http.put(f"/v1/evidence/{sha256}", content=body, headers=headers)
        return sha256

    async def close(self) -> None:
        """Close the client."""
        await self._http.aclose()

    async def _read(self, path: str) -> Item | None:
        answer = await self._http.get(path)
        return answer.json() if answer.status_code == 200 else None

    async def _post(self, path: str, body: Item) -> bool:
        return (await self._http.post(path, json=body)).is_success
