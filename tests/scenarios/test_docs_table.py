"""What the documents say of a scenario is what the library has; a new one needs no row yet."""

from pathlib import Path

import pytest

from scenarios.docs_table import stale_rows, update_table

PAGE = Path(__file__).parents[2] / "docs/scenarios.md"


def test_what_the_page_lists_is_so() -> None:
    """Renew it: python -m scenarios.docs_table docs/scenarios.md."""
    assert stale_rows(PAGE.read_text("utf-8")) == []


def test_a_scenario_that_nobody_has_listed_yet_is_no_mistake() -> None:
    rows = PAGE.read_text("utf-8").splitlines(keepends=True)
    without = "".join(row for row in rows if not row.startswith("| `climbing`"))

    assert stale_rows(without) == []
    assert "| `climbing` |" in update_table(without)


def test_a_row_that_is_no_longer_true_is_named() -> None:
    [wrong] = stale_rows(PAGE.read_text("utf-8").replace("lift_m 0.8 m", "lift_m 2 m"))

    assert wrong.startswith("| `climbing` |")


def test_a_page_without_marks_is_refused() -> None:
    for read in (update_table, stale_rows):
        with pytest.raises(ValueError, match="not enough values"):
            read("# Scenarios")
