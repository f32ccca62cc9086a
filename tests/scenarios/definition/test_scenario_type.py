"""Bind a scenario to a camera: what a site may set, and how mistakes are named."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.geometry.shapes import Point, Zone
from pipeline.signal import Level
from scenarios import catalogue
from scenarios.errors import SettingsError

CROWD = catalogue.load()["crowd_gathering"]
SQUARE = Zone("square", (Point(0, 0), Point(1, 0), Point(1, 1)))


def test_a_setting_that_the_site_leaves_out_has_the_default_of_the_scenario() -> None:
    bound = CROWD.bind([SQUARE], {})

    assert bound.timing.hold == timedelta(seconds=30)
    assert bound.level is Level.MAJOR
    assert bound.zones == (SQUARE,)


def test_timing_and_level_are_set_like_parameters() -> None:
    settings = {"people": 3, "hold": 5, "clear": 7.5, "report_every": 0, "level": "minor"}
    bound = CROWD.bind([SQUARE], settings)

    assert bound.timing.hold == timedelta(seconds=5)
    assert bound.timing.clear == timedelta(seconds=7.5)
    assert bound.timing.report_every == timedelta()
    assert bound.level is Level.MINOR


def test_without_a_zone_the_whole_frame_is_watched() -> None:
    assert CROWD.bind([], {}).zones == (Zone.full_frame(),)


MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "a misspelled name": ({"peeple": 3}, "no such parameter: did you mean people?"),
    "an unknown name": ({"xyzzy": 3}, "no such parameter; known: clear, hold"),
    "too few": ({"people": 1}, "1 is out of range; allowed is a whole number from 2 to 200"),
    "too many": ({"people": 201}, "201 is out of range"),
    "a fraction": ({"people": 2.5}, "2.5 is not a whole number; allowed is a whole number"),
    "a word": ({"people": "many"}, "'many' is not a whole number"),
    "a truth value": ({"people": True}, "True is not a whole number"),
    "too far": ({"radius_m": 11}, "11 is out of range; allowed is a number from 0.5 to 10 m"),
    "not a number": ({"radius_m": float("nan")}, "nan is out of range"),
    "a negative hold": ({"hold": -1}, "-1 is out of range; allowed is a number from 0 to 3600 s"),
    "an endless clear": ({"clear": 1e9}, "out of range"),
    "a list": ({"report_every": [1]}, "[1] is not a number"),
    "an unknown level": (
        {"level": "dire"},
        "'dire' is not a level; allowed is info, minor, major, critical",
    ),
    "no level": ({"level": None}, "None is not a level"),
    "a level in a list": ({"level": ["major"]}, "['major'] is not a level"),
}


@pytest.mark.parametrize(("settings", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_what_is_allowed(settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as rejected:
        CROWD.bind([SQUARE], settings)

    assert str(rejected.value).startswith(f"crowd_gathering.{next(iter(settings))}: ")
    assert message in str(rejected.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as rejected:
        CROWD.bind([SQUARE, SQUARE], {"people": 1, "hold": "long", "colour": 3})

    names = [name for name, _ in rejected.value.mistakes]
    assert names == ["people", "hold", "colour", "zones"]


@given(st.dictionaries(st.text(), st.integers() | st.floats() | st.text() | st.none()))
def test_any_settings_are_bound_or_rejected(settings: dict[str, object]) -> None:
    known = {setting.name for setting in CROWD.settings} | {"level"}
    if settings.keys() <= known:
        return
    with pytest.raises(SettingsError):
        CROWD.bind([SQUARE], settings)
