"""The clock of a running node is corrected by an hour: no alert is lost or doubled."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from pipeline.alert import Change
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.edge.small_centre import SmallCentre
from tests.edge.test_box import broker_and_centre
from tests.edge.test_live_cameras import write_live_settings
from tests.faults.programs import run_program
from tests.requirements import require

LIBRARY_FOLDERS = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime")
LIBRARY = "libfaketime.so.1"
CLOCK_ERRORS_H = [1, 0, -1, 1, 0]
"""Error of the clock at each step, in hours: set back twice, two hours ahead, then corrected."""


def find_libfaketime() -> str:
    """Return the path of libfaketime, or skip; GRIDWATCH_FAKETIME names another folder."""
    folders = [os.environ.get("GRIDWATCH_FAKETIME", ""), *LIBRARY_FOLDERS]
    files = [Path(folder, LIBRARY) for folder in folders if Path(folder, LIBRARY).is_file()]
    require(bool(files), "libfaketime (Debian package libfaketime)")
    return str(files[0])


def set_clock(file: Path, hours: int) -> None:
    """Set the clock of the node with one atomic rename."""
    new = file.with_suffix(".new")
    new.write_text(f"{hours:+d}h\n" if hours else "+0\n")
    shutil.move(new, file)


def clock_errors_at_opening(centre: SmallCentre) -> list[int]:
    """Return the error of the clock when each alert opened, in hours, in order of arrival."""
    now = datetime.now(UTC)  # noqa: TID251  # the correct clock
    opened = {m.id: m.data.opened_at for m in centre.received if m.change is Change.OPENED}
    return [round((at - now) / timedelta(hours=1)) for at in opened.values()]


def has_opened_at(errors_h: list[int], centre: SmallCentre) -> bool:
    return clock_errors_at_opening(centre) == errors_h


def revisions_by_alert(centre: SmallCentre) -> list[list[str]]:
    """Return the distinct messages of each alert, by revision; different ones are both listed."""
    messages = {(str(m.data.alert_id), m.data.rev, payload): m for payload, m in centre.pairs}
    ordered = sorted(messages)
    return [
        [f"{rev} {messages[id_, rev, payload].change}" for id_, rev, payload in keys]
        for keys in (
            [key for key in ordered if key[0] == alert]
            for alert in dict.fromkeys(key[0] for key in ordered)
        )
    ]


@pytest.mark.slow
def test_a_wrong_clock_that_is_corrected_loses_and_doubles_no_alert(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    set_clock(clock, CLOCK_ERRORS_H[0])
    environment = {
        "LD_PRELOAD": find_libfaketime(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with (
        broker_and_centre(tmp_path) as (broker, centre, shelf),
        rtsp_camera(write_footage(tmp_path / "f")) as camera,
    ):
        cameras = {"north-gate": camera.url}
        file = write_live_settings(
            tmp_path / "node", broker=broker.port, centre=shelf.port, cameras=cameras
        )
        command = ["-m", "tests.faults.wrong_clock_node", str(file)]
        with run_program(command, tmp_path / "log", environment) as node:
            for step in range(len(CLOCK_ERRORS_H)):
                set_clock(clock, CLOCK_ERRORS_H[step])
                centre.wait(partial(has_opened_at, CLOCK_ERRORS_H[: step + 1]), 90)
            assert node.stop() == 0, node.output
        centre.wait(
            lambda c: all(revisions[-1].endswith("closed") for revisions in revisions_by_alert(c))
        )

    assert len(revisions_by_alert(centre)) == len(CLOCK_ERRORS_H)
    assert set(map(tuple, revisions_by_alert(centre))) == {("1 opened", "2 closed")}
