"""The catalogue: the library, the folders of the site, and what it rejects."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import loader as edge_plan
from gridwatch.workbench import scenario_template
from models.catalogue.catalogue import Catalogue as Models
from scenarios import catalogue, library
from scenarios.errors import LibraryError, RuleFileError, UnknownScenarioError
from tests.edge import nodes
from tests.scenarios.rule_files import RULE_FILE, write_rule_file

LABELS = Models.load().vocabulary


def test_a_folder_of_the_site_is_read_beside_the_library(tmp_path: Path) -> None:
    write_rule_file(tmp_path)

    assert {"my_rule", "intrusion"} <= set(catalogue.load([tmp_path]))


def test_two_scenarios_of_one_key_are_rejected(tmp_path: Path) -> None:
    write_rule_file(tmp_path, name="intrusion.toml")

    with pytest.raises(RuleFileError, match="has the same key"):
        catalogue.load([tmp_path])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="no such folder"):
        catalogue.load([tmp_path / "nowhere"])


def test_the_environment_variable_lists_folders(tmp_path: Path) -> None:
    assert catalogue.site_folders({"GRIDWATCH_SCENARIO_PATH": f"{tmp_path}:/b"}) == [
        tmp_path,
        Path("/b"),
    ]
    assert catalogue.site_folders({}) == []


def test_a_label_that_no_model_reports_is_rejected_with_the_nearest_one(tmp_path: Path) -> None:
    write_rule_file(
        tmp_path, RULE_FILE.replace('watches = ["person"]', 'watches = ["person", "bike"]')
    )

    with pytest.raises(RuleFileError, match=r"uses label 'bike', which .* did you mean bicycle\?"):
        catalogue.load([tmp_path], labels=LABELS)
    with_bike = catalogue.load([tmp_path], labels=LABELS | {"bike"})
    assert "bike" in with_bike["my_rule"].spec.labels


def test_an_actor_with_a_label_that_no_model_reports_is_rejected(tmp_path: Path) -> None:
    write_rule_file(tmp_path, RULE_FILE.replace('{ label = "person", at', '{ label = "quux", at'))

    with pytest.raises(
        RuleFileError, match=r"case 'one person': uses label 'quux'.*listed under \[labels\]"
    ):
        catalogue.load([tmp_path], labels=LABELS)


def test_a_node_reads_the_folder_that_its_settings_name(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    scenario_template.write_scenario("wet_floor", tmp_path / "rules", expression=True)
    text = nodes.EDGE_TOML.replace("[[camera]]", '[scenarios]\npath = "rules"\n\n[[camera]]', 1)
    text = text.replace('"crowd_gathering"', '"wet_floor"')

    plan = edge_plan.load_config(nodes.write_edge_toml(tmp_path, text))

    assert [s.spec.key for camera in plan.cameras for s in camera.scenarios] == ["wet_floor"]


def test_an_unknown_key_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UnknownScenarioError, match="did you mean intrusion"):
        catalogue.find("intruson", catalogue.load())


def test_a_scenario_without_a_silent_case_is_rejected() -> None:
    intrusion = catalogue.load()["intrusion"]
    alerting = replace(intrusion, cases=intrusion.cases[:1])
    message = "it needs a case that opens an alert and a case that opens none"

    assert catalogue.find_error(intrusion) == ""
    assert catalogue.find_error(alerting) == message


def test_a_rule_that_is_not_named_like_its_file_is_rejected() -> None:
    moved = replace(catalogue.load()["intrusion"], file=Path("trespass.py"))

    assert catalogue.find_error(moved) == (
        "the rule is named intrusion: name it trespass, like its file"
    )


BROKEN = {
    "no scenario": ("", "has no scenario: end it with `scenario = gw.scenario(…)`"),
    "an unknown name": ("gw.Stay", "has no attribute 'Stay': did you mean Stays?"),
    "a syntax error": ("def", "invalid syntax"),
    "a field without a declaration": (
        "class Crowd(gw.Parameters):\n    people: int = 3",
        "people: write people: int = gw.parameter(8, min=2, max=200",
    ),
    "a duration without a unit": (
        '@gw.rule(per="zone", labels={"person"}, hold="30", clear="1s")\ndef broken(scene): ...',
        "'30' is not a duration",
    ),
}


@pytest.mark.parametrize(("text", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_of_the_library_is_named_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    (tmp_path / "broken.py").write_text(f"from scenarios import authoring as gw\n{text}\n", "utf-8")
    monkeypatch.setattr(library, "__path__", [*library.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "scenarios.library.broken", raising=False)

    with pytest.raises(LibraryError) as rejected:
        catalogue.load()

    assert str(rejected.value).startswith("scenarios/library/broken.py: ")
    assert problem in str(rejected.value)
