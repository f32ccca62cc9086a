"""One quarter of the city: its cameras, its people, and what they are called for."""

import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Unpack

from pipeline.signal import Level
from tests.end_to_end.incidents.centre import Http, Json, Push, RunningCentre
from tests.end_to_end.incidents.node import (
    AlertNode,
    AlertValues,
    Episode,
    RevisionValues,
    next_revision,
    open_episode,
)
from tests.end_to_end.incidents.town import QuarterPlan
from tests.waiting import wait_until

NOT_LATE = timedelta()
NUMBERS = count(1)


@dataclass(slots=True)
class Quarter:
    """One quarter of the city, and everything a test does there."""

    centre: RunningCentre
    node: AlertNode
    plan: QuarterPlan

    def open(self, *, ago: timedelta = NOT_LATE, **values: Unpack[AlertValues]) -> Episode:
        """Publish a new alert of the quarter's camera and wait until it is stored.

        Args:
            ago: How long ago it was seen; the node could not send it before.
        """
        episode = self.prepare(ago=ago, **values)
        self.node.publish(episode)
        return episode

    def prepare(self, *, ago: timedelta = NOT_LATE, **values: Unpack[AlertValues]) -> Episode:
        """Return a new alert without publishing it."""
        values.setdefault("location", self.plan.location(self.plan.east))
        values.setdefault("camera", self.camera)
        return open_episode(at=self.centre.now() - ago, node=self.node.client.node, **values)

    def revise(self, episode: Episode, **values: Unpack[RevisionValues]) -> Episode:
        """Publish the next revision of an alert."""
        revised = next_revision(episode, at=self.centre.now(), **values)
        self.node.publish(revised)
        return revised

    def advance(self, **length: float) -> None:
        """Move the clock of the centre forward, and let the centre do what is due.

        A minor alert of another quarter follows: once it has been called, everything else that was
        due has been called before.
        """
        self.centre.advance(**length)
        last = Quarter(self.centre, self.node, self.centre.last_quarter)
        last.open(level=Level.MINOR, scenario=f"last_{next(NUMBERS)}")
        [incident] = last.incidents(open=True)
        last.wait_for_push("east-1", "dispatch", incident=incident["id"])
        self.centre.wait_for_quiet()
        last.leave()

    def leave(self) -> None:
        """Reject what is open, so that its clocks do not run in the tests that follow."""
        for incident in self.incidents(open=True):
            if "reject" in incident["actions"]:
                path = f"/v1/incidents/{incident['id']}/reject"
                body = {"version": incident["version"], "reason": "the test is over"}
                self.desk.request("POST", path, json=body)

    @property
    def camera(self) -> str:
        """The name of its camera."""
        return f"camera-{self.plan.number}"

    def person(self, short_name: str) -> Http:
        """Return the client of one of its people."""
        return self.centre.as_account(self.plan.account(short_name))

    @property
    def desk(self) -> Http:
        """The client of its operator."""
        return self.person("desk")

    def incidents(self, **params: str | float) -> list[Json]:
        """List its incidents, newest first; none about equipment."""
        items: list[Json] = self.desk.get("/v1/incidents", **params)["items"]
        return [item for item in items if item["incident_class"] == "safety"]

    def incident(self) -> Json:
        """Return its only incident with everything known of it."""
        [incident] = self.incidents()
        return self.detail(incident["id"])

    def detail(self, incident: str) -> Json:
        """Return an incident with everything known of it."""
        detail: Json = self.desk.get(f"/v1/incidents/{incident}")
        return detail

    def pushes(self, kind: str | None = None, *, incident: str | None = None) -> list[Push]:
        """Return what was sent about its incidents, in order of arrival; none about equipment."""
        prefix = self.plan.account("")
        pushes = list(self.centre.pushes)
        ours = {push.incident for push in pushes if push.account.startswith(prefix)}
        return [
            push
            for push in pushes
            if push.incident in ours and not push.is_about_equipment
            if kind is None or push.kind == kind
            if incident is None or push.incident == incident
        ]

    def called(self, kind: str | None = None, *, incident: str | None = None) -> list[str]:
        """Return the short names of those who were notified, without repetitions, sorted."""
        pushes = self.pushes(kind, incident=incident)
        return sorted({self.short_name(push) for push in pushes})

    def wait_for_push(
        self, name: str, kind: str | None = None, *, incident: str | None = None, n: int = 1
    ) -> None:
        """Wait until somebody has been notified ``n`` times."""

        def has_arrived() -> bool:
            pushes = self.pushes(kind, incident=incident)
            return sum(self.short_name(push) == name for push in pushes) >= n

        try:
            wait_until(has_arrived, 10)
        except AssertionError:
            failure = f"{name} was not notified ({kind}); {self.describe_pushes()}"
            raise AssertionError(failure) from None

    def advance_until_called(
        self, name: str, kind: str | None = None, *, steps: int = 12, **length: float
    ) -> list[str]:
        """Move the clock forward until somebody has been notified.

        Returns:
            Who was notified in the meantime, in order of the first notification.
        """
        n_before = len(self.pushes())
        for _ in range(steps):
            self.advance(**length)
            pushes = self.pushes()[n_before:]
            if any(self.short_name(push) == name and kind in {None, push.kind} for push in pushes):
                return list(dict.fromkeys(map(self.short_name, pushes)))
        raise AssertionError(f"{name} was not notified ({kind}); {self.describe_pushes()}")

    def short_name(self, push: Push) -> str:
        """Return who was notified, without the number of the quarter."""
        return push.account.removeprefix(self.plan.account(""))

    def describe_pushes(self) -> str:
        """Return the newest notifications in words."""
        return ", ".join(f"{self.short_name(push)}: {push.kind}" for push in self.pushes()[-20:])

    def accept(self, name: str = "east-1") -> Json:
        """Accept the open order of one of its workers."""
        return self.act(name, self.order(name), "accept")

    def order(self, name: str = "east-1") -> Json:
        """Return the open order that one of its workers sees."""
        query = {"mine": True, "open": True}
        [order] = self.person(name).get("/v1/orders", **query)["items"]
        found: Json = order
        return found

    def order_of(self, incident: Json, name: str = "desk") -> Json:
        """Return the newest order of an incident as one of its people sees it."""
        found: Json = self.person(name).get(f"/v1/orders/{incident['order']['id']}")
        return found

    def act(self, name: str, order: Json, action: str, **body: object) -> Json:
        """Apply an action to an order."""
        path = f"/v1/orders/{order['id']}/{action}"
        changed: Json = self.person(name).post(path, version=order["version"], **body)
        return changed

    def work_until(self, state: str, name: str = "east-1") -> Json:
        """Accept an order and work on it until a state."""
        order = self.accept(name)
        if state != "accepted":
            order = self.act(name, order, "start")
        if state == "feedback":
            order = self.act(name, order, "report", photos=[self.upload(name)], found=True)
        assert order["state"] == state
        return order

    def plan_shift(self, name: str, *, hours: float, path: str = "shifts", **more: str) -> Json:
        """Let the supervisor plan a shift of somebody that begins now."""
        shift = {
            "account": self.plan.account(name),
            "area": self.plan.people()[name][1],
            "ends_at": (self.centre.now() + timedelta(hours=hours)).isoformat(),
        }
        planned: Json = self.person("chief").post(f"/v1/{path}", **shift, **more)
        return planned

    def shift_of(self, name: str) -> Json:
        """Return the running shift of somebody."""
        shifts = self.person("chief").get("/v1/shifts", area=self.plan.district)["items"]
        return next(shift for shift in shifts if shift["account"] == self.plan.account(name))

    def on_duty(self) -> list[str]:
        """Return who the duty page names for the eastern micro-grid, sorted."""
        place = self.plan.location(self.plan.east)
        duty = self.desk.get("/v1/duty", lon=place.lon, lat=place.lat)
        first = [worker["account"] for worker in duty["on_duty"] if worker["step"] == 1]
        return sorted(name.removeprefix(self.plan.account("")) for name in first)

    def upload(self, name: str = "east-1") -> str:
        """Upload a photo that nobody has uploaded before, and return its checksum."""
        return upload_photo(self.person(name), f"{self.plan.number} {time.monotonic_ns()}")


def upload_photo(http: Http, content: str) -> str:
    """Upload a photo and return its checksum."""
    photo = b"\xff\xd8\xff\xe0" + content.encode()
    checksum = sha256(photo).hexdigest()
    response = http.request("PUT", f"/v1/evidence/{checksum}", content=photo)
    assert response.is_success, response.text
    return checksum
