"""The ``gridwatch camera probe`` command: stream properties, a snapshot, clear errors."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.brokers import free_port
from tests.edge.rtsp_cameras import rtsp_camera, write_footage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_footage(tmp_path_factory.mktemp("films") / "h264")


def run_probe(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gridwatch", "camera", "probe", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_prints_the_properties_and_writes_a_snapshot(
    footage: Path, tmp_path: Path
) -> None:
    snapshot = tmp_path / "seen.jpg"
    with rtsp_camera(footage) as camera:
        done = run_probe(camera.url, "--json", "--seconds", "2", "--snapshot", str(snapshot))
        port = camera.port

    assert done.returncode == 0, done.stderr
    probe_result = json.loads(done.stdout)
    assert probe_result["address"] == f"rtsp://***@127.0.0.1:{port}/main"
    assert (probe_result["codec"], probe_result["width"], probe_result["height"]) == (
        "h264",
        384,
        288,
    )
    assert (probe_result["gop_pictures"], probe_result["damaged"]) == (10, 0)
    assert probe_result["fps"] == pytest.approx(10, abs=0.5)
    assert probe_result["gop_s"] == pytest.approx(1, abs=0.1)
    assert 0 < probe_result["first_picture_ms"] < 5000
    assert probe_result["kbit_per_s"] > 50
    picture = cv2.imread(str(snapshot))
    assert picture is not None
    assert picture.shape == (288, 384, 3)


def test_a_wrong_password_is_reported_without_the_password(footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        done = run_probe(f"rtsp://admin:hunter2@127.0.0.1:{camera.port}/main")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("gridwatch: rtsp://***@127.0.0.1:")
    assert "does not accept this user and password" in done.stderr
    assert "hunter2" not in done.stderr


def test_an_absent_camera_and_an_invalid_address_are_distinguished() -> None:
    absent = run_probe(f"rtsp://127.0.0.1:{free_port()}/main")
    wrong = run_probe("http://admin:hunter2@127.0.0.1/main")

    assert (absent.returncode, wrong.returncode) == (1, 2)
    assert "cannot be reached" in absent.stderr
    assert "is not the URL of a camera; write rtsp://" in wrong.stderr
    assert "hunter2" not in wrong.stderr
