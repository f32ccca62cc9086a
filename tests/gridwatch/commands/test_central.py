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


def test_a_test_message_waits_for_a_centre_that_sends_it(folder: Path) -> None:
    (folder / "areas.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null,'
        ' "properties": {"code": "5101", "name": "City"}}]}'
    )
    (folder / "accounts.csv").write_text("name,role,area,password,language\nw,worker,5101,,en\n")
    imported = central(
        folder, "import", str(folder / "areas.geojson"), str(folder / "accounts.csv")
    )
    unknown = central(folder, "notify-test", "nobody")
    missing = central(folder, "notify-test", "w", "--channel", "sms")

    assert imported.returncode == 0, imported.stderr
    assert (unknown.returncode, "no account nobody" in unknown.stderr) == (2, True)
    assert (missing.returncode, "w has none" in missing.stderr) == (2, True)


def test_robots_are_added_listed_tested_and_removed(folder: Path) -> None:
    (folder / "areas.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null,'
        ' "properties": {"code": "5101", "name": "City"}}]}'
    )
    central(folder, "import", str(folder / "areas.geojson"))
    robot = ("robot", "hotline", "5101", "wecom", "https://chat.example/send?key=x")
    added = central(folder, *robot, "--min-level", "critical")
    nowhere = central(folder, "robot", "hotline", "9999", *robot[3:])
    unusable = central(folder, "robot", "hotline", "5101", "wecom", "chat.example")
    listed = central(folder, "robots", "--test", "hotline")
    removed = central(folder, "robots", "--remove", "hotline")

    assert (added.returncode, nowhere.returncode, unusable.returncode) == (0, 2, 2)
    assert listed.stdout == "hotline  wecom  5101  from critical\n"
    assert (removed.returncode, removed.stdout) == (0, "")
