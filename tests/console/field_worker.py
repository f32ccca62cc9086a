"""A worker who accepts, arrives and reports by HTTP, where a test is about the desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.console.demo_centre import PASSWORD, DemoCentre, sha256
from tests.waiting import wait_until


@dataclass(frozen=True, slots=True)
class FieldWorker:
    """A worker who is logged in."""

    client: httpx.Client

    def accept(self, camera: str) -> str:
        """Accept the order about a camera, once it has come; returns its id."""
        wait_until(lambda: self._find_order(camera) is not None)
        order = self._find_order(camera)
        assert order is not None
        self._act(order, "accept")
        return order

    def report(self, camera: str, photo: bytes, note: str) -> str:
        """Accept, arrive and report with a photo; returns the id of the order."""
        order = self.accept(camera)
        self._act(order, "start")
        self._send_report(order, photo, note)
        return order

    def report_again(self, camera: str, photo: bytes, note: str) -> None:
        """Report once more, after the desk has sent the work back."""
        order = self._find_order(camera)
        assert order is not None
        self._send_report(order, photo, note)

    def _send_report(self, order: str, photo: bytes, note: str) -> None:
        self.client.put(
            f"/v1/evidence/{sha256(photo)}", content=photo, headers={"Content-Type": "image/jpeg"}
        ).raise_for_status()
        self._act(order, "report", found=True, note=note, photos=[sha256(photo)])

    def _find_order(self, camera: str) -> str | None:
        orders = self.client.get("/v1/orders", params={"mine": True, "open": True}).json()["items"]
        found = [order["id"] for order in orders if order["incident"]["camera"] == camera]
        return found[0] if found else None

    def _act(self, order: str, action: str, **body: object) -> None:
        version = self.client.get(f"/v1/orders/{order}").json()["version"]
        answer = self.client.post(f"/v1/orders/{order}/{action}", json={"version": version, **body})
        answer.raise_for_status()


@contextmanager
def log_in_worker(centre: DemoCentre, name: str) -> Iterator[FieldWorker]:
    """Log a worker in."""
    with httpx.Client(base_url=centre.url) as client:
        client.post("/v1/login", json={"name": name, "password": PASSWORD}).raise_for_status()
        yield FieldWorker(client)
