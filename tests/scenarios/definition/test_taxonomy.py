from pathlib import Path

import pytest

from scenarios import catalogue
from scenarios.definition.rule_file import read_rule_file
from scenarios.definition.taxonomy import Family, Maturity
from scenarios.errors import RuleFileError
from tests.scenarios.rule_files import RULE_FILE, write_rule_file


def test_every_scenario_of_the_library_is_in_a_declared_family() -> None:
    families = {key: scenario.family for key, scenario in catalogue.load().items()}

    assert {key for key, family in families.items() if family not in set(Family)} == set()
    assert {families[key] for key in ("crowd_gathering", "crowd_density", "queue_too_long")} == {
        Family.CROWD
    }


def test_what_a_title_calls_experimental_is_experimental() -> None:
    for scenario in catalogue.load().values():
        is_experimental = scenario.maturity is Maturity.EXPERIMENTAL
        assert ("experimental" in scenario.title.en) == is_experimental


def test_a_rule_file_is_its_own_family_unless_it_names_one(tmp_path: Path) -> None:
    alone = read_rule_file(write_rule_file(tmp_path))
    traits = 'duty = "city"\nfamily = "crowd"\nmaturity = "experimental"\nlife_and_limb = true'
    named = read_rule_file(write_rule_file(tmp_path, RULE_FILE.replace('duty = "city"', traits)))

    assert (alone.family, alone.maturity, alone.life_and_limb) == (
        "my_rule",
        Maturity.STABLE,
        False,
    )
    assert (named.family, named.maturity, named.life_and_limb) == (
        "crowd",
        Maturity.EXPERIMENTAL,
        True,
    )


@pytest.mark.parametrize("line", ['family = "no spaces"', 'maturity = "young"'])
def test_an_impossible_family_or_maturity_is_rejected(tmp_path: Path, line: str) -> None:
    text = RULE_FILE.replace('duty = "city"', f'duty = "city"\n{line}')

    with pytest.raises(RuleFileError):
        read_rule_file(write_rule_file(tmp_path, text))
