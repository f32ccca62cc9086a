"""Scenarios by expression: they prove themselves, and every slip is named."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge.config import plan as edge_plan
from gridwatch.errors import UsageError
from gridwatch.workbench import scenario_template
from models.catalogue.catalogue import Catalogue as Models
from scenarios import catalogue, library
from scenarios.catalogue import find_error
from scenarios.definition.expressions import Expression
from scenarios.definition.rule_file import read_rule_file
from scenarios.errors import ExpressionError, RuleFileError, SettingsError
from scenarios.testing.case_player import play_all_cases, play_case
from tests.edge import nodes
from tests.edge.nodes import EDGE_TOML as BOX

GOOD = """
title = { zh = "测试", en = "Test" }
because = { zh = "{people:.0f} 人", en = "{people:.0f} people" }
duty = "city"
level = "minor"
watches = ["person"]
when = "count >= people"
hold_s = 5
clear_s = 20

[parameters.people]
default = 2
minimum = 1
maximum = 50
zh = "人数"
en = "People"

[[case]]
name = "two who stay"
cast = [{ label = "person", standing = 2, at = [10, 10] }]
opens = 1

[[case]]
name = "one"
cast = [{ label = "person", at = [10, 10] }]
opens = 0
"""


def written(folder: Path, text: str, name: str = "my_rule.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_a_rule_by_expression_proves_itself(tmp_path: Path) -> None:
    kind = read_rule_file(written(tmp_path, GOOD))

    assert (kind.key, find_error(kind)) == ("my_rule", "")
    assert [played.failure for played in play_all_cases(kind)] == [""] * 4


def test_the_words_are_made_from_the_measures(tmp_path: Path) -> None:
    kind = read_rule_file(written(tmp_path, GOOD))
    [opened, *_] = play_case(kind, kind.cases[0])

    assert opened.message.zh == "2 人"
    assert opened.measures["count"] == opened.measures["people"] == 2


def test_a_site_sets_it_like_any_other(tmp_path: Path) -> None:
    kind = read_rule_file(written(tmp_path, GOOD))

    assert [s.name for s in kind.settings] == ["people", "hold", "clear", "report_every"]
    assert (
        kind.bind([], {"people": 3, "hold": 1, "level": "major"}).timing.hold.total_seconds() == 1
    )


def test_it_may_ask_a_site_for_a_zone(tmp_path: Path) -> None:
    kind = read_rule_file(
        written(tmp_path, GOOD.replace('duty = "city"', 'duty = "city"\nneeds_zone = true'))
    )

    with pytest.raises(SettingsError, match="needs a zone; draw one"):
        kind.bind([], {})


def test_each_object_can_be_asked_by_itself(tmp_path: Path) -> None:
    text = GOOD.replace('when = "count >= people"', 'when = "still_s >= 2 and speed_mps < people"')
    kind = read_rule_file(
        written(tmp_path, text.replace('level = "minor"', 'level = "minor"\nper = "subject"'))
    )
    alerts = [a for a in play_case(kind, kind.cases[0]) if a.rev == 1]

    assert sorted(a.subject or 0 for a in alerts) == [1, 2]


def test_it_worsens_by_a_second_condition(tmp_path: Path) -> None:
    worse = '[[worse]]\nlevel = "critical"\nwhen = "count >= 2 * people - 2"\n\n[parameters.people]'
    kind = read_rule_file(written(tmp_path, GOOD.replace("[parameters.people]", worse)))
    alerts = play_case(kind, kind.cases[0])

    assert {alert.level for alert in alerts} == {"critical"}


MISTAKES = {
    "a name that is not there": ('"count >= people"', '"cuont >= people"', "did you mean count?"),
    "a function that is not there": ('"count >= people"', '"grop(2) > 1"', "did you mean group?"),
    "half an expression": ('"count >= people"', '"count >="', "invalid syntax where it ends"),
    "a number, not a yes": ('"count >= people"', '"count + people"', "not true or false"),
    "a division by nobody": ('"count >= people"', '"1 / count > people"', "divides by zero"),
    "a way out of the cage": ('"count >= people"', '"count.__class__ == 1"', "__class__"),
    "an unknown key": ("hold_s = 5", "hold = 5", "unknown field `hold`: did you mean hold_s?"),
    "a table of another name": ("[parameters.people]", "[settings.people]", "lists the keys"),
    "no such duty": ('"city"', '"town"', "Invalid enum value 'town' - at `$.duty`"),
    "a reason nothing fills": ("{people:.0f} people", "{peple} people", "did you mean people?"),
    "a default out of range": ("default = 2", "default = 99", "99 is out of range"),
    "a negative hold": ("hold_s = 5", "hold_s = -5", "at `$.hold_s`"),
    "an actor without a place": (", at = [10, 10] }]\nopens = 0", " }]\nopens = 0", "needs `at`"),
    "no silent case": ("opens = 0", "opens = 1", "a case that opens none"),
    "no TOML": ("[parameters.people]", "[parameters.people", "my_rule.toml: "),
}


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_file_and_place(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    assert right in GOOD
    written(tmp_path, GOOD.replace(right, wrong))

    with pytest.raises(RuleFileError) as refused:
        catalogue.load([tmp_path])

    assert str(refused.value).startswith(f"{tmp_path}/my_rule.toml: ")
    assert told in str(refused.value)


def test_a_label_that_no_model_reports_is_refused_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace('watches = ["person"]', 'watches = ["person", "bike"]'))
    labels = Models.load().vocabulary

    with pytest.raises(RuleFileError, match=r"uses label 'bike', which .* did you mean bicycle\?"):
        catalogue.load([tmp_path], labels=labels)
    assert "bike" in catalogue.load([tmp_path], labels=labels | {"bike"})["my_rule"].hazard.labels


def test_a_cast_of_what_no_model_reports_is_refused(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace('[{ label = "person", at', '[{ label = "quux", at'))

    with pytest.raises(
        RuleFileError, match=r"case 'one': uses label 'quux'.*listed under \[labels\]"
    ):
        catalogue.load([tmp_path], labels=Models.load().vocabulary)


def test_no_expression_reaches_into_python() -> None:
    for text in ("count.real", "(lambda: 1)()", "[c for c in 'x']", "open('x')", "'a' * 999999999"):
        with pytest.raises(ExpressionError):
            Expression(text, settings={}, per_subject=False)


def test_a_folder_of_the_site_is_read_beside_the_library(tmp_path: Path) -> None:
    written(tmp_path, GOOD)

    assert {"my_rule", "intrusion"} <= set(catalogue.load([tmp_path]))


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "intrusion.toml")

    with pytest.raises(RuleFileError, match="has the same key"):
        catalogue.load([tmp_path])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="no such folder"):
        catalogue.load([tmp_path / "nowhere"])


def test_the_variable_names_folders(tmp_path: Path) -> None:
    assert catalogue.site_folders({"GRIDWATCH_SCENARIO_PATH": f"{tmp_path}:/b"}) == [
        tmp_path,
        Path("/b"),
    ]
    assert catalogue.site_folders({}) == []


def test_a_new_rule_by_expression_passes_its_own_checks(tmp_path: Path) -> None:
    kind = read_rule_file(scenario_template.write_scenario("wet_floor", tmp_path, expression=True))

    assert find_error(kind) == ""
    assert [played.failure for played in play_all_cases(kind)] == [""] * 4


def test_a_new_scenario_in_python_passes_its_own_checks(tmp_path: Path) -> None:
    file = scenario_template.write_scenario("wet_floor", tmp_path)
    script = (
        "import importlib.util, sys; from scenarios.testing.case_player import play_all_cases; "
        "from scenarios.catalogue import find_error; "
        f"spec = importlib.util.spec_from_file_location('scenarios.library.wet_floor', '{file}'); "
        "m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m); "
        "s = m.scenario; failures = [result.failure for result in play_all_cases(s)]; "
        "print(s.key, repr(find_error(s)), failures)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == f"wet_floor '' {[''] * 6}\n"


def test_a_box_reads_the_folder_that_its_settings_name(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    scenario_template.write_scenario("wet_floor", tmp_path / "rules", expression=True)
    own = BOX.replace("[[camera]]", '[scenarios]\npath = "rules"\n\n[[camera]]', 1)
    own = own.replace('"crowd_gathering"', '"wet_floor"')

    plan = edge_plan.read_plan(nodes.write_edge_toml(tmp_path, own))

    assert [one.spec.key for camera in plan.cameras for one in camera.scenarios] == ["wet_floor"]


def test_a_key_that_is_taken_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already"):
        scenario_template.write_scenario("intrusion", tmp_path)
    with pytest.raises(UsageError, match="is not a key"):
        scenario_template.write_scenario("Wet Floor", tmp_path)


def test_a_folder_that_is_not_there_is_to_be_made_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no folder .*rules; create it first"):
        scenario_template.write_scenario("wet_floor", tmp_path / "rules", expression=True)


def test_a_new_file_says_how_the_other_commands_get_to_know_it(tmp_path: Path) -> None:
    shipped = Path(library.__path__[0]) / "wet_floor.py"
    rule = tmp_path / "wet_floor.toml"

    assert scenario_template.next_step(shipped).endswith(
        "run its cases: gridwatch scenario test wet_floor"
    )
    assert f"GRIDWATCH_SCENARIO_PATH={tmp_path} gridwatch" in scenario_template.next_step(rule)
    assert f"move it to {shipped.parent}" in scenario_template.next_step(rule.with_suffix(".py"))
