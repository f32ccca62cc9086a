"""Parameters: how an author declares them, and what is rejected."""

from dataclasses import FrozenInstanceError

import pytest

from scenarios import authoring as gw
from scenarios import catalogue


class Crowd(gw.Parameters):
    people: int = gw.parameter(3, min=2, max=9, zh="人数", en="People")
    radius_m: float = gw.parameter(2, min=0.5, max=10, zh="间距", en="Spacing")
    weight: float = gw.parameter(2, min=0, max=10, unit="kg", zh="重量", en="Weight")


def test_parameters_are_frozen_and_have_defaults() -> None:
    parameters = Crowd(people=4)

    assert parameters.values() == {"people": 4, "radius_m": 2, "weight": 2}
    with pytest.raises(FrozenInstanceError):
        parameters.people = 5  # type: ignore[misc]


def test_the_unit_is_the_suffix_of_the_name_unless_the_author_states_it() -> None:
    assert [setting.unit for setting in Crowd.SETTINGS] == ["", "m", "kg"]


def test_a_field_without_a_declaration_is_rejected_with_the_form_to_write() -> None:
    with pytest.raises(TypeError, match=r"people: write people: int = gw.parameter\(8, min=2"):

        class Bare(gw.Parameters):
            people: int = 3


def test_a_field_without_a_default_is_rejected() -> None:
    with pytest.raises(TypeError, match=r"people: write people: int = gw\.parameter"):

        class Open(gw.Parameters):
            people: int


def test_a_field_that_is_not_a_number_is_rejected() -> None:
    with pytest.raises(TypeError, match=r"name: write name: int = gw\.parameter"):

        class Named(gw.Parameters):
            name: str = "crowd"


def test_a_declaration_without_a_type_is_rejected() -> None:
    with pytest.raises(TypeError, match=r"people: give it a type: people: int = gw\.parameter"):

        class Untyped(gw.Parameters):
            people = gw.parameter(3, min=2, max=9, zh="人数", en="People")


def test_a_default_outside_its_own_range_is_rejected() -> None:
    with pytest.raises(ValueError, match="default of people: 1 is out of range"):

        class Off(gw.Parameters):
            people: int = gw.parameter(1, min=2, max=9, zh="人数", en="People")


def test_every_setting_of_the_library_can_be_shown_on_a_form() -> None:
    for scenario in catalogue.load().values():
        for setting in scenario.settings:
            assert setting.minimum <= setting.default <= setting.maximum
            assert setting.title.zh
            assert setting.title.en
