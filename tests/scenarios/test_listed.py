"""The table of scenarios in the documents is that of the library."""

from pathlib import Path

import pytest

from scenarios.page import renewed

PAGE = Path(__file__).parents[2] / "docs/scenarios.md"


def test_the_page_lists_the_library_as_it_is() -> None:
    """Renew it: python -m scenarios.page docs/scenarios.md."""
    page = PAGE.read_text("utf-8")

    assert renewed(page) == page


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        renewed("# Scenarios")
