"""What a site may set, and what it is told when it may not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.geometry.shapes import Point, Zone
from pipeline.signal import Level
from pipeline.text import Text
from scenarios import catalogue
from scenarios.authoring import (
    Annotated,
    Case,
    DutyClass,
    Iterator,
    Parameters,
    Scene,
    Signal,
    Stays,
    scenario,
    seconds,
    tunable,
)
from scenarios.catalogue import find_error
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import parameters_of
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
    "half a person": ({"people": 2.5}, "2.5 is no whole number; allowed is a whole number"),
    "words": ({"people": "many"}, "'many' is no whole number"),
    "yes": ({"people": True}, "True is no whole number"),
    "too far": ({"radius_m": 11}, "11 is out of range; allowed is a number from 0.5 to 10 m"),
    "not a number": ({"radius_m": float("nan")}, "nan is out of range"),
    "a negative hold": ({"hold": -1}, "-1 is out of range; allowed is a number from 0 to 3600 s"),
    "an endless clear": ({"clear": 1e9}, "out of range"),
    "a list": ({"report_every": [1]}, "[1] is no number"),
    "a level of its own": (
        {"level": "dire"},
        "'dire' is no level; allowed is info, minor, major, critical",
    ),
    "no level": ({"level": None}, "None is no level"),
    "a level that is a list": ({"level": ["major"]}, "['major'] is no level"),
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


class Bare(Parameters, frozen=True):
    people: int = 3


class Open(Parameters, frozen=True):
    people: Annotated[int, tunable(2, 9, zh="人数", en="People")]


class Off(Parameters, frozen=True):
    people: Annotated[int, tunable(2, 9, zh="人数", en="People")] = 1


class Good(Parameters, frozen=True):
    people: Annotated[int, tunable(2, 9, zh="人数", en="People")] = 3


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Bare, r"people: write Annotated\[int or float"),
        (Open, r"people: write Annotated\[int or float"),
        (Off, "default of people: 1 is out of range"),
    ],
)
def test_a_parameter_that_no_form_could_show_is_refused(kind: type[Parameters], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parameters_of(kind)


def a_kind(parameters: type[Parameters] = Good, *, silent: bool = True) -> ScenarioType:
    there = [Stays("person", (10, 10))]
    cases = (Case("fires", there, opens=1), Case("is silent", [], opens=0))

    @scenario(
        parameters,
        title=Text(zh="测试", en="Test"),
        because=Text(zh="测试", en="Test"),
        duty=DutyClass.CITY,
        per="zone",
        level=Level.MINOR,
        watches={"person"},
        hold=seconds(1),
        clear=seconds(1),
        cases=cases if silent else cases[:1],
    )
    def rule(scene: Scene, parameters: Parameters) -> Iterator[Signal]:  # noqa: ARG001
        yield from ()

    return rule


def test_a_scenario_without_a_silent_case_is_at_fault() -> None:
    assert find_error(a_kind()) == ""
    assert (
        find_error(a_kind(silent=False)) == "needs a case that fires and a case that stays silent"
    )


def test_a_scenario_with_a_bad_parameter_is_at_fault() -> None:
    assert find_error(a_kind(Bare)).startswith("people: write Annotated")


def test_a_broken_file_of_the_library_is_named() -> None:
    error = LibraryError("crowd", "has no function `rule` under @scenario")

    assert str(error).startswith("scenarios/library/crowd.py: ")
