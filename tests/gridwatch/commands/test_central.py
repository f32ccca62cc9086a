"""``gridwatch central config`` and ``command``, beside a running centre."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow
NODE = "demo/market/box-1"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A centre's folder, whose database is up; each command joins it."""
    with (
        tempfile.TemporaryDirectory(prefix="gridwatch-test-") as made,
        EmbeddedPostgres(Path(made) / "data" / "postgres"),
    ):
        yield Path(made)


def central(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gridwatch", "central", *arguments]
    data = ["--data", str(folder / "data")]
    return subprocess.run([*command, *data], capture_output=True, text=True, check=False)


def test_a_configuration_is_stored_shown_as_written_and_kept(folder: Path) -> None:
    file = folder / "node.toml"
    file.write_text("# spare the node\n[model]\ndetect_fps = 4\n")
    central(folder, "enroll", NODE)

    taken = central(folder, "config", NODE, str(file), "--note", "too hot")
    output = central(folder, "config", NODE, "show")
    document = json.loads(central(folder, "config", NODE, "show", "--json").stdout)
    history = central(folder, "config", NODE, "history")

    assert (taken.returncode, taken.stdout.splitlines()[0]) == (0, "revision 1: pending")
    assert output.stdout.startswith("# spare the node\n[model]\ndetect_fps = 4\n")
    assert (document["standing"], document["wanted"]["config"]) == (
        "pending",
        '{"model":{"detect_fps":4}}',
    )
    assert history.stdout.endswith("too hot\n")


def test_an_invalid_configuration_is_reported_with_its_key(folder: Path) -> None:
    file = folder / "node.toml"
    file.write_text("[model\n")
    central(folder, "enroll", NODE)

    torn = central(folder, "config", NODE, str(file))
    nobody = central(folder, "config", "demo/market/nobody", str(file))
    stranger = central(folder, "command", "demo/market/nobody", "ping")

    assert torn.returncode == 2
    assert f"{file}: Expected ']'" in torn.stderr
    assert nobody.returncode == 2
    assert (stranger.returncode, "no_such_node" in stranger.stderr) == (1, True)
