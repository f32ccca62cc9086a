"""The files of ``deploy/``: the unit is valid and confined, the example configuration is valid."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from edge.config.loader import load_config
from edge.errors import SettingsError
from models.catalogue import footage
from models.errors import ModelError
from tests.requirements import require

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNIT = DEPLOY / "gridwatch-edge.service"


def analysed(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd about the unit, with a program that is on this machine."""
    program = shutil.which("systemd-analyze")
    require(program is not None, "systemd-analyze")
    unit = folder / UNIT.name
    here = UNIT.read_text("utf-8").replace("/opt/gridwatch/bin/gridwatch", sys.executable)
    unit.write_text(here, "utf-8")
    run = [str(program), *arguments, str(unit)]
    return subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)


def test_systemd_accepts_the_unit_without_warnings(tmp_path: Path) -> None:
    done = analysed(tmp_path, "verify", "--man=no", "--recursive-errors=no")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_unit_has_a_low_exposure_score(tmp_path: Path) -> None:
    done = analysed(tmp_path, "security", "--offline=yes", "--threshold=20")

    assert done.returncode == 0, done.stdout[-300:]


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    try:
        footage.find_clip("vtest")
    except ModelError as error:
        require(False, str(error))
    shutil.copy(DEPLOY / "edge.example.toml", tmp_path / "edge.toml")
    (tmp_path / "box.key").write_text("ab" * 32)

    config = load_config(tmp_path / "edge.toml")

    assert [camera.name for camera in config.cameras] == ["north-gate"]


def test_every_commented_key_of_the_example_is_valid(tmp_path: Path) -> None:
    text = (DEPLOY / "edge.example.toml").read_text("utf-8")
    uncommented = re.sub(r"^# (\[.*\]|[a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    (tmp_path / "edge.toml").write_text(uncommented)

    with pytest.raises(SettingsError) as caught:  # placeholders are no values
        load_config(tmp_path / "edge.toml")

    assert len(tomllib.loads(uncommented)) > len(tomllib.loads(text))
    assert not [wrong for wrong in caught.value.mistakes if "unknown" in wrong]
