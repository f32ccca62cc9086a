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

BOX = f"/v1/nodes/{str(NODE).replace('/', '.')}"
NORTH, SOUTH = "north-gate", "south-drive"
Json = dict[str, Any]


class Desk:
    """The supervisor's, of a demonstration that runs."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)

    def close(self) -> None:
        self._http.close()

    def log_in(self) -> None:
        who = {"name": "SV-01", "password": PASSWORD}
        self._until(lambda: self._http.post("/v1/login", json=who), bool)

    def see(self, path: str, until: Callable[[Json], bool]) -> Json:
        """Wait until something is true of what is shown."""
        return self._until(lambda: self._http.get(path), until)

    def want(self, rev: int, *cameras: Json) -> None:
        given = {"rev": rev, "config": {"camera": cameras}}
        self._http.put(f"{BOX}/config", json=given).raise_for_status()

    def ask(self, kind: str, camera: str) -> Json:
        given = {"kind": kind, "camera": camera}
        asked = self._http.post(f"{BOX}/commands", json=given).raise_for_status().json()
        return self.see(f"{BOX}/commands/{asked['id']}", lambda told: told["state"] != "waiting")

    def picture(self, sha256: str) -> bytes:
        return self._http.get(f"/v1/evidence/{sha256}").raise_for_status().content

    @staticmethod
    def _until(call: Callable[[], httpx.Response], true: Callable[[Json], bool]) -> Json:
        deadline, last = time.monotonic() + 180, ""
        while time.monotonic() < deadline:
            try:
                told: Json = call().raise_for_status().json()
                if true(told):
                    return told
                last = f"{told}"
            except httpx.HTTPError as error:
                last = repr(error)
            time.sleep(0.5)
        raise AssertionError(f"it never came true; last: {last}")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    port = free_port()
    options = ["--port", str(port), "--data", str(tmp_path / "demo")]
    command = [sys.executable, "-m", "gridwatch", "demo", *options]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log) as demo:
        desk = Desk(f"http://127.0.0.1:{port}")
        try:
            desk.log_in()
            desk.see(BOX, lambda node: bool(node["state"] == "online" and node["health"]))
            yield desk
        finally:
            desk.close()
            demo.terminate()
            demo.wait(60)


def standing(rev: int, what: str) -> Callable[[Json], bool]:
    return lambda told: (told["state"]["seen_rev"], told["state"]["status"]) == (rev, what)


def test_a_supervisor_tests_inspects_and_configures_a_node(desk: Desk) -> None:
    tested = desk.ask("self_test", NORTH)
    shot = desk.ask("snapshot", SOUTH)
    desk.see(f"{BOX}/commands/{shot['id']}", lambda told: bool(told["snapshot_available"]))
    picture = desk.picture(shot["snapshot"])
    desk.want(0, {"name": NORTH, "enabled": False}, {"name": SOUTH})
    desk.see(f"{BOX}/config", standing(1, "applied"))
    desk.want(1, {"name": NORTH, "zoen": []}, {"name": SOUTH})
    refused = desk.see(f"{BOX}/config", standing(2, "refused"))["state"]
    cameras = {each["name"]: each for each in desk.see("/v1/cameras", bool)["items"]}

    assert tested["state"] == "done", tested
    assert [step["passed"] for step in tested["steps"]] == [True] * 4
    assert picture.startswith(b"\xff\xd8"), "a JPEG"
    assert (refused["rev"], refused["refused"][0]["key"]) == (1, "camera[north-gate].zoen")
    assert cameras[NORTH]["state"] == "disabled"
    assert cameras[NORTH]["drill_passed_at"] is not None
