"""Roster and grids change while the centre runs, and the people who are notified change too."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import wiring
from gridwatch.demo.town import PASSWORD, STREET
from tests.console.demo_centre import PUSH_SCORE, DemoCentre, MicroGrid, run_demo_centre
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
FIRST, FIRST_CODE = MicroGrid(1), f"{STREET}001001001"
FIFTH, FIFTH_CODE = MicroGrid(5), f"{STREET}001002001"
SIXTH, SIXTH_CODE = MicroGrid(6), f"{STREET}001002002"
HEADER = "account,role,area,during_from,during_to,source,replaces\n"


@dataclass(slots=True)
class Town:
    """A centre with the demo town, its files, and the supervisor's session."""

    centre: DemoCentre
    folder: Path
    supervisor: httpx.Client

    def import_file(self, name: str, content: str) -> None:
        """Import a file with the command while the centre runs."""
        file = self.folder / name
        file.write_text(content)
        command = [sys.executable, "-m", "gridwatch", "central", "import", str(file)]
        subprocess.run([*command, "--data", str(self.folder / "data")], check=True)

    def roster_row(self, account: str, source: str, replaces: str = "") -> str:
        start = wiring.now() - timedelta(minutes=1)
        period = f"{start.isoformat()},{(start + timedelta(hours=8)).isoformat()}"
        return f"{account},worker,{FIRST_CODE},{period},{source},{replaces}\n"

    def first_on_duty(self, grid: MicroGrid) -> list[str]:
        """Return who is notified first in a micro-grid, as the page shows it."""
        point = {"lon": grid.location.lon, "lat": grid.location.lat}
        duty = self.supervisor.get("/v1/duty", params=point).json()
        return sorted(worker["account"] for worker in duty["on_duty"] if worker["step"] == 1)

    def incident_of(self, camera: str) -> dict[str, Any]:
        items = self.supervisor.get("/v1/incidents").json()["items"]
        incident = next(item["id"] for item in items if item["camera"] == camera)
        detail: dict[str, Any] = self.supervisor.get(f"/v1/incidents/{incident}").json()
        return detail

    def notified(self, camera: str) -> set[str]:
        """Return the accounts with a notification that is not cancelled."""
        notifications = self.incident_of(camera)["notifications"]
        return {item["account"] for item in notifications if item["state"] != "cancelled"}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Run a centre outside of ``tmp_path``, which is not readable for the database user."""
    with (
        tempfile.TemporaryDirectory(prefix="gridwatch-roster-") as folder,
        run_demo_centre(Path(folder)) as centre,
        httpx.Client(base_url=centre.url) as supervisor,
    ):
        login = {"name": "SV-01", "password": PASSWORD}
        supervisor.post("/v1/login", json=login).raise_for_status()
        yield Town(centre, Path(folder), supervisor)


def test_a_swap_and_a_call_up_send_nobody_else_home(town: Town) -> None:
    colleagues = town.roster_row("zhao", "rule") + town.roster_row("qian", "rule")
    town.import_file("colleagues.csv", HEADER + colleagues)
    town.import_file("swap.csv", HEADER + town.roster_row("sun", "swap", "zhao"))
    end = (wiring.now() + timedelta(hours=1)).isoformat()
    call_up = {"account": "qian", "area": FIRST_CODE, "ends_at": end, "approved_by": "SV-01"}
    town.supervisor.post("/v1/call-ups", json=call_up).raise_for_status()

    on_duty = town.first_on_duty(FIRST)
    camera = town.centre.alert(FIRST, score=PUSH_SCORE)
    wait_until(lambda: town.notified(camera) != set())

    assert on_duty == ["W-01", "qian", "sun"]
    assert town.notified(camera) == {"W-01", "qian", "sun"}


def test_grids_cut_anew_change_who_is_notified_of_an_open_incident(town: Town) -> None:
    camera = town.centre.alert(FIFTH, score=PUSH_SCORE)
    wait_until(lambda: town.notified(camera) == {FIFTH.worker})
    cut = json.loads((town.folder / "town" / "grids.geojson").read_text())
    outlines = {item["properties"]["code"]: item["geometry"] for item in cut["features"]}
    for feature in cut["features"]:
        exchanged = {FIFTH_CODE: SIXTH_CODE, SIXTH_CODE: FIFTH_CODE}
        code = feature["properties"]["code"]
        feature["geometry"] = outlines[exchanged.get(code, code)]
    town.import_file("anew.geojson", json.dumps(cut))
    wait_until(lambda: SIXTH.worker in town.notified(camera))

    assert town.first_on_duty(FIFTH) == [SIXTH.worker]
    assert town.incident_of(camera)["area"]["code"] == SIXTH_CODE
