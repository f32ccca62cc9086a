"""One centre for all tests of the folder; each test has a quarter of the city for itself."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.wire import Node
from tests.api.conftest import _fastest_folder
from tests.end_to_end.incidents.centre import BAD_NODE, DATA_FOLDER, NODE, RunningCentre, run_centre
from tests.end_to_end.incidents.node import AlertNode
from tests.end_to_end.incidents.quarter import Quarter
from tests.end_to_end.incidents.town import equipped_quarters

DISK_MB = 600
EQUIPPED_NODES = [Node.parse(name) for name in equipped_quarters()]


@pytest.fixture(scope="session")
def centre() -> Iterator[RunningCentre]:
    """A running centre; its clock only moves forward."""
    with (
        tempfile.TemporaryDirectory(prefix="gridwatch-test-", dir=_fastest_folder()) as folder,
        run_centre(Path(folder), NODE, *EQUIPPED_NODES) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def second_centre() -> Iterator[RunningCentre]:
    """A centre for what would disturb other tests: faults, floods and storms."""
    with (
        tempfile.TemporaryDirectory(prefix="gridwatch-test-", dir=_fastest_folder()) as folder,
        small_disk(Path(folder) / DATA_FOLDER),
        run_centre(Path(folder), NODE, BAD_NODE) as running,
    ):
        yield running


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Give a folder a disk of its own, where this user may do that."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    is_mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    yield
    if is_mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="session")
def node(centre: RunningCentre) -> Iterator[AlertNode]:
    """A connected node."""
    with centre.connect() as connected:
        yield connected


@pytest.fixture
def quarter(centre: RunningCentre, node: AlertNode) -> Iterator[Quarter]:
    """A quarter in which everybody is on duty."""
    quarter = Quarter(centre, node, centre.take_quarter())
    yield quarter
    quarter.leave()


@pytest.fixture
def empty_quarter(centre: RunningCentre, node: AlertNode) -> Iterator[Quarter]:
    """A quarter in which nobody is on duty."""
    quarter = Quarter(centre, node, centre.take_quarter(staffed=False))
    yield quarter
    quarter.leave()
