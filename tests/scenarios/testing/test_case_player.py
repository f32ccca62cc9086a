"""Playing a case: equal cases give equal alerts, and what differs is named."""

from dataclasses import replace

from pipeline.alert import Change
from pipeline.text import Text
from scenarios import catalogue
from scenarios.testing.actors import Stays, Walks
from scenarios.testing.case_player import check_alerts, play_and_check, play_case
from scenarios.testing.cases import Case

INTRUSION = catalogue.load()["intrusion"]


def test_a_case_played_twice_gives_the_same_alerts_with_the_same_ids() -> None:
    [case, *_] = INTRUSION.cases

    assert play_case(INTRUSION, case, noisy=True) == play_case(INTRUSION, case, noisy=True)


def test_a_wrong_expectation_is_named() -> None:
    [first, *_] = INTRUSION.cases
    wrong = Case("no alert expected", first.actors, opens=0, zone=first.zone)
    alerts = play_case(INTRUSION, wrong)

    assert check_alerts(wrong, alerts, noisy=False).failure == "1 alerts instead of 0"
    assert [alert.change for alert in alerts] == [Change.OPENED]


def test_a_case_with_an_actor_whom_no_rule_can_see_fails() -> None:
    runner = Walks("person", [(0, 10), (20, 10)], speed_mps=9)

    assert play_and_check(INTRUSION, Case("a race", [runner], opens=0), noisy=False).failure == (
        "the tracker never tracks actor 1: the person moves at 9.0 m/s; "
        "across the frame the tracker follows up to 4.0 m/s at 5 frames a second"
    )


def test_a_parameter_without_a_measure_is_named() -> None:
    spec = replace(INTRUSION.spec, message=Text(zh="有人", en="Somebody"))
    scenario = replace(
        INTRUSION, spec=spec, rule=lambda scene, _: [scene.signal(scene.zone_target())]
    )
    case = Case("somebody", [Stays("person", (10, 10))], opens=1)

    assert play_and_check(scenario, case, noisy=False).failure == (
        "the signal lacks people: scene.signal(…, people=…)"
    )
    assert play_and_check(scenario, case, noisy=True).failure == ""
