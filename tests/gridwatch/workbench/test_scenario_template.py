"""``gridwatch scenario new``: the file it writes passes its own cases."""

import subprocess
import sys
from pathlib import Path

import pytest

from gridwatch.errors import UsageError
from gridwatch.workbench import scenario_template
from scenarios import library
from scenarios.catalogue import find_error
from scenarios.definition.rule_file import read_rule_file
from scenarios.testing.case_player import play_all_cases


def test_a_new_rule_file_passes_its_cases(tmp_path: Path) -> None:
    file = scenario_template.write_scenario("wet_floor", tmp_path, expression=True)
    scenario = read_rule_file(file)

    assert find_error(scenario) == ""
    assert [result.failure for result in play_all_cases(scenario)] == [""] * 4


@pytest.mark.slow
def test_a_new_python_scenario_passes_its_cases(tmp_path: Path) -> None:
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


def test_a_key_that_is_taken_or_invalid_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already"):
        scenario_template.write_scenario("intrusion", tmp_path)
    with pytest.raises(UsageError, match="is not a key"):
        scenario_template.write_scenario("Wet Floor", tmp_path)


def test_a_missing_folder_has_to_be_created_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no folder .*rules; create it first"):
        scenario_template.write_scenario("wet_floor", tmp_path / "rules", expression=True)


def test_the_next_step_says_how_the_other_commands_find_the_file(tmp_path: Path) -> None:
    shipped = Path(library.__path__[0]) / "wet_floor.py"
    rule = tmp_path / "wet_floor.toml"
    next_step = scenario_template.next_step

    assert next_step(shipped).endswith("run its cases: gridwatch scenario test wet_floor")
    assert f"GRIDWATCH_SCENARIO_PATH={tmp_path} gridwatch" in next_step(rule)
    assert f"move it to {shipped.parent}" in next_step(rule.with_suffix(".py"))
