"""Parse the tables of accounts and of shifts (the roster)."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.accounts.store import Role
from api.imports.csv_table import (
    FileProblems,
    Row,
    Table,
    WrongValueError,
    area_code,
    aware_time,
    one_of,
    report_duplicates,
    short_text,
)
from api.notify.model import PHONE_NUMBER
from api.roster.model import REPLACING_SOURCES, ShiftSource

ROLES = tuple(role.value for role in Role)
LANGUAGES = ("zh-CN", "en")
SHIFT_SOURCES = tuple(source.value for source in ShiftSource)
ROLE_EXPECTED = f"one of {', '.join(ROLES)}"
AREA_EXPECTED = "the code of an area"
REPLACES_EXPECTED = f"leave it empty, or write {' or '.join(sorted(REPLACING_SOURCES))} as source"
APPROVER_EXPECTED = "name a supervisor of the area"
MAX_PASSWORD_LENGTH = 200
"""As at the login."""
PASSWORD_EXPECTED = f"at most {MAX_PASSWORD_LENGTH} characters"
PASSWORDS_IN_FILE = (
    "whoever reads the file knows these passwords: leave the column out, and hand each person the "
    "link that the import prints; a later version refuses the column"
)
PHONE_EXPECTED = "3 to 20 digits, such as +8613800000000"
TIME_EXPECTED = "write a time with its offset: 2026-11-23T08:00+08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account; nobody can log in with an empty password.

    Args:
        password: ``None`` if the table has no passwords: a stored one stays.
        phone: Number for SMS; an empty one changes nothing.
    """

    where: str
    area_where: str
    name: str
    role: str
    area: str
    password: str | None
    language: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One shift.

    Args:
        role: Set if the table may create missing accounts.
        replaces: Name of the account whose shift this one replaces; ``None`` adds a person.
        replaced_shift: The stored shift of that account, once it has been looked up.
        approved_by: Name of the supervisor who approved a call-up.
    """

    where: str
    area_where: str
    account: str
    role: str | None
    area: str
    starts_at: datetime
    ends_at: datetime
    source: str
    replaces: str | None = None
    replaced_shift: UUID | None = None
    approved_by: str | None = None


def password(text: str) -> str:
    """Parse a password that can be typed at the login; blanks are part of it."""
    if len(text) > MAX_PASSWORD_LENGTH:
        raise WrongValueError(f"has {len(text)} characters: {PASSWORD_EXPECTED}")
    return text


def parse_accounts(table: Table, problems: FileProblems) -> list[AccountRow]:
    """Parse ``name, role, area``, optional ``language``, ``phone``, and ``password`` of old files.

    Raises:
        InvalidImportFileError: Lists every invalid value.
    """
    has_passwords = "password" in table.columns
    rows = [_parse_account(row, has_passwords=has_passwords) for row in table.rows]
    if any(row.password for row in rows):
        problems.warn("column password", PASSWORDS_IN_FILE)
    report_duplicates([(row.name, row.where) for row in rows], problems)
    problems.raise_if_any()
    return rows


def parse_shifts(table: Table, problems: FileProblems) -> list[ShiftRow]:
    """Parse ``account, area, during_from, during_to`` and the optional columns.

    These are ``source, replaces, approved_by, role``.

    Raises:
        InvalidImportFileError: Lists every invalid value and every overlap within the file.
    """
    has_roles = "role" in table.columns
    parsed = [_parse_shift(row, has_roles=has_roles) for row in table.rows]
    rows = [row for row in parsed if row is not None]
    problems.raise_if_any()
    _report_overlaps(rows, problems)
    problems.raise_if_any()
    return rows


def phone_number(text: str) -> str:
    """Parse a phone number, as the SMS gateway takes it."""
    if not re.fullmatch(PHONE_NUMBER, text):
        raise ValueError
    return text


def _parse_account(row: Row, *, has_passwords: bool) -> AccountRow:
    secret = row.read("password", password, expected=PASSWORD_EXPECTED, default="") or ""
    language = row.read("language", one_of(LANGUAGES), expected="zh-CN or en", default=LANGUAGES[0])
    return AccountRow(
        where=row.where("name"),
        area_where=row.where("area"),
        name=row.read("name", short_text, expected="1 to 100 characters") or "",
        role=row.read("role", one_of(ROLES), expected=ROLE_EXPECTED) or "",
        area=row.read("area", area_code, expected=AREA_EXPECTED) or "",
        password=secret if has_passwords else None,
        language=language or "",
        phone=row.read("phone", phone_number, expected=PHONE_EXPECTED, default="") or "",
    )


def _parse_shift(row: Row, *, has_roles: bool) -> ShiftRow | None:
    account = row.read("account", short_text, expected="the name of an account")
    area = row.read("area", area_code, expected=AREA_EXPECTED)
    starts_at = row.read("during_from", aware_time, expected=TIME_EXPECTED)
    ends_at = row.read("during_to", aware_time, expected=TIME_EXPECTED)
    source = row.read(
        "source", one_of(SHIFT_SOURCES), expected=" or ".join(SHIFT_SOURCES), default="rule"
    )
    role = row.read("role", one_of(ROLES), expected=ROLE_EXPECTED) if has_roles else None
    replaces = row.read("replaces", short_text, expected="the name of an account", default="")
    approver = row.read("approved_by", short_text, expected=APPROVER_EXPECTED, default="")
    if account is None or area is None or starts_at is None or ends_at is None or source is None:
        return None
    if ends_at <= starts_at:
        row.problems.add(row.where("during_to"), "is not after during_from")
    if replaces and source not in REPLACING_SOURCES:
        row.problems.add(row.where("replaces"), f"a {source} replaces nobody: {REPLACES_EXPECTED}")
    if replaces == account:
        row.problems.add(row.where("replaces"), "is the same person: name a colleague")
    is_callup = source == ShiftSource.CALLUP
    if is_callup and not approver:
        row.problems.add(row.where("approved_by"), f"a {source} is approved: {APPROVER_EXPECTED}")
    if approver and not is_callup:
        row.problems.add(row.where("approved_by"), f"nobody approves a {source}: leave it empty")
    return ShiftRow(
        where=row.where("during_from"),
        area_where=row.where("area"),
        account=account,
        role=role,
        area=area,
        starts_at=starts_at,
        ends_at=ends_at,
        source=source,
        replaces=replaces or None,
        approved_by=approver or None,
    )


def _report_overlaps(rows: list[ShiftRow], problems: FileProblems) -> None:
    """Add a problem for two shifts of one kind of a person in an area; equal rows are one."""
    latest: dict[tuple[str | None, ...], ShiftRow] = {}
    for row in sorted(rows, key=lambda row: (row.starts_at, row.ends_at)):
        kind = (row.account, row.area, row.source, row.replaces)
        earlier = latest.get(kind)
        is_equal = earlier and (row.starts_at, row.ends_at) == (earlier.starts_at, earlier.ends_at)
        if earlier and row.starts_at < earlier.ends_at and not is_equal:
            problems.add(row.where, f"overlaps the shift of {earlier.where}")
        latest[kind] = row
