"""The commands of ``gridwatch model`` and ``gridwatch footage``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.catalogue import footage
from models.errors import NotFetchedError
from tests.requirements import require

pytestmark = pytest.mark.slow


def gridwatch(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gridwatch", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_all_models_are_listed_as_one_document() -> None:
    done = gridwatch("model", "list", "--json")

    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"deimv2-femto", "nanodet-g"} <= {row["name"] for row in rows}


def test_an_unknown_model_is_a_sentence_and_exit_code_two() -> None:
    done = gridwatch("model", "pull", "deimv2-fempto")

    assert done.returncode == 2
    assert done.stderr.startswith("gridwatch: deimv2-fempto is not in the catalogue; did you mean")


def test_a_wrong_checksum_is_reported_with_exit_code_one(tmp_path: Path) -> None:
    (tmp_path / "traffic.mp4").write_bytes(b"another film")

    done = gridwatch(
        "footage",
        "pull",
        "traffic",
        GRIDWATCH_FOOTAGE_PATH=str(tmp_path),
        GRIDWATCH_CACHE=str(tmp_path / "cache"),
    )

    assert done.returncode == 1
    assert "traffic is not available" in done.stderr
    assert "traffic.mp4: has sha256" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_invalid_catalogue_of_the_site_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[model.mine]\n")

    done = gridwatch("model", "list", GRIDWATCH_CATALOGUE=str(tmp_path / "own.toml"))

    assert done.returncode == 2
    assert "own.toml is not a valid catalogue" in done.stderr
    assert "model.mine.file: Field required" in done.stderr


def test_a_detection_is_timed_beside_the_bare_network() -> None:
    try:
        footage.find_clip("vtest")
    except NotFetchedError as error:
        require(False, str(error))

    done = gridwatch("model", "bench", "nanodet-g", "--rounds", "1", "--json")

    measured = json.loads(done.stdout)
    assert done.returncode == 0
    assert measured["calls_per_look"] == 1
    assert measured["bare_ms"] > 0
    assert measured["look_ms"] > 0
