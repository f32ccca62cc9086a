"""An operator who acts over HTTP, for tests of what the worker's page shows of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.console.demo_centre import PASSWORD, DemoCentre

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """A session of an operator."""

    client: httpx.Client

    @classmethod
    @contextmanager
    def log_in(cls, centre: DemoCentre, name: str = "OP-01") -> Iterator["Desk"]:
        """Open a session."""
        with httpx.Client(base_url=centre.url, timeout=60) as client:
            credentials = {"name": name, "password": PASSWORD}
            client.post("/v1/login", json=credentials).raise_for_status()
            yield cls(client)

    def read(self, camera: str) -> Item:
        """Return the newest incident of a camera."""
        params = {"view": "all", "camera": camera}
        [row, *_] = self.client.get("/v1/incidents", params=params).json()["items"]
        item: Item = self.client.get(f"/v1/incidents/{row['id']}").json()
        return item

    def act(self, camera: str, action: str, **body: object) -> None:
        """Take an action on the newest incident of a camera."""
        incident = self.read(camera)
        body["version"] = incident["version"]
        answer = self.client.post(f"/v1/incidents/{incident['id']}/{action}", json=body)
        assert answer.is_success, answer.text

    def act_on_order(self, camera: str, action: str, **body: object) -> None:
        """Take an action on the newest work order of a camera."""
        order = self.read(camera)["orders"][-1]
        body["version"] = order["version"]
        answer = self.client.post(f"/v1/orders/{order['id']}/{action}", json=body)
        assert answer.is_success, answer.text
