"""``gridwatch model`` and ``gridwatch footage`` as they are typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.catalogue import footage
from models.errors import NotFetchedError
from tests.requirements import require


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
    assert {"deimv2-femto", "ssd-mobilenet-oid"} <= {row["name"] for row in rows}


def test_a_name_that_is_wrong_ends_in_a_sentence_and_code_2() -> None:
    done = gridwatch("model", "pull", "deimv2-fempto")

    assert done.returncode == 2
    assert done.stderr.startswith("gridwatch: deimv2-fempto is not in the catalogue; did you mean")


def test_a_file_with_a_wrong_checksum_ends_in_sentences_and_code_1(tmp_path: Path) -> None:
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


def test_a_catalogue_of_ones_own_that_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[model.mine]\n")

    done = gridwatch("model", "list", GRIDWATCH_CATALOGUE=str(tmp_path / "own.toml"))

    assert done.returncode == 2
    assert "own.toml is not a valid catalogue" in done.stderr
    assert "model.mine.file: Field required" in done.stderr


@pytest.mark.slow
def test_a_bench_stands_beside_the_bare_network() -> None:
    try:
        footage.find_clip("vtest")
    except NotFetchedError as error:
        require(False, str(error))

    done = gridwatch("model", "bench", "ssd-mobilenet-oid", "--rounds", "1", "--json")

    measured = json.loads(done.stdout)
    assert done.returncode == 0
    assert measured["calls_per_look"] == 2
    assert 0 < measured["bare_ms"] < measured["look_ms"]
