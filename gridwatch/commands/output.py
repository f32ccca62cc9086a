"""Answers of commands: one JSON document for programs, lines for people."""

from collections.abc import Mapping

import msgspec


def print_json(answer: object) -> None:
    """Print one JSON document to standard output."""
    print(msgspec.json.encode(answer).decode())


def print_lines(answer: Mapping[str, object], indent: str = "") -> None:
    """Print a line for each key; what is inside another is set in."""
    for key, value in answer.items():
        if isinstance(value, Mapping):
            print(f"{indent}{key}")
            print_lines(value, f"{indent}  ")
        else:
            print(f"{indent}{key:<16} {value}")
