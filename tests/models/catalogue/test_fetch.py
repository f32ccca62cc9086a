"""Search paths, then sources in order; a file enters the cache only with the right checksum."""

from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.catalogue.fetch import Artefact, find_local, find_or_fetch
from models.catalogue.search_paths import SearchPaths
from models.errors import NotFetchedError
from tests.models.catalogue.file_server import serve_files

BYTES = b"weights" * 1000
WRONG = b"another"


class Listening:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.counts: list[tuple[int, int]] = []

    def report(self, line: str) -> None:
        self.lines.append(line)

    def advance(self, done: int, total: int) -> None:
        self.counts.append((done, total))


@pytest.fixture
def places(tmp_path: Path) -> SearchPaths:
    (tmp_path / "folder").mkdir()
    folders = (tmp_path / "folder",)
    return SearchPaths(folders=folders, cache=tmp_path / "cache", variable="GRIDWATCH_MODEL_PATH")


def an_artefact(*addresses: str, file: str = "model.onnx") -> Artefact:
    return Artefact.model_validate(
        {
            "file": file,
            "sha256": sha256(BYTES).hexdigest(),
            "licence": "MIT",
            "origin": "here",
            "sources": [{"kind": "https", "address": address} for address in addresses],
        }
    )


def test_a_file_in_a_search_folder_is_used_in_place(places: SearchPaths) -> None:
    (places.folders[0] / "model.onnx").write_bytes(BYTES)

    path = find_or_fetch("tiny", an_artefact(), places)

    assert path == places.folders[0] / "model.onnx"
    assert not places.cache.exists()


def test_the_first_source_with_the_right_file_is_used(places: SearchPaths) -> None:
    heard = Listening()
    with serve_files({"/wrong": WRONG, "/right": BYTES}) as address:
        wanted = an_artefact(f"{address}/absent", f"{address}/wrong", f"{address}/right")
        path = find_or_fetch("tiny", wanted, places, heard)

    assert path.read_bytes() == BYTES
    assert find_local("tiny", wanted, places) == path
    assert any("/absent: answers 404" in line for line in heard.lines)
    assert any("/wrong: has sha256" in line for line in heard.lines)
    assert heard.counts[-1] == (len(BYTES), len(BYTES))


def test_a_file_in_a_folder_of_its_kind_is_fetched_into_that_folder_of_the_cache(
    places: SearchPaths,
) -> None:
    with serve_files({"/right": BYTES}) as address:
        wanted = an_artefact(f"{address}/right", file="people/model.onnx")
        path = find_or_fetch("tiny", wanted, places)

    assert path == places.cache / "people" / "model.onnx"
    assert find_local("tiny", wanted, places) == path


@pytest.mark.parametrize("file", ["../model.onnx", "/model.onnx", "a/b/model.onnx", "..", "a/.."])
def test_a_file_outside_the_search_folders_is_rejected(file: str) -> None:
    with pytest.raises(ValidationError, match="file"):
        an_artefact(file=file)


def test_if_no_source_has_the_file_each_reason_is_given(places: SearchPaths) -> None:
    with serve_files({"/wrong": WRONG}) as address:
        wanted = an_artefact(f"{address}/absent", f"{address}/wrong", "http://127.0.0.1:1/x")
        with pytest.raises(NotFetchedError) as caught:
            find_or_fetch("tiny", wanted, places)

    assert caught.value.retryable
    assert len(caught.value.reasons) == 4
    for part in ("tiny is not available", "404", "a different or damaged file", "127.0.0.1:1"):
        assert part in str(caught.value)


def test_half_a_file_never_reaches_the_cache(places: SearchPaths) -> None:
    half = serve_files({"/half": BYTES}, cut_short=True)
    with half as address, pytest.raises(NotFetchedError, match="/half: "):
        find_or_fetch("tiny", an_artefact(f"{address}/half"), places)

    assert list(places.cache.iterdir()) == []


def test_a_damaged_file_in_the_cache_is_fetched_again(places: SearchPaths) -> None:
    places.cache.mkdir()
    (places.cache / "model.onnx").write_bytes(BYTES[:100])
    with serve_files({"/right": BYTES}) as address:
        path = find_or_fetch("tiny", an_artefact(f"{address}/right"), places)

    assert path.read_bytes() == BYTES


def test_a_damaged_file_in_a_search_folder_is_named_and_skipped(places: SearchPaths) -> None:
    damaged = places.folders[0] / "model.onnx"
    damaged.write_bytes(WRONG)

    with pytest.raises(NotFetchedError, match=f"{damaged}: has sha256 {sha256(WRONG).hexdigest()}"):
        find_or_fetch("tiny", an_artefact(), places)


def test_a_cache_that_cannot_be_written_is_reported(places: SearchPaths) -> None:
    places.cache.write_text("a file is in the way")
    unwritable = pytest.raises(NotFetchedError, match="cache cannot be written")
    with serve_files({"/right": BYTES}) as address, unwritable:
        find_or_fetch("tiny", an_artefact(f"{address}/right"), places)


def test_an_empty_variable_searches_no_folder() -> None:
    assert SearchPaths.from_environment("models", {"GRIDWATCH_MODEL_PATH": ""}).folders == ()


def test_an_installation_names_no_folder_of_a_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("models.catalogue.search_paths.DEVELOPMENT_DATA", tmp_path / "shared")
    places = SearchPaths.from_environment("footage", {"GRIDWATCH_CACHE": "/three"})

    with pytest.raises(NotFetchedError) as error:
        find_local("tiny", an_artefact(), places)

    assert places.folders == ()
    assert "model.onnx not found in /three/footage\n" in str(error.value)


def test_folders_and_cache_come_from_the_environment() -> None:
    environment = {"GRIDWATCH_FOOTAGE_PATH": "/one:/two", "GRIDWATCH_CACHE": "/three"}

    places = SearchPaths.from_environment("footage", environment)

    assert places.folders == (Path("/one"), Path("/two"))
    assert places.cache == Path("/three/footage")
