"""Incidents that nobody can take, and storms of minor ones, delay no other."""

import time
from collections.abc import Iterator

import pytest

from pipeline.signal import Level
from tests.end_to_end.incidents.centre import Push, RunningCentre
from tests.end_to_end.incidents.node import AlertNode
from tests.end_to_end.incidents.quarter import Quarter
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

N_STUCK, N_NEW = 400, 22
PUSHED_WITHIN_S = 10.0
"""On a machine that runs other tests; ``gridwatch bench push`` measures it."""


@pytest.fixture(scope="module")
def node(second_centre: RunningCentre) -> Iterator[AlertNode]:
    with second_centre.connect() as connected:
        yield connected


@pytest.fixture
def quarter(second_centre: RunningCentre, node: AlertNode) -> Quarter:
    return Quarter(second_centre, node, second_centre.take_quarter())


@pytest.fixture
def empty_quarter(second_centre: RunningCentre, node: AlertNode) -> Quarter:
    return Quarter(second_centre, node, second_centre.take_quarter(staffed=False))


def test_many_incidents_that_nobody_can_take_delay_no_other(
    quarter: Quarter, empty_quarter: Quarter
) -> None:
    open_many(empty_quarter, N_STUCK, level=Level.CRITICAL)
    empty_quarter.advance(seconds=30)  # all are due again
    started = time.monotonic()
    open_many(quarter, N_NEW)
    wait_until(lambda: len(pushes_to(quarter, "east-1")) >= N_NEW, 30)

    assert time.monotonic() - started < PUSHED_WITHIN_S


def test_a_critical_incident_is_called_before_a_storm_of_minor_ones(empty_quarter: Quarter) -> None:
    open_many(empty_quarter, 40, level=Level.MINOR)
    open_many(empty_quarter, 1, level=Level.CRITICAL, prefix="late")
    empty_quarter.plan_shift("east-1", hours=8)
    empty_quarter.advance(minutes=1)
    wait_until(lambda: len(pushes_to(empty_quarter, "east-1")) == 41, 30)

    levels = [push.level for push in pushes_to(empty_quarter, "east-1")]
    assert "critical" in levels[:8], "requests are sent side by side"


def test_a_burst_is_pushed_within_seconds(quarter: Quarter) -> None:
    started = time.monotonic()
    open_many(quarter, 150)
    wait_until(lambda: len(pushes_to(quarter, "east-1")) >= 150, 40)

    assert time.monotonic() - started < 2 * PUSHED_WITHIN_S


def open_many(
    quarter: Quarter, n: int, *, level: Level = Level.MAJOR, prefix: str = "rule"
) -> None:
    """Open incidents that are each a matter of its own."""
    episodes = [quarter.prepare(level=level, scenario=f"{prefix}_{number}") for number in range(n)]
    quarter.node.publish(*episodes)


def pushes_to(quarter: Quarter, name: str) -> list[Push]:
    """Return the dispatches that somebody has received."""
    return [push for push in quarter.pushes("dispatch") if quarter.short_name(push) == name]
