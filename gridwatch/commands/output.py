"""Answers of commands: one JSON document for programs, lines for people."""

from collections.abc import Mapping

import msgspec


def as_json(answer: object) -> None:
    """Print one JSON document to standard output."""
    print(msgspec.json.encode(answer).decode())


def as_lines(answer: Mapping[str, object], indent: str = "") -> None:
    """Print a line for each key; what is inside another is set in."""
    for key, value in answer.items():
        if isinstance(value, Mapping):
            print(f"{indent}{key}")
            as_lines(value, f"{indent}  ")
        else:
            print(f"{indent}{key:<16} {value}")
