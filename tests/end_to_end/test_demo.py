"""The demo on real footage, as a new user runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gridwatch.demo.processes import RUN_VARIABLE, find_leftover_processes
from tests.brokers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GRIDWATCH = [sys.executable, "-m", "gridwatch"]


def test_played_once_every_alert_arrives_once_and_is_dispatched() -> None:
    command = [*GRIDWATCH, "demo", "--once", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["lost"], summary["processes_left"]) == (0, 0)
    assert summary["messages_received"] - summary["duplicates_dropped"] == summary["messages_sent"]
    assert (summary["incidents"], summary["work_orders"], summary["pushed"]) == (2, 2, 2)


COURSES = (
    "notified W-08",
    "notified W-14",
    "SV-01 rejected a false alarm and silenced its camera",
    "SV-01 sent the report back",
)
"""What a visitor of the live demo sees: each line begins like one of these."""


def test_live_each_incident_takes_its_course_and_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    mark = f"test-{os.getpid()}"
    options = ["--port", str(free_port()), "--data", str(tmp_path / "demo")]
    with subprocess.Popen(
        [*GRIDWATCH, "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, f"{RUN_VARIABLE}_TEST": mark},
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        try:
            awaited = set(COURSES)
            for line in demo.stdout:
                awaited -= {course for course in awaited if line.strip().startswith(course)}
                if not awaited:
                    break
            demo.send_signal(signal.SIGINT)
            output = demo.stdout.read()
            errors = demo.stderr.read()
        finally:
            demo.kill()

    assert not awaited
    assert "no process is left running" in output, errors
    assert "Traceback" not in errors
    assert not find_leftover_processes(mark, variable=f"{RUN_VARIABLE}_TEST")
