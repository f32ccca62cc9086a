"""The table of docs/scenarios.md is current; a new scenario may lack a row until a release."""

from pathlib import Path

import pytest

from scenarios.docs_table import stale_rows, update_table

PAGE = Path(__file__).parents[2] / "docs/scenarios.md"


def test_the_table_of_the_page_is_current() -> None:
    """To update it: python -m scenarios.docs_table docs/scenarios.md."""
    assert stale_rows(PAGE.read_text("utf-8")) == []


def test_a_scenario_without_a_row_is_allowed_and_gets_one() -> None:
    rows = PAGE.read_text("utf-8").splitlines(keepends=True)
    without = "".join(row for row in rows if not row.startswith("| `climbing`"))

    assert stale_rows(without) == []
    assert "| `climbing` |" in update_table(without)


def test_a_row_that_is_out_of_date_is_named() -> None:
    [row] = stale_rows(PAGE.read_text("utf-8").replace("lift_m 0.8 m", "lift_m 2 m"))

    assert row.startswith("| `climbing` |")


def test_a_page_without_marks_is_rejected() -> None:
    for read in (update_table, stale_rows):
        with pytest.raises(ValueError, match="not enough values"):
            read("# Scenarios")
