"""`gridwatch bench push`: every alert of a staffed place is pushed, also beside stuck incidents."""

import json
import subprocess
import sys

import pytest

from gridwatch.benchmarks.central.push_town import PLACES, SCENARIOS, place_of, scenario_of
from scenarios import catalogue
from scenarios.definition.taxonomy import Maturity


def test_no_two_alerts_share_place_and_scenario() -> None:
    numbers = range(PLACES * len(SCENARIOS))
    matters = {(place_of(number, is_staffed=True), scenario_of(number)) for number in numbers}

    assert len(matters) == len(numbers)


def test_every_scenario_is_of_another_family_and_notifies_a_worker_by_itself() -> None:
    scenarios = [catalogue.load()[key] for key in SCENARIOS]

    assert len({scenario.family for scenario in scenarios}) == len(SCENARIOS)
    assert {scenario.maturity for scenario in scenarios} == {Maturity.STABLE}


def test_staffed_places_and_others_are_apart() -> None:
    staffed = {place_of(number, is_staffed=True) for number in range(PLACES)}
    others = {place_of(number, is_staffed=False) for number in range(PLACES)}

    assert (len(staffed), len(others)) == (PLACES, PLACES)
    assert not staffed & others


@pytest.mark.slow
def test_invalid_rates_are_a_usage_error() -> None:
    done = run_push("--rates", "10,fast")

    assert done.returncode == 2
    assert "--rates" in done.stderr


@pytest.mark.slow
def test_every_alert_is_pushed_beside_incidents_that_nobody_can_be_called_for() -> None:
    done = run_push("--rates", "5", "--seconds", "2", "--stuck", "20", "--json")

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    beside = result["beside_stuck"]
    assert (result["unpushed"], beside["unpushed"], beside["stuck"]) == (0, 0, 20)
    assert 0 < result["rates"]["5"]["p50_ms"] <= result["rates"]["5"]["p99_ms"]
    assert 0 < beside["rates"]["5"]["p50_ms"] <= beside["rates"]["5"]["p99_ms"]


def run_push(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gridwatch", "bench", "push", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)
