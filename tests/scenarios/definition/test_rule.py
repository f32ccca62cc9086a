"""The ``@gw.rule`` decorator, and the rule it makes."""

from datetime import timedelta
from typing import Any

import pytest

from scenarios import authoring as gw
from scenarios.definition.expressions import sample_scene
from scenarios.definition.rule import Rule
from scenarios.definition.scenario_type import ScenarioType


class Crowd(gw.Parameters):
    people: int = gw.parameter(3, min=2, max=9, zh="人数", en="People")


@gw.rule(Crowd, per="zone", labels={"person"}, hold="1s", clear="5m", report_every="1h")
def crowd(scene: gw.Scene, params: Crowd) -> gw.Signals:
    people = scene.in_zone()
    if len(people) >= params.people:
        yield scene.signal(*people, people=len(people))


@gw.rule(per="zone", labels={"person"}, hold="0.5s", clear="1s")
def anybody(scene: gw.Scene) -> gw.Signals:
    if scene.in_zone():
        yield scene.signal(*scene.in_zone())


def describe(rule: Rule[...]) -> ScenarioType:
    return gw.scenario(
        rule,
        title=gw.Text(zh="测试", en="Test"),
        message=gw.Text(zh="测试", en="Test"),
        duty=gw.DutyClass.CITY,
        level=gw.Level.MINOR,
        cases=[
            gw.Case("three people", gw.standing(3, "person", at=(10, 10)), opens=1),
            gw.Case("nobody", [], opens=0),
        ],
    )


def test_a_rule_is_called_like_the_function_it_decorates() -> None:
    assert list(crowd(sample_scene(["person"], 0), Crowd())) == []
    assert list(anybody(sample_scene(["person"], 0))) == []


def test_a_rule_without_parameters_has_only_timing_to_set() -> None:
    assert [s.name for s in describe(anybody).settings] == ["hold", "clear", "report_every"]
    assert next(s.name for s in describe(crowd).settings) == "people"


def test_durations_are_written_in_seconds_minutes_or_hours() -> None:
    timing = describe(crowd).timing

    assert (timing.hold, timing.clear, timing.report_every) == (
        timedelta(seconds=1),
        timedelta(minutes=5),
        timedelta(hours=1),
    )


@pytest.mark.parametrize("text", ["", "30", "thirty seconds", "-1s", "1d", "1 s"])
def test_a_duration_that_cannot_be_read_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match='is not a duration: write it as in "30s"'):
        gw.rule(per="zone", labels={"person"}, hold=text, clear="1s")(lambda _: ())


def test_a_rule_with_the_wrong_arguments_is_rejected_with_the_form_to_write() -> None:
    with pytest.raises(TypeError, match=r"write `alone\(scene: gw.Scene, params: Crowd\)`"):

        @gw.rule(Crowd, per="zone", labels={"person"}, hold="1s", clear="1s")  # type: ignore[arg-type]
        def alone(scene: gw.Scene) -> gw.Signals:
            return [scene.signal(scene.zone_target())]

    with pytest.raises(TypeError, match=r"write `both\(scene: gw.Scene\)`, or `@gw.rule"):

        @gw.rule(per="zone", labels={"person"}, hold="1s", clear="1s")  # type: ignore[arg-type]
        def both(scene: gw.Scene, params: Crowd) -> gw.Signals:
            return [scene.signal(scene.zone_target(), people=params.people)]


def test_a_function_without_the_decorator_is_rejected() -> None:
    with pytest.raises(TypeError, match=r"decorate the function with `@gw\.rule"):
        describe(lambda _: ())  # type: ignore[arg-type]


def test_an_unknown_need_is_rejected_with_the_nearest_one() -> None:
    unchecked: Any = gw.rule

    with pytest.raises(ValueError, match=r"there is no 'posture': did you mean postures\?"):
        unchecked(per="zone", needs={"posture"}, hold="1s", clear="1s")(lambda _: ())
