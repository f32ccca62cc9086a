"""One centre for all tests of the folder; each test has a quarter of the city for itself."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.wire import Node
from tests.api.conftest import _fastest_folder
from tests.end_to_end.incidents.centre import BAD_NODE, NODE, RunningCentre, run_centre
from tests.end_to_end.incidents.node import AlertNode
from tests.end_to_end.incidents.quarter import Quarter
from tests.end_to_end.incidents.town import equipped_quarters

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
        run_centre(Path(folder), NODE, BAD_NODE) as running,
    ):
        yield running


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
