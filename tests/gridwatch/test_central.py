"""Boxes steered from the command line, on the real database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
NODE = "demo/market/box-1"


def central(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gridwatch", "central", *arguments]
    data = ["--data", str(folder / "data")]
    return subprocess.run([*command, *data], capture_output=True, text=True, check=False)


def test_a_configuration_is_taken_in_shown_as_it_was_written_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("# spare the box\n[model]\ndetect_fps = 4\n")
    central(tmp_path, "enroll", NODE)

    taken = central(tmp_path, "config", NODE, str(file), "--note", "too hot")
    shown = central(tmp_path, "config", NODE, "show")
    told = json.loads(central(tmp_path, "config", NODE, "show", "--json").stdout)
    history = central(tmp_path, "config", NODE, "history")

    assert (taken.returncode, taken.stdout.splitlines()[0]) == (0, "revision 1: pending")
    assert shown.stdout.startswith("# spare the box\n[model]\ndetect_fps = 4\n")
    assert (told["standing"], told["wanted"]["config"]) == ("pending", '{"model":{"detect_fps":4}}')
    assert history.stdout.endswith("too hot\n")


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("[model\n")
    central(tmp_path, "enroll", NODE)

    torn = central(tmp_path, "config", NODE, str(file))
    nobody = central(tmp_path, "config", "demo/market/nobody", str(file))
    stranger = central(tmp_path, "command", "demo/market/nobody", "ping")

    assert torn.returncode == 2
    assert f"{file}: Expected ']'" in torn.stderr
    assert nobody.returncode == 2
    assert (stranger.returncode, "no_such_node" in stranger.stderr) == (1, True)
