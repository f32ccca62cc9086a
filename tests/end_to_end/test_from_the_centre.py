"""A node on real footage, controlled from the real centre over HTTP and MQTT."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gridwatch.demo.town import NODE, PASSWORD
from tests.brokers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NODE_PATH = f"/v1/nodes/{str(NODE).replace('/', '.')}"
NORTH, SOUTH = "north-gate", "south-drive"
Json = dict[str, Any]


class Supervisor:
    """A client of a running demo, logged in as its supervisor."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)

    def close(self) -> None:
        self._http.close()

    def log_in(self) -> None:
        login = {"name": "SV-01", "password": PASSWORD}
        self._until(lambda: self._http.post("/v1/login", json=login), bool)

    def wait_for(self, path: str, until: Callable[[Json], bool]) -> Json:
        """Poll a path until its payload fulfils ``until``."""
        return self._until(lambda: self._http.get(path), until)

    def configure(self, rev: int, *cameras: Json) -> None:
        update = {"rev": rev, "config": {"camera": cameras}}
        self._http.put(f"{NODE_PATH}/config", json=update).raise_for_status()

    def run_command(self, kind: str, camera: str) -> Json:
        request = {"kind": kind, "camera": camera}
        command = self._http.post(f"{NODE_PATH}/commands", json=request).raise_for_status().json()
        return self.wait_for(
            f"{NODE_PATH}/commands/{command['id']}", lambda reply: reply["state"] != "waiting"
        )

    def picture(self, sha256: str) -> bytes:
        return self._http.get(f"/v1/evidence/{sha256}").raise_for_status().content

    @staticmethod
    def _until(call: Callable[[], httpx.Response], is_done: Callable[[Json], bool]) -> Json:
        deadline, last = time.monotonic() + 180, ""
        while time.monotonic() < deadline:
            try:
                payload: Json = call().raise_for_status().json()
                if is_done(payload):
                    return payload
                last = f"{payload}"
            except httpx.HTTPError as error:
                last = repr(error)
            time.sleep(0.5)
        raise AssertionError(f"condition not met within 180 s; last: {last}")


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    port = free_port()
    options = ["--port", str(port), "--data", str(tmp_path / "demo")]
    command = [sys.executable, "-m", "gridwatch", "demo", *options]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log) as demo:
        supervisor = Supervisor(f"http://127.0.0.1:{port}")
        try:
            supervisor.log_in()
            supervisor.wait_for(
                NODE_PATH, lambda node: bool(node["state"] == "online" and node["health"])
            )
            yield supervisor
        finally:
            supervisor.close()
            demo.terminate()
            demo.wait(60)


def has_status(rev: int, status: str) -> Callable[[Json], bool]:
    return lambda config: (
        (config["state"]["seen_rev"], config["state"]["status"])
        == (
            rev,
            status,
        )
    )


def test_a_supervisor_tests_inspects_and_configures_a_node(supervisor: Supervisor) -> None:
    self_test = supervisor.run_command("self_test", NORTH)
    snapshot = supervisor.run_command("snapshot", SOUTH)
    supervisor.wait_for(
        f"{NODE_PATH}/commands/{snapshot['id']}",
        lambda command: bool(command["snapshot_available"]),
    )
    picture = supervisor.picture(snapshot["snapshot"])
    supervisor.configure(0, {"name": NORTH, "enabled": False}, {"name": SOUTH})
    supervisor.wait_for(f"{NODE_PATH}/config", has_status(1, "applied"))
    supervisor.configure(1, {"name": NORTH, "zoen": []}, {"name": SOUTH})
    refused = supervisor.wait_for(f"{NODE_PATH}/config", has_status(2, "refused"))["state"]
    cameras = {
        camera["name"]: camera for camera in supervisor.wait_for("/v1/cameras", bool)["items"]
    }

    assert self_test["state"] == "done", self_test
    assert [step["passed"] for step in self_test["steps"]] == [True] * 4
    assert picture.startswith(b"\xff\xd8"), "a JPEG"
    assert (refused["rev"], refused["refused"][0]["key"]) == (1, "camera[north-gate].zoen")
    assert cameras[NORTH]["state"] == "disabled"
    assert cameras[NORTH]["drill_passed_at"] is not None
