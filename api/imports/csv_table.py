"""A CSV file as rows, and the mistakes found in it, each with its line and column."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from api.errors import InvalidImportFileError

Value = TypeVar("Value")


class FileProblems:
    """All that is wrong with one file, collected so that one look is enough."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[str] = []

    def add(self, where: str, what: str) -> None:
        """Note what is wrong at a place, and how to mend it."""
        self._found.append(f"{where}: {what}")

    def raise_if_any(self) -> None:
        """Go on only with a file that is whole.

        Raises:
            ImportRefusedError: Names every mistake.
        """
        if self._found:
            raise self.to_error()

    def to_error(self) -> InvalidImportFileError:
        """Put all of them into one error."""
        return InvalidImportFileError(self.file, tuple(self._found))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; blanks around values are gone."""

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
        """Parse one value; a bad one is noted with its mend, and read as ``None``.

        Args:
            default: What an empty value means; without one it has to be filled.
        """
        text = self.values.get(column, "")
        if not text:
            if default is None:
                self.problems.add(f"line {self.line}, {column}", f"is empty: {expected}")
            return default
        try:
            return parse(text)
        except ValueError:
            self.problems.add(f"line {self.line}, {column}", f"{text!r}: {expected}")
            return None

    def where(self, column: str) -> str:
        """Name a place of this row."""
        return f"line {self.line}, {column}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its header."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(content: bytes, mistakes: FileProblems) -> Table:
    """Read CSV with a header line; empty lines are left out.

    Raises:
        ImportRefusedError: It is no UTF-8, has no header, or a line has too many values.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        mistakes.add("line 1", "is not UTF-8: save it as “CSV UTF-8”")
        raise mistakes.to_error() from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    columns = tuple(name.strip().lower() for name in reader.fieldnames or ())
    if not columns:
        mistakes.add("line 1", "is empty: the first line names the columns")
    reader.fieldnames = columns
    rows = tuple(_rows(reader, mistakes))
    mistakes.raise_if_any()
    return Table(columns, rows)


def _rows(reader: "csv.DictReader[str]", mistakes: FileProblems) -> Iterator[Row]:
    try:
        for values in reader:
            if "" in values:
                mistakes.add(f"line {reader.line_num}", "has more values than the header has names")
                continue
            if any("\0" in value for value in values.values()):
                mistakes.add(f"line {reader.line_num}", "holds a NUL character: remove it")
            stripped = {name: value.strip() for name, value in values.items()}
            if any(stripped.values()):
                yield Row(reader.line_num, stripped, mistakes)
    except csv.Error as error:
        mistakes.add(f"line {reader.line_num}", f"cannot be read: {error}")
