"""A real centre in a process of its own, its clock, its messaging gateway and its HTTP clients."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from api.equipment.calls import EQUIPMENT_TITLES
from gridwatch.demo.webhook_sink import run_webhook_sink
from pipeline.wire import Node
from tests.api.nodes import NodeClient
from tests.brokers import free_port
from tests.end_to_end.incidents.node import AlertNode
from tests.end_to_end.incidents.shifted_clock import CLOCK_VARIABLE, SEPARATOR, TRUE_NOW
from tests.end_to_end.incidents.town import (
    ADMIN,
    EMERGENCY_CONTACT,
    PASSWORD,
    QuarterPlan,
    free_quarters,
    is_staffed,
    write_town,
)
from tests.waiting import wait_until

Json = dict[str, Any]
PROGRAM = (sys.executable, "-m", "tests.end_to_end.incidents.shifted_clock")
ROOT = Path(__file__).resolve().parents[3]
EQUIPMENT = {title.en for title in EQUIPMENT_TITLES.values()}
DATA_FOLDER = "central"
QUIET_S = 0.2
"""Notifications that were due together arrive within this time of each other."""
NODE = Node("demo", "market", "box-1")
BAD_NODE = Node("demo", "market", "box-2")


@dataclass(frozen=True, slots=True)
class Push:
    """A notification that has reached the messaging gateway of the city."""

    account: str
    kind: str
    incident: str
    level: str
    order: str | None
    title: str

    @property
    def is_about_equipment(self) -> bool:
        """Whether it is about a node, a camera or the roster, not about what a camera saw."""
        return self.title in EQUIPMENT


class Http:
    """A client of one account; it logs in again when its login has ended."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._client = httpx.Client(base_url=url, timeout=30)
        self._log_in()

    def get(self, path: str, **params: str | float) -> Json:
        """Return the payload of a path."""
        response = self.request("GET", path, params=params)
        assert response.is_success, f"{path}: {response.status_code} {response.text}"
        return dict(response.json())

    def post(self, path: str, **body: object) -> Json:
        """Send a request that has to succeed, and return its payload."""
        response = self.request("POST", path, json=body)
        assert response.is_success, f"{path}: {response.status_code} {response.text}"
        return dict(response.json()) if response.content else {}

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | float] | None = None,
        json: object = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send a request, with JSON or a photo."""
        headers = {"Content-Type": "image/jpeg"} if content else {}

        def send() -> httpx.Response:
            return self._client.request(
                method, path, params=params, json=json, content=content, headers=headers
            )

        response = send()
        if response.status_code == 401:
            self._log_in()
            response = send()
        return response

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _log_in(self) -> None:
        login = {"name": self.name, "password": PASSWORD}
        self._client.post("/v1/login", json=login).raise_for_status()


@dataclass(slots=True, kw_only=True)
class RunningCentre:
    """``gridwatch central run`` with embedded database and broker.

    Attributes:
        pushes: What has reached the webhook, in order of arrival.
    """

    folder: Path
    port: int
    broker_port: int
    environment: Mapping[str, str]
    keys: Mapping[str, bytes]
    pushes: list[Push]
    process: subprocess.Popen[bytes] = field(init=False)
    people: dict[str, Http] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    last_quarter: QuarterPlan = field(init=False)
    _free: list[QuarterPlan] = field(default_factory=free_quarters)

    def __post_init__(self) -> None:
        """Keep one quarter for the alerts that only show how far the centre has got."""
        self.last_quarter = self.take_quarter()

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        options = ["--port", str(self.port), "--broker-port", str(self.broker_port)]
        command = [*PROGRAM, "central", "run", *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        wait_until(self.is_ready, 90)

    def stop(self) -> None:
        """End the process as a service manager does."""
        self.process.terminate()
        self.process.wait(30)

    def close(self) -> None:
        """Stop the centre and close every connection to it."""
        for http in self.people.values():
            http.close()
        self.stop()

    @property
    def url(self) -> str:
        """The address of its console."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """The log of the process."""
        return (self.folder / "log").read_text("utf-8", errors="replace")

    def is_ready(self) -> bool:
        """Return whether all its parts work."""
        assert self.process.poll() is None, self.log[-3000:]
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/v1/health", timeout=5).is_success
        return False

    def now(self) -> datetime:
        """Return the time of the centre."""
        return TRUE_NOW() + self.ahead

    def advance(self, **length: float) -> None:
        """Move the clock of the centre forward."""
        self.ahead += timedelta(**length)
        write_clock(self.folder, self.ahead)

    def run(self, *arguments: str) -> str:
        """Run another command of ``gridwatch`` on the data of the centre."""
        return run_command(self.environment, *arguments)

    def as_account(self, name: str) -> Http:
        """Return the client of an account."""
        if name not in self.people:
            self.people[name] = Http(self.url, name)
        return self.people[name]

    @property
    def admin(self) -> Http:
        """The client of the administrator of the city."""
        return self.as_account(ADMIN)

    def wait_for_quiet(self) -> None:
        """Wait until nothing has been sent for a moment."""
        last, since = len(self.pushes), time.monotonic()
        while time.monotonic() - since < QUIET_S:
            time.sleep(0.02)
            if len(self.pushes) != last:
                last, since = len(self.pushes), time.monotonic()

    @contextmanager
    def connect(self, node: Node = NODE) -> Iterator[AlertNode]:
        """Connect a node to the broker."""
        client = NodeClient(self.broker_port, node, self.keys[str(node)])
        client.open()
        try:
            yield AlertNode(client)
        finally:
            client.close()

    def take_quarter(self, *, staffed: bool = True) -> QuarterPlan:
        """Return a quarter that no other test uses."""
        plan = next(plan for plan in self._free if is_staffed(plan) is staffed)
        self._free.remove(plan)
        return plan


def write_clock(folder: Path, ahead: timedelta) -> None:
    """Set the clock of the centre with one atomic rename."""
    new = folder / "clock.new"
    new.write_text(str(ahead.total_seconds()))
    new.rename(folder / "clock")


def run_command(environment: Mapping[str, str], *arguments: str) -> str:
    """Run ``gridwatch`` and return what it prints."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def run_centre(folder: Path, *nodes: Node) -> Iterator[RunningCentre]:
    """Import the city, enroll the nodes, and run a centre until the block ends."""
    write_clock(folder, timedelta())
    pushes: list[Push] = []
    with run_webhook_sink(lambda body: pushes.append(_push(body))) as webhook:
        environment = os.environ | {
            CLOCK_VARIABLE: str(folder / "clock"),
            "GRIDWATCH_DATA": str(folder / DATA_FOLDER),
            "GRIDWATCH_FIRST_LOOK": "false",  # its cameras are no new ones
            "GRIDWATCH_WEBHOOK_URL": webhook,
            "GRIDWATCH_EMERGENCY_CONTACTS": json.dumps([EMERGENCY_CONTACT]),
        }
        files = write_town(folder / "town", now=TRUE_NOW())
        commands = [["central", "import", *map(str, files)]]
        commands += [["central", "enroll", str(node), "--json"] for node in nodes]
        printed = run_command(environment, *join_commands(commands))
        centre = RunningCentre(
            folder=folder,
            port=free_port(),
            broker_port=free_port(),
            environment=environment,
            keys=_read_keys(printed),
            pushes=pushes,
        )
        try:
            centre.start()
            yield centre
        finally:
            centre.close()


def join_commands(commands: Sequence[Sequence[str]]) -> list[str]:
    """Return the arguments of a program that runs one command after the other."""
    first, *others = commands
    return [*first, *(word for command in others for word in (SEPARATOR, *command))]


def _read_keys(printed: str) -> dict[str, bytes]:
    """Return the keys of the enrolled nodes, by name."""
    enrolled = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return {node["node"]: bytes.fromhex(node["key"]) for node in enrolled}


def _push(body: Json) -> Push:
    return Push(
        account=body["account"],
        kind=body["kind"],
        incident=body["incident"],
        level=body["level"],
        order=body["order"],
        title=body["title"]["en"],
    )
