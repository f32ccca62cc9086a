"""What a site may set, and what it is told when it may not."""

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.geometry.shapes import Point, Zone
from pipeline.signal import Level
from scenarios import authoring as gw
from scenarios import catalogue
from scenarios.catalogue import find_error
from scenarios.definition.expressions import EMPTY_SCENE
from scenarios.definition.rule import Rule
from scenarios.definition.scenario_type import ScenarioType
from scenarios.errors import LibraryError, SettingsError, UnknownScenarioError

CROWD = catalogue.load()["crowd_gathering"]
SQUARE = Zone("square", (Point(0, 0), Point(1, 0), Point(1, 1)))


def test_what_is_not_set_is_the_scenarios_own() -> None:
    scenario_ = CROWD.bind([SQUARE], {})

    assert scenario_.timing.hold == timedelta(seconds=30)
    assert scenario_.level is Level.MAJOR
    assert scenario_.zones == (SQUARE,)


def test_timing_and_level_are_set_like_parameters() -> None:
    settings = {"people": 3, "hold": 5, "clear": 7.5, "report_every": 0, "level": "minor"}
    scenario_ = CROWD.bind([SQUARE], settings)

    assert scenario_.timing.hold == timedelta(seconds=5)
    assert scenario_.timing.clear == timedelta(seconds=7.5)
    assert scenario_.timing.report_every == timedelta()
    assert scenario_.level is Level.MINOR


def test_without_a_zone_the_whole_frame_is_watched() -> None:
    assert CROWD.bind([], {}).zones == (Zone.full_frame(),)


MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "a slip of the pen": ({"peeple": 3}, "no such parameter: did you mean people?"),
    "something unheard of": ({"xyzzy": 3}, "no such parameter; known: clear, hold"),
    "too few": ({"people": 1}, "1 is out of range; allowed is a whole number from 2 to 200"),
    "too many": ({"people": 201}, "201 is out of range"),
    "half a person": ({"people": 2.5}, "2.5 is not a whole number; allowed is a whole number"),
    "words": ({"people": "many"}, "'many' is not a whole number"),
    "yes": ({"people": True}, "True is not a whole number"),
    "too far": ({"radius_m": 11}, "11 is out of range; allowed is a number from 0.5 to 10 m"),
    "not a number": ({"radius_m": float("nan")}, "nan is out of range"),
    "a negative hold": ({"hold": -1}, "-1 is out of range; allowed is a number from 0 to 3600 s"),
    "an endless clear": ({"clear": 1e9}, "out of range"),
    "a list": ({"report_every": [1]}, "[1] is not a number"),
    "a level of its own": (
        {"level": "dire"},
        "'dire' is not a level; allowed is info, minor, major, critical",
    ),
    "no level": ({"level": None}, "None is not a level"),
    "a level that is a list": ({"level": ["major"]}, "['major'] is not a level"),
}


