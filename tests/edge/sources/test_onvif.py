"""ONVIF cameras return their streams; credentials are checked and never printed."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from edge.errors import StreamError, StreamFault
from edge.sources.onvif import (
    is_onvif_installed,
    list_profiles,
    resolve_stream_url,
    with_credentials,
)
from tests.brokers import free_port
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.edge.sources.onvif_device import Device, onvif_device
from tests.requirements import require

pytestmark = pytest.mark.slow

STREAMS = {
    "t1": ("main", 1920, 1080, "rtsp://10.0.0.9/101"),
    "t2": ("sub", 640, 360, "rtsp://10.0.0.9/102"),
    "t3": ("thumb", 160, 90, "rtsp://10.0.0.9/103"),
}


@pytest.fixture(autouse=True)
def _extra() -> None:
    require(is_onvif_installed(), "the extra gridwatch[onvif]")


def address(device: Device, login: str = "admin:p%40ss@", profile: str = "") -> str:
    return f"onvif://{login}{urlsplit(device.address).netloc}{profile}"


def test_the_sub_stream_the_main_stream_and_a_named_profile_are_found() -> None:
    with onvif_device("admin", "p@ss", **STREAMS) as device:
        sub = resolve_stream_url(address(device))
        main = resolve_stream_url(address(device), main=True)
        named = resolve_stream_url(address(device, profile="?profile=thumb"))
        profiles = list_profiles(address(device))

    assert sub == "rtsp://admin:p%40ss@10.0.0.9/102", "a thumbnail is too small for detection"
    assert main == "rtsp://admin:p%40ss@10.0.0.9/101"
    assert named == "rtsp://admin:p%40ss@10.0.0.9/103"
    assert [profile.token for profile in profiles] == ["t1", "t2", "t3"]
    assert (profiles[0].codec, profiles[0].width, profiles[0].fps) == ("h264", 1920, 10)


@pytest.mark.parametrize(
    ("login", "profile", "fault"),
    [
        ("admin:hunter2@", "", StreamFault.CREDENTIALS),
        ("", "", StreamFault.NO_LOGIN),
        ("admin:p%40ss@", "?profile=other", StreamFault.NO_SUCH_STREAM),
    ],
)
def test_faults_are_distinguished_and_reported_without_credentials(
    login: str, profile: str, fault: StreamFault, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        onvif_device("admin", "p@ss", **STREAMS) as device,
        pytest.raises(StreamError) as caught,
    ):
        resolve_stream_url(address(device, login, profile))

    texts = f"{caught.value!r} {caught.value} {capfd.readouterr()}"
    assert caught.value.fault is fault
    assert "hunter2" not in texts
    assert "p%40ss" not in texts


def test_an_absent_camera_is_unreachable() -> None:
    with pytest.raises(StreamError) as caught:
        list_profiles(f"onvif://admin:hunter2@127.0.0.1:{free_port()}")

    assert caught.value.fault is StreamFault.UNREACHABLE


def test_credentials_replace_those_that_the_camera_returns() -> None:
    assert with_credentials("rtsp://x:y@10.0.0.9:8554/a?b=c", "me", "p/w") == (
        "rtsp://me:p%2Fw@10.0.0.9:8554/a?b=c"
    )


def test_the_real_stream_of_an_onvif_camera_is_probed(tmp_path: Path) -> None:
    with rtsp_camera(write_footage(tmp_path / "film")) as camera:
        bare = f"rtsp://127.0.0.1:{camera.port}/main"
        with onvif_device("admin", "s3cret", t1=("main", 384, 288, bare)) as device:
            url = address(device, "admin:s3cret@")
            command = [sys.executable, "-m", "gridwatch", "camera", "probe", url, "--json"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    probe_result = json.loads(done.stdout)
    assert (probe_result["codec"], probe_result["width"], probe_result["gop_pictures"]) == (
        "h264",
        384,
        10,
    )
    assert probe_result["profiles"]["t1"]["url"] == bare.replace("//", "//***@")
    assert "s3cret" not in done.stdout + done.stderr
