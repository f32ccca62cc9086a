"""Print the results of commands: one JSON document for programs, lines for people."""

from collections.abc import Mapping

import msgspec


def print_json(result: object) -> None:
    """Print one JSON document to standard output."""
    print(msgspec.json.encode(result).decode())


def print_lines(result: Mapping[str, object], indent: str = "") -> None:
    """Print one line for each key; nested keys are indented."""
    for key, value in result.items():
        if isinstance(value, Mapping):
            print(f"{indent}{key}")
            print_lines(value, f"{indent}  ")
        else:
            print(f"{indent}{key:<16} {value}")
