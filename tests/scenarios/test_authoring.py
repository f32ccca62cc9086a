"""The authoring guide is true, and the library follows it."""

import ast
import importlib.util
import inspect
import re
from pathlib import Path

import pytest

from pipeline.scene.scene import Scene
from scenarios.catalogue import find_error
from scenarios.definition.expressions import FUNCTIONS, SUBJECT_QUANTITIES, ZONE_QUANTITIES
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.case_player import play_all_cases

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "authoring.md"
LIBRARY = sorted((ROOT / "scenarios" / "library").glob("[a-z]*.py"))
ALLOWED_IMPORTS = {"from scenarios import authoring as gw", "import math"}


@pytest.mark.slow
def test_the_example_of_the_guide_passes_its_cases(tmp_path: Path) -> None:
    text = GUIDE.read_text("utf-8")
    [name] = re.findall(r"gridwatch scenario new (\w+)\n", text)
    [code] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    file = tmp_path / f"{name}.py"
    file.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location(f"scenarios.library.{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scenario = module.scenario

    assert isinstance(scenario, ScenarioType)
    assert (scenario.key, find_error(scenario)) == (name, "")
    assert [result.failure for result in play_all_cases(scenario)] == [""] * 8


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_a_scenario_imports_only_authoring(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]

    assert {ast.unparse(node) for node in imports} <= ALLOWED_IMPORTS


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_a_scenario_states_its_rule_before_its_words_and_cases(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    uses = [ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign)]

    assert names[0] == file.stem
    assert "noqa" not in file.read_text("utf-8")
    assert uses[-1].startswith(f"gw.scenario({file.stem}, ")


def test_the_guide_lists_every_name_of_a_condition() -> None:
    text = GUIDE.read_text("utf-8")
    names = {*ZONE_QUANTITIES, *SUBJECT_QUANTITIES, *FUNCTIONS}

    assert not [name for name in names if f"`{name}" not in text]


def test_the_guide_names_every_method_of_the_scene_and_no_other() -> None:
    named = set(re.findall(r"`scene\.(\w+)", GUIDE.read_text("utf-8")))
    methods = {name for name, _ in inspect.getmembers(Scene, inspect.isfunction)}

    assert named - {"at", "tracks", "occupancy", "zone_area"} == {
        name for name in methods if not name.startswith("_")
    }
