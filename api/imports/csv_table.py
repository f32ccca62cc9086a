"""Read a CSV table and collect every problem with its line and column."""

import calendar
import csv
import io
import re
import unicodedata
from collections import Counter
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
        self.warnings: list[str] = []
        self._problems: list[str] = []

    def add(self, where: str, problem: str) -> None:
        """Add a problem at a place, with its fix."""
        self._problems.append(f"{where}: {problem}")

    def warn(self, where: str, warning: str) -> None:
        """Add what the person should know, although the file is imported."""
        self.warnings.append(f"{where}: {warning}")

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


class WrongValueError(ValueError):
    """A value is of the right kind but cannot be; the message says why and what to write."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Values are stripped of surrounding blanks and in NFC, except those of passwords.
    """

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
        except WrongValueError as error:
            reason = str(error)
        except ValueError:
            reason = expected
        shown = "" if column in PASSWORD_COLUMNS else f"{text!r}: "
        self.problems.add(self.where(column), f"{shown}{reason}")
        return None

    def where(self, column: str) -> str:
        """Return the place of a value, for a problem."""
        return f"line {self.line}, {column}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its column names in lower case."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


PASSWORD_COLUMNS = frozenset({"password"})
"""Every character counts, as it does at the login; no message repeats them."""
DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(f"sep=([{DELIMITERS}])\r?\n", re.IGNORECASE)


def read_table(content: bytes, problems: FileProblems) -> Table:
    """Read a CSV file with a header line, as spreadsheets save it; skip empty lines.

    Columns are separated by commas, semicolons or tabs; a first line ``sep=;`` says which. Columns
    without name and value are left out.

    Raises:
        InvalidImportFileError: It is not UTF-8, its header is missing or names a column twice, a
            line has more values than columns, or a value contains an invisible character.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.add("line 1", "is not UTF-8: save it as “CSV UTF-8”")
        raise problems.to_error() from None
    separator = _SEPARATOR_LINE.match(text)
    lines = text[separator.end() :] if separator else text
    delimiter = separator[1] if separator else _guess_delimiter(lines)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
    first_line = 2 if separator else 1
    columns = _read_header(reader, problems, line=first_line)
    numbered = ((reader.line_num + first_line - 1, cells) for cells in reader)
    rows = tuple(_read_rows(numbered, columns, problems))
    problems.raise_if_any()
    return Table(tuple(name for name in columns if name), rows)


def _guess_delimiter(text: str) -> str:
    """Return the separator that occurs most often in the header."""
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _read_header(reader: Iterator[list[str]], problems: FileProblems, *, line: int) -> list[str]:
    """Return the names of the columns in lower case; empty for those without a name."""
    columns = [_plain(name).lower() for name in next(reader, [])]
    where = f"line {line}"
    if not any(columns):
        problems.add(where, "is empty: the first line must name the columns")
    for name, n in Counter(filter(None, columns)).items():
        if n > 1:
            problems.add(where, f"names the column {name} {n} times: keep one of them")
    problems.raise_if_any()
    return columns


def _read_rows(
    numbered: Iterator[tuple[int, list[str]]], columns: list[str], problems: FileProblems
) -> Iterator[Row]:
    line = 0
    try:
        for line, cells in numbered:
            if any(cells[len(columns) :]) or _has_unnamed(columns, cells):
                problems.add(f"line {line}", "has more values than the header has columns")
                continue
            row = Row(line, dict(_named_values(columns, cells)), problems)
            for column, value in row.values.items():
                _check_visible(row, column, value)
            if any(row.values.values()):
                yield row
    except csv.Error as error:
        problems.add(f"line {line + 1}", f"cannot be read: {error}")


def _has_unnamed(columns: list[str], cells: list[str]) -> bool:
    """Return whether a cell has a value and no column name."""
    return any(cell.strip() for name, cell in zip(columns, cells, strict=False) if not name)


def _named_values(columns: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    for name, cell in zip(columns, padded, strict=False):
        if name:
            yield name, cell if name in PASSWORD_COLUMNS else _plain(cell)


def _plain(text: str) -> str:
    """Return a text in NFC without surrounding blanks."""
    return unicodedata.normalize("NFC", text).strip()


def _check_visible(row: Row, column: str, value: str) -> None:
    """Add a problem for a control or format character, which nobody sees in a spreadsheet."""
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cf"} and (
            column not in PASSWORD_COLUMNS or character == "\0"
        ):
            code = f"U+{ord(character):04X}"
            problem = f"contains the invisible character {code}: type the value anew"
            row.problems.add(row.where(column), problem)
            return


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


YEARS = range(2000, 2101)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"
)


def aware_time(text: str) -> datetime:
    """Parse an ISO 8601 time with its offset.

    Raises:
        WrongValueError: It names a day or hour that does not exist, a year out of range, or no
            offset.
        ValueError: It is no time at all.
    """
    parts = _TIME.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
    if year not in YEARS:
        reason = f"the year {year} is out of range: {YEARS.start} to {YEARS.stop - 1}"
        raise WrongValueError(reason)
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise WrongValueError("there is no such day: correct the date")
    if hour > 23 or minute > 59 or second > 59:
        raise WrongValueError("there is no such time of day: midnight is 00:00 of the next day")
    if parts[7] is None:
        raise WrongValueError("has no offset from UTC: append it, as in +08:00")
    return datetime.fromisoformat(text)


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
