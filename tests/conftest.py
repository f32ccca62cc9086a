"""Settings of all tests, and how tests are distributed to workers."""

import gc

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

gc.disable()  # until all is collected: nothing of that is garbage, and searching it takes a fourth
settings.register_profile("gridwatch", deadline=None)  # a busy machine is no fault of the code
settings.register_profile("fast", deadline=None, max_examples=25)
settings.register_profile("long", deadline=None, max_examples=1000)  # stateful tests: for an hour
settings.load_profile("gridwatch")

TOGETHER = (
    "tests/console/",  # one city for all
    "tests/end_to_end/incidents/",  # two centres for all
    "tests/api/web/test_contract.py",  # one centre, whose state goes from test to test
    "tests/gridwatch/benchmarks/test_same_alerts.py",  # what a model has found on a clip
    "tests/gridwatch/workbench/replay/test_page_renderer.py",  # one browser
)
"""Tests that share what is dear to make stay on one worker; all others go where one is free."""


class Spread(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells no types
    """Hand out test by test, but keep ``TOGETHER`` together."""

    def _split_scope(self, nodeid: str) -> str:
        return next((part for part in TOGETHER if nodeid.startswith(part)), nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples in the fast part, a quarter; whoever runs all tests gets all."""
    if config.option.markexpr == "not slow":
        settings.load_profile("fast")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread:
    """Spread them so; marks of xdist's own do not reach its scheduler since pytest 9.2."""
    return Spread(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow: at the end no worker waits for a long test of another."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """From here on there is garbage again; what was loaded until now is never searched."""
    gc.freeze()
    gc.enable()
