"""Every case of every scenario passes, clean and with detector noise."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from _pytest.mark import ParameterSet

from pipeline.alert import Alert
from pipeline.scene.scene import Scene
from pipeline.signal import Signal
from scenarios import catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters
from scenarios.testing import stage
from scenarios.testing.case_frames import case_duration
from scenarios.testing.case_player import (
    check_alerts,
    missing_measure,
    play_and_check,
    play_case,
)
from scenarios.testing.cases import Case
from scenarios.testing.trackability import untracked_actor

LIBRARY = catalogue.load()
SLOW = timedelta(minutes=1)


def parametrize(scenario: ScenarioType) -> Iterator[ParameterSet]:
    """Yield all cases; those over a minute are slow, but for the shortest of each outcome."""
    by_length = sorted(scenario.cases, key=lambda case: duration(scenario, case))
    quick = [
        next(case for case in by_length if bool(case.opens) is opens) for opens in (True, False)
    ]
    for case in scenario.cases:
        is_slow = case not in quick and duration(scenario, case) > SLOW
        marks = [pytest.mark.slow] if is_slow else []
        yield pytest.param(scenario, case, id=f"{scenario.key}: {case.name}", marks=marks)


def duration(scenario: ScenarioType, case: Case) -> timedelta:
    return case_duration(case, scenario.bind([stage.stage_zone(case.zone)], case.parameters))


CASES = [case for scenario in LIBRARY.values() for case in parametrize(scenario)]


@pytest.mark.parametrize(("scenario", "case"), CASES)
def test_clean_case_and_its_messages(scenario: ScenarioType, case: Case) -> None:
    alerts = play_case(scenario, case)
    others = [untracked_actor(scenario, case), missing_measure(scenario, alerts)]

    assert check_alerts(case, alerts, noisy=False, other_failures=others).failure == ""
    for alert in alerts:
        assert_explained(scenario, alert)


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "case"), CASES)
def test_noisy_case(scenario: ScenarioType, case: Case) -> None:
    assert play_and_check(scenario, case, noisy=True).failure == ""


def assert_explained(scenario: ScenarioType, alert: Alert) -> None:
    """Check that an alert has its message in both languages, and its steps."""
    assert alert.message.zh
    assert alert.message.en
    assert "{" not in alert.message.zh + alert.message.en
    needs_posture = "postures" in scenario.spec.capabilities
    steps = [step.name for step in alert.explain if step.name != "posture"]
    assert (len(steps) < len(alert.explain)) == needs_posture
    *before, zone, rule, hold = steps
    assert (zone, rule, hold) == ("zone", "rule", "hold")
    uses_frames = "outages" not in scenario.spec.capabilities
    assert before == (["detect", "track"] if uses_frames else [])


COUNTING = [
    scenario for scenario in LIBRARY.values() if any(s.is_min_count for s in scenario.settings)
]


@pytest.mark.parametrize("scenario", COUNTING, ids=lambda scenario: scenario.key)
def test_below_its_least_count_a_rule_signals_as_in_an_empty_zone(scenario: ScenarioType) -> None:
    [case, *_] = [case for case in scenario.cases if case.opens]
    [least] = [setting.name for setting in scenario.settings if setting.is_min_count]
    signalled: dict[bool, set[bool]] = {True: set(), False: set()}

    def record(scene: Scene, parameters: Parameters) -> list[Signal]:
        signals = list(scenario.rule(scene, parameters))
        is_below = len(scene.in_zone()) < getattr(parameters, least)
        signalled[is_below].add(bool(signals))
        return signals

    play_case(replace(scenario, rule=record), case)

    signals_when_empty = scenario.key == "off_post"
    assert signalled[True] <= {signals_when_empty}
