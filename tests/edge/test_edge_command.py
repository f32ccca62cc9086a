"""The ``gridwatch edge`` command in real processes, on real footage."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.alert import Change, CloseReason
from tests.brokers import mosquitto
from tests.edge.evidence_server import evidence_server
from tests.edge.nodes import (
    CENTRAL,
    EDGE_TOML,
    KEY,
    LOGINS,
    footage_path,
    installed_model,
    with_installed_model,
    write_edge_toml,
)
from tests.edge.small_centre import small_centre

pytestmark = pytest.mark.slow
REAL = EDGE_TOML.replace("people = 5\nhold = 20", "people = 3\nradius_m = 3.0\nhold = 5\nclear = 5")
REAL = REAL.replace("metrics_port = 9464\n", "")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "gridwatch", "edge", *map(str, arguments)]


def run_command(*arguments: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments),
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=200,
    )


def write_real_settings(folder: Path, broker: int, centre: int, text: str = REAL) -> Path:
    text = with_installed_model(text).replace("clip.avi", str(footage_path()))
    return write_edge_toml(
        folder, text.replace("port = 1883", f"port = {broker}").replace(":8080", f":{centre}")
    )


def test_a_wrong_file_exits_with_two_and_a_message(tmp_path: Path) -> None:
    done = run_command(
        "run", write_edge_toml(tmp_path, EDGE_TOML.replace("port = 1883", "port = 0"))
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"gridwatch: {tmp_path}/edge.toml cannot be used:")
    assert "broker.port = 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unusable_data_folder_exits_with_one_and_a_message(tmp_path: Path) -> None:
    file = write_edge_toml(tmp_path, with_installed_model())
    (tmp_path / "data").write_text("a file is in the way")

    done = run_command("run", file)

    assert done.returncode == 1
    assert "gridwatch: data folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_exits_with_one_if_a_part_is_bad_and_names_the_remedy(tmp_path: Path) -> None:
    file = write_edge_toml(tmp_path, with_installed_model().replace("port = 1883", "port = 9"))
    done = run_command("check", file, "--json")

    assert done.returncode == 1
    findings = {row["part"]: row for row in json.loads(done.stdout)}
    assert (findings["model"]["what"], findings["model"]["verdict"]) == (installed_model(), "good")
    assert findings["broker"]["verdict"] == "bad"
    assert "alerts wait on disk" in findings["broker"]["remedy"]
    assert findings["broker"]["mend"] == findings["broker"]["remedy"]


def test_check_offline_lists_the_settings_of_the_file(tmp_path: Path) -> None:
    night = EDGE_TOML.replace("hold = 20", 'schedule = { hours = ["22:00-06:00"] }')
    done = run_command("check", write_edge_toml(tmp_path, night), "--offline", "--json")

    assert done.returncode == 0, done.stderr
    findings = {row["part"]: row for row in json.loads(done.stdout)}
    note = "crowd_gathering in steps, 22:00-06:00 (Asia/Shanghai)"
    assert findings["camera north-gate"]["note"] == note


def test_a_new_key_is_32_bytes() -> None:
    assert len(bytes.fromhex(run_command("new-key").stdout)) == 32


def test_real_footage_is_processed_and_summarised(tmp_path: Path) -> None:
    with (
        mosquitto(tmp_path, LOGINS) as broker,
        small_centre(broker.port, CENTRAL, KEY) as centre,
        evidence_server() as server,
    ):
        file = write_real_settings(tmp_path, broker.port, server.port)
        done = run_command("run", file, "--until-done", "--json")

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["model"], summary["frames"]) == (installed_model(), 398)
    assert 2 <= summary["alerts"] <= 8
    assert summary["messages"] == summary["receipted"] == len(centre.revisions)
    assert (
        summary["evidence_uploaded"] == server.requests >= len(server.stored) >= summary["alerts"]
    )


def test_until_done_is_refused_where_nothing_ends(tmp_path: Path) -> None:
    text = REAL.replace("start_at = 2026-03-01T08:00:00Z", "loop = true")
    done = run_command("run", write_real_settings(tmp_path, 9, 9, text), "--until-done")

    assert done.returncode == 2
    assert "no camera comes to an end; leave out --until-done" in done.stderr


def test_rejected_messages_are_an_error(tmp_path: Path) -> None:
    with (
        mosquitto(tmp_path, LOGINS) as broker,
        small_centre(broker.port, CENTRAL, KEY, answer=lambda _: "conflict"),
        evidence_server() as server,
    ):
        file = write_real_settings(tmp_path, broker.port, server.port)
        done = run_command("run", file, "--until-done", "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["rejected"] > 0
    assert "the centre has rejected" in done.stderr


def test_sigterm_stops_a_node_cleanly(tmp_path: Path) -> None:
    with mosquitto(tmp_path, LOGINS) as broker, small_centre(broker.port, CENTRAL, KEY) as centre:
        text = REAL.replace("start_at = 2026-03-01T08:00:00Z", "loop = true")
        file = write_real_settings(tmp_path, broker.port, 9, text)
        with subprocess.Popen(command("run", file, "--json"), stdout=subprocess.PIPE) as box:
            centre.wait(lambda c: len(c.received) >= 1, seconds=60)
            box.send_signal(signal.SIGTERM)
            out, _ = box.communicate(timeout=5)

    assert box.returncode == 0
    assert json.loads(out)["messages"] == len(centre.revisions)
    assert centre.received[-1].change is Change.CLOSED


def test_a_killed_node_closes_its_alerts_at_the_next_start(tmp_path: Path) -> None:
    with mosquitto(tmp_path, LOGINS) as broker, small_centre(broker.port, CENTRAL, KEY) as centre:
        text = REAL.replace("start_at = 2026-03-01T08:00:00Z", "loop = true")
        file = write_real_settings(tmp_path, broker.port, 9, text)
        with subprocess.Popen(command("run", file)) as box:
            centre.wait(lambda c: len(c.received) >= 1, seconds=60)
            box.kill()
        with subprocess.Popen(command("run", file)) as box:
            ends = Change.CLOSED
            centre.wait(lambda c: any(m.change is ends for m in c.received), seconds=60)
            box.kill()

    [opened, *_] = centre.received
    closed = next(m for m in centre.received if m.change is Change.CLOSED)
    assert closed.data.alert_id == opened.data.alert_id
    assert closed.data.close_reason is CloseReason.NODE_RESTART
    assert closed.bootid != opened.bootid
