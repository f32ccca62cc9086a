"""The node's clock is an hour wrong and is corrected while it runs: no alert lost or doubled."""

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
from tests.faults.programs import running
from tests.requirements import require

PLACES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime")
LIBRARY = "libfaketime.so.1"
WRONG = [1, 0, -1, 1, 0]
"""By how many hours, from one step to the next: set back twice, ahead by two, and right."""


def library() -> str:
    """Find what changes a program's clock, or skip; GRIDWATCH_FAKETIME names another folder."""
    folders = [os.environ.get("GRIDWATCH_FAKETIME", ""), *PLACES]
    found = [Path(folder, LIBRARY) for folder in folders if Path(folder, LIBRARY).is_file()]
    require(bool(found), "libfaketime (Debian package libfaketime)")
    return str(found[0])


def set_clock(file: Path, hours: int) -> None:
    """Set the box's clock at one stroke."""
    new = file.with_suffix(".new")
    new.write_text(f"{hours:+d}h\n" if hours else "+0\n")
    shutil.move(new, file)


def openings(centre: SmallCentre) -> list[int]:
    """By how many hours the clock was wrong when alerts opened, each once, in order."""
    now = datetime.now(UTC)  # noqa: TID251  # the clock that is right
    opened = {m.id: m.data.opened_at for m in centre.received if m.change is Change.OPENED}
    return [round((at - now) / timedelta(hours=1)) for at in opened.values()]


def has_opened(wrong: list[int], centre: SmallCentre) -> bool:
    return openings(centre) == wrong


def lives(centre: SmallCentre) -> list[list[str]]:
    """What was told of each alert, by revision, each once; two that differ are both there."""
    told = {(str(m.data.alert_id), m.data.rev, payload): m for payload, m in centre.pairs}
    ordered = sorted(told)
    return [
        [f"{rev} {told[id_, rev, payload].change}" for id_, rev, payload in of_one]
        for of_one in (
            [each for each in ordered if each[0] == alert]
            for alert in dict.fromkeys(each[0] for each in ordered)
        )
    ]


@pytest.mark.slow
def test_a_wrong_clock_that_is_corrected_loses_and_doubles_no_alert(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    set_clock(clock, WRONG[0])
    environment = {
        "LD_PRELOAD": library(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with (
        broker_and_centre(tmp_path) as (broker, centre, shelf),
        rtsp_camera(write_footage(tmp_path / "f")) as one,
    ):
        cameras = {"north-gate": one.url}
        file = write_live_settings(
            tmp_path / "box", broker=broker.port, centre=shelf.port, cameras=cameras
        )
        command = ["-m", "tests.faults.wrong_clock", str(file)]
        with running(command, tmp_path / "log", environment) as box:
            for step in range(len(WRONG)):
                set_clock(clock, WRONG[step])
                centre.wait(partial(has_opened, WRONG[: step + 1]), 90)
            assert box.stop() == 0, box.said
        centre.wait(lambda c: all(life[-1].endswith("closed") for life in lives(c)))

    assert len(lives(centre)) == len(WRONG)
    assert set(map(tuple, lives(centre))) == {("1 opened", "2 closed")}
