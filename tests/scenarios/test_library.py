"""The library proves itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from _pytest.mark import ParameterSet

from pipeline.alert import Alert, Change
from pipeline.scene.scene import Scene
from pipeline.signal import Signal
from pipeline.text import Text
from scenarios import catalogue
from scenarios.authoring import seconds
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters
from scenarios.testing import stage
from scenarios.testing.actors import Leaves, Stays, Walks
from scenarios.testing.case_frames import case_duration
from scenarios.testing.case_player import (
    check_alerts,
    missing_measure,
    play_all_cases,
    play_and_check,
    play_case,
)
from scenarios.testing.cases import Case
from scenarios.testing.results import build_report
from scenarios.testing.trackability import untracked_actor

KINDS = catalogue.load()
MINUTE = timedelta(minutes=1)


def cases(kind: ScenarioType) -> Iterator[ParameterSet]:
    """All of a scenario; slow is what takes over a minute, but for one that fires, one silent."""
    by_length = sorted(kind.cases, key=lambda case: lasts(kind, case))
    quick = [
        next(case for case in by_length if bool(case.opens) is fires) for fires in (True, False)
    ]
    for case in kind.cases:
        slow = case not in quick and lasts(kind, case) > MINUTE
        marks = [pytest.mark.slow] if slow else []
        yield pytest.param(kind, case, id=f"{kind.key}: {case.name}", marks=marks)


def lasts(kind: ScenarioType, case: Case) -> timedelta:
    """How long it plays on the stage."""
    return case_duration(case, kind.bind([stage.stage_zone(case.zone)], case.parameters))


CASES = [case for kind in KINDS.values() for case in cases(kind)]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_case_and_its_words(kind: ScenarioType, case: Case) -> None:
    alerts = play_case(kind, case)
    besides = [untracked_actor(kind, case), missing_measure(kind, alerts)]

    assert check_alerts(case, alerts, noisy=False, other_failures=besides).failure == ""
    for alert in alerts:
        says_why_in_both_languages(kind, alert)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "case"), CASES)
def test_noisy_case(kind: ScenarioType, case: Case) -> None:
    assert play_and_check(kind, case, noisy=True).failure == ""


def says_why_in_both_languages(kind: ScenarioType, alert: Alert) -> None:
    assert alert.message.zh
    assert alert.message.en
    assert "{" not in alert.message.zh + alert.message.en
    *before, zone, rule, hold = (step.name for step in alert.explain)
    assert (zone, rule, hold) == ("zone", "rule", "hold")
    assert before == ([] if "outages" in kind.hazard.capabilities else ["detect", "track"])


COUNTING = [kind for kind in KINDS.values() if any(each.counts for each in kind.settings)]


@pytest.mark.parametrize("kind", COUNTING, ids=lambda kind: kind.key)
def test_with_fewer_than_it_counts_in_a_zone_a_rule_says_as_of_an_empty_one(
    kind: ScenarioType,
) -> None:
    [case, *_] = [case for case in kind.cases if case.opens]
    [counts] = [each.name for each in kind.settings if each.counts]
    said: dict[bool, set[bool]] = {True: set(), False: set()}

    def heard(scene: Scene, given: Parameters) -> list[Signal]:
        signals = list(kind.rule(scene, given))
        said[len(scene.in_zone()) < getattr(given, counts)].add(bool(signals))
        return signals

    play_case(replace(kind, rule=heard), case)

    speaks_of_nobody = kind.key == "off_post"
    assert said[True] <= {speaks_of_nobody}


def test_a_case_played_twice_gives_the_same_alerts_ids_included() -> None:
    kind = KINDS["intrusion"]

    assert play_case(kind, kind.cases[0], noisy=True) == play_case(kind, kind.cases[0], noisy=True)


def test_a_wrong_expectation_is_named() -> None:
    kind = KINDS["intrusion"]
    [first, *_] = kind.cases
    wrong = Case("nobody should mind", first.actors, opens=0, zone=first.zone)
    alerts = play_case(kind, wrong)

    assert check_alerts(wrong, alerts, noisy=False).failure == "1 alerts instead of 0"
    assert [alert.change for alert in alerts] == [Change.OPENED]


def test_a_case_about_somebody_whom_no_rule_can_see_is_wrong() -> None:
    kind = KINDS["intrusion"]
    racer = Walks("person", [(0, 10), (20, 10)], speed_mps=9)
    glimpse = Leaves(Stays("person", (10, 10)), after=seconds(0.4))
    car = Walks("car", [(0, 10), (20, 10)], speed_mps=30)

    assert play_and_check(kind, Case("a race", [racer], opens=0), noisy=False).failure == (
        "the tracker never tracks actor 1: the person moves at 9.0 m/s; "
        "across the frame the tracker follows up to 4.0 m/s at 5 frames a second"
    )
    assert "actor 2: the person is in 2 frames" in untracked_actor(
        kind, Case("a glimpse", [car, glimpse], opens=0)
    )
    assert untracked_actor(kind, Case("nobody asks about a car", [car], opens=0)) == ""


def test_a_bound_that_no_signal_tells_is_named() -> None:
    hazard = replace(KINDS["intrusion"].hazard, message=Text(zh="有人", en="Somebody"))
    kind = replace(
        KINDS["intrusion"], hazard=hazard, rule=lambda scene, _: [scene.signal(scene.zone_target())]
    )
    case = Case("somebody", [Stays("person", (10, 10))], opens=1)

    assert play_and_check(kind, case, noisy=False).failure == (
        "the signal lacks people: scene.signal(…, people=…)"
    )
    assert play_and_check(kind, case, noisy=True).failure == ""


def test_the_report_counts_good_ones_of_all() -> None:
    found = build_report({"intrusion": list(play_all_cases(KINDS["intrusion"]))})
    figures = found.scenarios["intrusion"]

    assert found.failed == 0
    assert figures.cases == figures.passed == 2 * len(KINDS["intrusion"].cases)
    assert figures.precision == figures.recall == (8, 8)
