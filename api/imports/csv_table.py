"""Read a CSV table and collect every problem with its line and column."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from api.errors import InvalidImportFileError
from pipeline.wire.display_names import is_one_line

Value = TypeVar("Value")


class FileProblems:
    """The problems of one file, collected so that one run reports all of them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[str] = []

    def add(self, where: str, problem: str) -> None:
        """Add a problem at a place, with its fix."""
        self._problems.append(f"{where}: {problem}")

    def raise_if_any(self) -> None:
        """Stop unless the file is free of problems so far.

        Raises:
            InvalidImportFileError: Lists every problem.
        """
        if self._problems:
            raise self.to_error()

    def to_error(self) -> InvalidImportFileError:
        """Return all problems as one error."""
        return InvalidImportFileError(self.file, tuple(self._problems))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; values are stripped of surrounding blanks."""

    line: int
    values: Mapping[str, str]
    problems: FileProblems = field(repr=False)

    def read(
        self,
        column: str,
        parse: Callable[[str], Value],
        *,
        expected: str,
        default: Value | None = None,
    ) -> Value | None:
        """Parse one value; add a problem and return ``None`` if it is invalid.

        Args:
            parse: Raises ``ValueError`` for an invalid value.
            expected: What to write instead, for the problem.
            default: The value of an empty cell; without one, an empty cell is a problem.
        """
        text = self.values.get(column, "")
        if not text:
            if default is None:
                self.problems.add(self.where(column), f"is empty: {expected}")
            return default
        try:
            return parse(text)
        except ValueError:
            self.problems.add(self.where(column), f"{text!r}: {expected}")
            return None

    def where(self, column: str) -> str:
        """Return the place of a value, for a problem."""
        return f"line {self.line}, {column}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its column names in lower case."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(content: bytes, problems: FileProblems) -> Table:
    """Read a CSV file with a header line; skip empty lines.

    Raises:
        InvalidImportFileError: It is not UTF-8, has no header, or a line has too many values.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.add("line 1", "is not UTF-8: save it as “CSV UTF-8”")
        raise problems.to_error() from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    columns = tuple(name.strip().lower() for name in reader.fieldnames or ())
    if not columns:
        problems.add("line 1", "is empty: the first line must name the columns")
    reader.fieldnames = columns
    rows = tuple(_read_rows(reader, problems))
    problems.raise_if_any()
    return Table(columns, rows)


def _read_rows(reader: "csv.DictReader[str]", problems: FileProblems) -> Iterator[Row]:
    try:
        for values in reader:
            where = f"line {reader.line_num}"
            if "" in values:
                problems.add(where, "has more values than the header has columns")
                continue
            if any("\0" in value for value in values.values()):
                problems.add(where, "contains a NUL character: remove it")
            stripped = {name: value.strip() for name, value in values.items()}
            if any(stripped.values()):
                yield Row(reader.line_num, stripped, problems)
    except csv.Error as error:
        problems.add(f"line {reader.line_num}", f"cannot be read: {error}")


def report_duplicates(named: list[tuple[str, str]], problems: FileProblems) -> None:
    """Add a problem for every name that occurs again; ``named`` has names with their places."""
    seen: set[str] = set()
    for name, where in named:
        if name and name in seen:
            problems.add(where, f"{name} occurs twice in the file")
        seen.add(name)


def short_text(text: str) -> str:
    """Parse a text of at most 100 characters."""
    if len(text) > 100:
        raise ValueError
    return text


def display_name(max_length: int) -> Callable[[str], str]:
    """Return a parser for one line of text in any language."""

    def parse(text: str) -> str:
        if len(text) > max_length or not is_one_line(text):
            raise ValueError
        return text

    return parse


def area_code(text: str) -> str:
    """Parse the code of an area: digits only."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return text


def aware_time(text: str) -> datetime:
    """Parse an ISO 8601 time with its offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return a parser that accepts only these values."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return parse


def number_within(limit: float) -> Callable[[str], float]:
    """Return a parser for numbers from ``-limit`` to ``limit``."""

    def parse(text: str) -> float:
        value = float(text)
        if not abs(value) <= limit:
            raise ValueError
        return value

    return parse
