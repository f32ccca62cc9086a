"""Scenarios in TOML files: they play their cases, and every mistake is named."""

from pathlib import Path

import pytest

from scenarios import catalogue
from scenarios.catalogue import find_error
from scenarios.definition.rule_file import read_rule_file
from scenarios.errors import RuleFileError, SettingsError
from scenarios.testing.case_player import play_all_cases, play_case
from tests.scenarios.rule_files import RULE_FILE, write_rule_file


def test_a_rule_file_passes_its_cases(tmp_path: Path) -> None:
    scenario = read_rule_file(write_rule_file(tmp_path))

    assert (scenario.key, find_error(scenario)) == ("my_rule", "")
    assert [result.failure for result in play_all_cases(scenario)] == [""] * 4


def test_the_message_is_filled_from_the_measures(tmp_path: Path) -> None:
    scenario = read_rule_file(write_rule_file(tmp_path))
    [opened, *_] = play_case(scenario, scenario.cases[0])

    assert opened.message.zh == "2 人"
    assert opened.measures["count"] == opened.measures["people"] == 2


def test_a_site_sets_it_like_any_other_scenario(tmp_path: Path) -> None:
    scenario = read_rule_file(write_rule_file(tmp_path))
    bound = scenario.bind([], {"people": 3, "hold": 1, "level": "major"})

    assert [s.name for s in scenario.settings] == ["people", "hold", "clear", "report_every"]
    assert bound.timing.hold.total_seconds() == 1


def test_it_may_require_a_zone(tmp_path: Path) -> None:
    text = RULE_FILE.replace('duty = "city"', 'duty = "city"\nneeds_zone = true')
    scenario = read_rule_file(write_rule_file(tmp_path, text))

    with pytest.raises(SettingsError, match="needs a zone; draw one"):
        scenario.bind([], {})


def test_a_condition_can_be_evaluated_for_each_object(tmp_path: Path) -> None:
    text = RULE_FILE.replace('level = "minor"', 'level = "minor"\nper = "subject"').replace(
        'when = "count >= people"', 'when = "still_s >= 2 and speed_mps < people"'
    )
    scenario = read_rule_file(write_rule_file(tmp_path, text))
    opened = [alert for alert in play_case(scenario, scenario.cases[0]) if alert.rev == 1]

    assert sorted(alert.subject or 0 for alert in opened) == [1, 2]


def test_a_second_condition_promotes(tmp_path: Path) -> None:
    worse = '[[worse]]\nlevel = "critical"\nwhen = "count >= 2 * people - 2"\n\n[parameters.people]'
    text = RULE_FILE.replace("[parameters.people]", worse)
    scenario = read_rule_file(write_rule_file(tmp_path, text))

    assert {alert.level for alert in play_case(scenario, scenario.cases[0])} == {"critical"}


MISTAKES = {
    "an unknown quantity": ('"count >= people"', '"cuont >= people"', "did you mean count?"),
    "an unknown function": ('"count >= people"', '"grop(2) > 1"', "did you mean group?"),
    "half an expression": ('"count >= people"', '"count >="', "invalid syntax where it ends"),
    "a number": ('"count >= people"', '"count + people"', "not true or false"),
    "a division by zero": ('"count >= people"', '"1 / count > people"', "divides by zero"),
    "an attribute": ('"count >= people"', '"count.__class__ == 1"', "__class__"),
    "an unknown key": ("hold_s = 5", "hold = 5", "unknown field `hold`: did you mean hold_s?"),
    "an unknown table": ("[parameters.people]", "[settings.people]", "lists the keys"),
    "an unknown duty": ('"city"', '"town"', "Invalid enum value 'town' - at `$.duty`"),
    "a field without a value": ("{people:.0f} people", "{peple} people", "did you mean people?"),
    "a default out of range": ("default = 2", "default = 99", "99 is out of range"),
    "a negative hold": ("hold_s = 5", "hold_s = -5", "at `$.hold_s`"),
    "an actor without a place": (", at = [10, 10] }]\nopens = 0", " }]\nopens = 0", "needs `at`"),
    "no silent case": ("opens = 0", "opens = 1", "a case that opens none"),
    "not TOML": ("[parameters.people]", "[parameters.people", "my_rule.toml: "),
}


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_file_and_place(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    assert right in RULE_FILE
    write_rule_file(tmp_path, RULE_FILE.replace(right, wrong))

    with pytest.raises(RuleFileError) as rejected:
        catalogue.load([tmp_path])

    assert str(rejected.value).startswith(f"{tmp_path}/my_rule.toml: ")
    assert message in str(rejected.value)
