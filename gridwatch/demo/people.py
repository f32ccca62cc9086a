"""The people of the live demo, who act over HTTP as the console and the phone do.

The desk rejects a false alarm and silences its camera; a worker handles an order, and the desk
sends the report back once. Everything else is left to the visitor, and one worker never answers.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import cv2
import httpx

from gridwatch.demo.town import OPERATOR, PASSWORD, WORKER
from gridwatch.errors import DemoError

Item = dict[str, Any]
"""A JSON object of the API."""

SEEN_FOR_S = 5.0
"""How long a visitor sees something before it is acted upon."""

FALSE_ALARM, HANDLED = "loitering", "intrusion"
PHOTO_AT_S = 40
SUPPRESS_FOR_S = 3600
WHAT_WAS_DONE = {
    "accept": f"{WORKER} accepted the order",
    "start": f"{WORKER} arrived",
    "report": f"{WORKER} reported, with a photo",
    "verify": f"{OPERATOR} sent the report back",
}
REWORK = "照片未显示车道，请补拍"


class DemoPeople:
    """An operator and a worker.

    Args:
        clip: The worker takes the photo from it.
        clock: Seconds, for the pauses between what they do.
        print_line: Is told what they have done.
    """

    def __init__(
        self,
        url: str,
        clip: Path,
        *,
        clock: Callable[[], float],
        print_line: Callable[[str], None],
    ) -> None:
        self._desk, self._phone = _log_in(url, OPERATOR), _log_in(url, WORKER)
        self._clip = clip
        self._clock = clock
        self._print_line = print_line
        self._seen_at: dict[tuple[str, str], float] = {}
        self._has_sent_back = False

    def act(self) -> None:
        """Do what is due; another person may have been faster, which is no error."""
        with suppress(httpx.TransportError):  # the centre is busy: later
            self._act()

    def _act(self) -> None:
        for row in _items(self._desk, "/v1/incidents", view="queue", awaiting="review"):
            if row["scenario"] == FALSE_ALARM and self._is_due(row):
                self._reject(row)
        for order in _items(self._phone, "/v1/orders", mine=True, open=True):
            if order["incident"]["scenario"] == HANDLED and self._is_due(order):
                self._go_on(order)

    def close(self) -> None:
        """Close the connections."""
        self._desk.close()
        self._phone.close()

    def _is_due(self, item: Item) -> bool:
        """Return whether an item has been in its state for a while."""
        now = self._clock()
        return now - self._seen_at.setdefault((item["id"], item["state"]), now) >= SEEN_FOR_S

    def _reject(self, row: Item) -> None:
        body = {
            "version": row["version"],
            "reason_code": "normal_activity",
            "suppress_for_s": SUPPRESS_FOR_S,
        }
        if self._desk.post(f"/v1/incidents/{row['id']}/reject", json=body).is_success:
            self._print_line(f"  {OPERATOR} rejected a false alarm and silenced its camera for 1 h")

    def _go_on(self, order: Item) -> None:
        """Take the next step of an order: accept, arrive, report; the report is sent back once."""
        actions = set(order["actions"])
        if self._has_sent_back:
            return
        for action in ("accept", "start"):
            if action in actions:
                self._act_on_order(self._phone, order, action)
                return
        if "report" in actions:
            photo = self._upload_photo()
            self._act_on_order(self._phone, order, "report", photos=[photo], found=True)
        elif order["state"] == "feedback":
            self._has_sent_back = self._act_on_order(
                self._desk, order, "verify", passed=False, reason=REWORK
            )

    def _act_on_order(self, client: httpx.Client, order: Item, action: str, **body: object) -> bool:
        path = f"/v1/orders/{order['id']}/{action}"
        done = client.post(path, json={"version": order["version"], **body}).is_success
        if done:
            self._print_line(f"  {WHAT_WAS_DONE[action]}")
        return done

    def _upload_photo(self) -> str:
        body = _frame_as_jpeg(self._clip, PHOTO_AT_S)
        sha256 = hashlib.sha256(body).hexdigest()
        headers = {"Content-Type": "image/jpeg"}
        self._phone.put(f"/v1/evidence/{sha256}", content=body, headers=headers)
        return sha256


def _log_in(url: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=10)
    client.post("/v1/login", json={"name": name, "password": PASSWORD}).raise_for_status()
    return client


def _items(client: httpx.Client, path: str, **params: str | bool) -> list[Item]:
    """Read a list; an answer that is no success is an empty one."""
    answer = client.get(path, params=params)
    items: list[Item] = answer.json()["items"] if answer.is_success else []
    return items


def _frame_as_jpeg(clip: Path, at_s: float) -> bytes:
    """Return a picture of a recording.

    Raises:
        DemoError: It has none at that time.
    """
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            if frame.time >= at_s:
                written, jpeg = cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))
                if written:
                    return jpeg.tobytes()
    raise DemoError(f"{clip} has no picture at {at_s} s")