@pytest.mark.parametrize(("settings", "told"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_what_is_allowed(settings: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        CROWD.bind([SQUARE], settings)

    assert str(refused.value).startswith(f"crowd_gathering.{next(iter(settings))}: ")
    assert told in str(refused.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        CROWD.bind([SQUARE, SQUARE], {"people": 1, "hold": "long", "colour": 3})

    names = [name for name, _ in refused.value.mistakes]
    assert names == ["people", "hold", "colour", "zones"]


@given(st.dictionaries(st.text(), st.integers() | st.floats() | st.text() | st.none()))
def test_any_settings_bind_or_are_refused(settings: dict[str, object]) -> None:
    known = {setting.name for setting in CROWD.settings} | {"level"}
    if settings.keys() <= known:
        return
    with pytest.raises(SettingsError):
        CROWD.bind([SQUARE], settings)


def test_an_unknown_scenario_is_named_with_what_was_meant() -> None:
    with pytest.raises(UnknownScenarioError, match="did you mean intrusion"):
        catalogue.find("intruson", catalogue.load())


def test_every_setting_can_be_shown_on_a_form() -> None:
    for kind in catalogue.load().values():
        for setting in kind.settings:
            assert setting.minimum <= setting.default <= setting.maximum
            assert setting.title.zh
            assert setting.title.en


def test_a_field_without_a_declaration_is_refused_with_the_form_to_write() -> None:
    with pytest.raises(TypeError, match=r"people: write people: int = gw.parameter\(8, min=2"):

        class Bare(gw.Parameters):
            people: int = 3


def test_a_field_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"name: write name: int = gw\.parameter"):

        class Named(gw.Parameters):
            name: str = "crowd"


def test_a_declaration_without_a_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"people: give it a type: people: int = gw\.parameter"):

        class Untyped(gw.Parameters):
            people = gw.parameter(3, min=2, max=9, zh="人数", en="People")


def test_a_default_outside_its_own_range_is_refused() -> None:
    with pytest.raises(ValueError, match="default of people: 1 is out of range"):

        class Off(gw.Parameters):
            people: int = gw.parameter(1, min=2, max=9, zh="人数", en="People")


class Crowd(gw.Parameters):
    people: int = gw.parameter(3, min=2, max=9, zh="人数", en="People")
    radius_m: float = gw.parameter(2, min=0.5, max=10, zh="间距", en="Spacing")
    weight: float = gw.parameter(2, min=0, max=10, unit="kg", zh="重量", en="Weight")


def test_parameters_are_frozen_and_take_their_defaults() -> None:
    parameters = Crowd(people=4)

    assert parameters.values() == {"people": 4, "radius_m": 2, "weight": 2}
    with pytest.raises(FrozenInstanceError):
        parameters.people = 5  # type: ignore[misc]


def test_the_unit_is_the_end_of_the_name_or_what_the_author_says() -> None:
    assert [setting.unit for setting in Crowd.SETTINGS] == ["", "m", "kg"]


@gw.rule(Crowd, per="zone", labels={"person"}, hold="1s", clear="5m", report_every="1h")
def crowd(scene: gw.Scene, params: Crowd) -> gw.Signals:
    people = scene.in_zone()
    if len(people) >= params.people:
        yield scene.signal(*people, people=len(people))


@gw.rule(per="zone", labels={"person"}, hold="0.5s", clear="1s")
def anybody(scene: gw.Scene) -> gw.Signals:
    if scene.in_zone():
        yield scene.signal(*scene.in_zone())


def scenario_of(rule: Rule[...], *, silent: bool = True) -> ScenarioType:
    people = gw.standing(3, "person", at=(10, 10))
    cases = [gw.Case("fires", people, opens=1), gw.Case("is silent", [], opens=0)]
    scenario = gw.scenario(
        rule,
        title=gw.Text(zh="测试", en="Test"),
        message=gw.Text(zh="测试", en="Test"),
        duty=gw.DutyClass.CITY,
        level=gw.Level.MINOR,
        cases=cases if silent else cases[:1],
    )
    return replace(scenario, file=Path(f"{rule.key}.py"))


def test_a_rule_is_called_like_the_function_it_is() -> None:
    assert list(crowd(EMPTY_SCENE, Crowd())) == []
    assert list(anybody(EMPTY_SCENE)) == []


def test_durations_are_written_in_seconds_minutes_or_hours() -> None:
    timing = scenario_of(crowd).timing

    assert (timing.hold, timing.clear, timing.report_every) == (
        timedelta(seconds=1),
        timedelta(minutes=5),
        timedelta(hours=1),
    )


@pytest.mark.parametrize("text", ["", "30", "thirty seconds", "-1s", "1d", "1 s"])
def test_a_duration_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='is not a duration: write it as in "30s"'):
        gw.rule(per="zone", labels={"person"}, hold=text, clear="1s")(lambda _: ())


def test_a_rule_with_the_wrong_arguments_is_refused_with_the_form_to_write() -> None:
    with pytest.raises(TypeError, match=r"write `alone\(scene: gw.Scene, params: Crowd\)`"):

        @gw.rule(Crowd, per="zone", labels={"person"}, hold="1s", clear="1s")  # type: ignore[arg-type]
        def alone(scene: gw.Scene) -> gw.Signals:
            return [scene.signal(scene.zone_target())]

    with pytest.raises(TypeError, match=r"write `both\(scene: gw.Scene\)`, or `@gw\.rule"):

        @gw.rule(per="zone", labels={"person"}, hold="1s", clear="1s")  # type: ignore[arg-type]
        def both(scene: gw.Scene, params: Crowd) -> gw.Signals:
            return [scene.signal(scene.zone_target(), people=params.people)]


def test_a_function_without_the_decorator_is_refused() -> None:
    with pytest.raises(TypeError, match=r"decorate the function with `@gw\.rule"):
        scenario_of(lambda _: ())  # type: ignore[arg-type]


def test_a_scenario_without_a_silent_case_is_at_fault() -> None:
    message = "it needs a case that opens an alert and a case that opens none"

    assert find_error(scenario_of(crowd)) == ""
    assert find_error(scenario_of(crowd, silent=False)) == message


def test_a_rule_that_is_not_named_like_its_file_is_at_fault() -> None:
    elsewhere = replace(scenario_of(crowd), file=Path("mob.py"))

    assert find_error(elsewhere) == "the rule is named crowd: name it mob, like its file"


def test_a_broken_file_of_the_library_is_named() -> None:
    error = LibraryError("crowd", "has no scenario")

    assert str(error) == "scenarios/library/crowd.py: has no scenario"
