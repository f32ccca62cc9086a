"""The table of security requirements is complete, up to date, and names tests that exist."""

import ast
import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = {
    1: "1.1-2 2.1-9 3.1-11 4.1-3 5.1-2",
    2: "1.1-3 2.1-3 3.1-4 4.1",
    3: "2.1-2 3.1-4 4.1-6 5.1-5 7.1-2",
    4: "1.1-3 2.1 3.1-2 4.1-4",
    5: "1.1 2.1-3 3.1-2 4.1-3",
    6: "1.1-3 2.1-12 3.1-4 4.1-4 5.1-5 6.1-3 8.1-4",
    7: "1.1-3 2.1-4 3.1-2 4.1-5 5.1-2 6.1-2",
    8: "1.1-2 2.1-3 3.1 4.1",
    9: "1.1-3 2.1-4",
    10: "1.1-2 2.1-2 3.1-4 4.1-11 5.1-5 6.1-2 7.1-3",
    11: "1.1-2 2.1-3 3.1-3 4.1-4 5.1 6.1",
    12: "1.1-3 2.1-2 3.1-4",
    13: "1.1 2.1-5 3.1-2 4.1-5",
    14: "1.1-2 2.1-4 3.1-3",
    15: "1.1-3 2.1-3 3.1-7",
    16: "1.1 2.1-5 3.1-4 4.1-3 5.1-3",
    17: "1.1 2.1-4 3.1-2",
}
"""The requirements of level 1 and 2 of OWASP ASVS 5.0.0, by chapter: section, first and last."""


@pytest.fixture
def security_table() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "deploy"))
    try:
        yield importlib.import_module("security_table")
    finally:
        sys.path.remove(str(ROOT / "deploy"))


def test_every_requirement_of_level_1_and_2_has_its_line(security_table: ModuleType) -> None:
    requirements = security_table.read_requirements()

    assert [r.number for r in requirements] == list(_expected())
    assert Counter(r.level for r in requirements) == {1: 70, 2: 183}


def test_the_page_shows_the_data(security_table: ModuleType) -> None:
    page = security_table.PAGE.read_text("utf-8")
    table = security_table.make_table(security_table.read_requirements())

    assert page == security_table.replace_table(page, table), "run python deploy/security_table.py"


def test_what_is_met_is_shown_by_a_test_and_everything_else_has_a_reason(
    security_table: ModuleType,
) -> None:
    for requirement in security_table.read_requirements():
        assert requirement.status in security_table.STATUSES, requirement
        assert requirement.summary, requirement
        assert requirement.evidence if requirement.status == "met" else requirement.note, (
            requirement
        )
        for evidence in requirement.evidence:
            file, _, name = evidence.partition("::")
            if name:
                assert name in _tests_of(ROOT / file), f"{requirement.number}: {evidence}"
            else:
                page, _, heading = evidence.partition("#")
                assert heading in _headings_of(ROOT / page), f"{requirement.number}: {evidence}"


def _expected() -> Iterator[str]:
    for chapter, sections in NUMBERS.items():
        for written in sections.split():
            section, _, span = written.partition(".")
            first, _, last = span.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield f"{chapter}.{section}.{number}"


@cache
def _tests_of(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@cache
def _headings_of(page: Path) -> frozenset[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles)
