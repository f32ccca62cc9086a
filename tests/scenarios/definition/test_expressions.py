"""Conditions of rule files."""

import pytest

from scenarios.definition.expressions import Expression
from scenarios.errors import ExpressionError


@pytest.mark.parametrize(
    "text", ["count.real", "(lambda: 1)()", "[c for c in 'x']", "open('x')", "'a' * 999999999"]
)
def test_no_condition_reaches_into_python(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text, settings={}, labels=["person"], per_subject=False)
