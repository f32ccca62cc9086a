"""Usage errors are answered with a sentence that names the fix, and an exit code."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOX = """
node = "demo/market/box-1"
key = "{key}"
data = "data"
[model]
name = "{model}"
[[camera]]
name = "gate"
source = "file:{clip}"
[[camera.scenario]]
key = "{scenario}"
"""
pytestmark = pytest.mark.slow
GOOD = {"key": "ab" * 32, "model": "deimv2-femto", "clip": "clip.avi", "scenario": "intrusion"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with files that mistakes are made of, and a port that is taken."""
    (tmp_path / "no.toml").write_text("this is not TOML")
    (tmp_path / "clip.avi").write_bytes(b"no video")
    for name, wrong in {"key": "beef", "model": "nosuch", "scenario": "crowd_gatherin"}.items():
        (tmp_path / f"{name}.toml").write_text(BOX.format(**GOOD | {name: wrong}))
    (tmp_path / "clip.toml").write_text(BOX.format(**GOOD))
    (tmp_path / "file").write_text("a file, where a folder should be")
    (tmp_path / "grids.geojson").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / "port").write_text(str(taken.getsockname()[1]))
        yield tmp_path


MISTAKES = {
    "no such file": ("edge check absent.toml", 2, ["absent.toml"]),
    "no TOML": ("edge check no.toml", 2, ["no.toml", "line 1"]),
    "a short key": ("edge check key.toml", 2, ["key", "new-key"]),
    "an unknown model": ("edge check model.toml", 2, ["nosuch", "deimv2-femto"]),
    "a misspelt scenario": ("edge check scenario.toml", 2, ["crowd_gatherin", "crowd_gathering"]),
    "no video": ("edge check clip.toml", 2, ["clip.avi"]),
    "an occupied port": ("central run --data centre --port {port}", 2, ["in use", "--port"]),
    "a data folder that is a file": ("central run --data file", 2, ["file", "--data"]),
    "no node": ("central enroll box-1 --data centre", 1, ["district/site/node"]),
    "a model that nobody knows": ("model pull nosuch", 2, ["nosuch", "deimv2-femto"]),
    "footage that nobody knows": ("footage pull nosuch", 2, ["nosuch", "vtest"]),
    "a scenario that nobody wrote": ("scenario test nosuch", 2, ["nosuch", "intrusion"]),
    "an unknown command": ("fly", 2, ["fly"]),
}


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999/x", "http://[::1/x", "ftp://host/x"])
def test_a_bad_webhook_address_ends_the_centre_before_anything_starts(
    tmp_path: Path, address: str
) -> None:
    command = [
        sys.executable,
        "-m",
        "gridwatch",
        "central",
        "run",
        "--data",
        str(tmp_path / "data"),
    ]
    environment = {**os.environ, "GRIDWATCH_WEBHOOK_URL": address}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "GRIDWATCH_WEBHOOK_URL" in done.stderr
    assert "write http://host:port" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("typed", "code", "words"), MISTAKES.values(), ids=list(MISTAKES), scope="function"
)
def test_a_usage_error_names_the_fix(folder: Path, typed: str, code: int, words: list[str]) -> None:
    arguments = typed.format(port=(folder / "port").read_text()).split()
    run = [sys.executable, "-m", "gridwatch", *arguments]
    root = Path(__file__).resolve().parent.parent.parent
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        run, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert not [word for word in words if word not in done.stderr], done.stderr
