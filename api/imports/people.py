"""Accounts, shifts and cameras from tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.imports.csv_table import FileProblems, Row, Table
from pipeline.wire import Node
from pipeline.wire.address import NAME_PATTERN

ROLES = ("operator", "supervisor", "worker", "author", "auditor", "admin")
LANGUAGES = ("zh-CN", "en")
SOURCES = ("rule", "override", "swap", "callup")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account; an empty password lets nobody in."""

    where: str
    name: str
    role: str
    area: str
    password: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One duty; ``role`` is set where the table may bring new accounts along."""

    where: str
    account: str
    role: str | None
    area: str
    starts_at: datetime
    ends_at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """One camera and where it stands."""

    where: str
    node: str
    camera: str
    lon: float | None
    lat: float | None
    site_group: str | None


def parse_accounts(table: Table, mistakes: FileProblems) -> list[AccountRow]:
    """Read ``name, role, area, password, language``.

    Raises:
        ImportRefusedError: Names every value that cannot be taken.
    """
    rows = [
        AccountRow(
            where=row.where("name"),
            name=row.read("name", _short, expected="1 to 100 characters") or "",
            role=row.read("role", _one_of(ROLES), expected=f"one of {', '.join(ROLES)}") or "",
            area=row.read("area", _code, expected="the code of an area") or "",
            password=row.read("password", str, expected="", default="") or "",
            language=row.read(
                "language", _one_of(LANGUAGES), expected="zh-CN or en", default=LANGUAGES[0]
            )
            or "",
        )
        for row in table.rows
    ]
    _refuse_twins([(row.name, row.where) for row in rows], mistakes)
    mistakes.raise_if_any()
    return rows


def parse_shifts(table: Table, mistakes: FileProblems) -> list[ShiftRow]:
    """Read ``account, area, during_from, during_to``, and ``source`` and ``role`` if given.

    Raises:
        ImportRefusedError: Names every value that cannot be taken.
    """
    has_roles = "role" in table.columns
    read = [_shift(row, has_roles=has_roles) for row in table.rows]
    rows = [row for row in read if row is not None]
    mistakes.raise_if_any()
    _refuse_overlaps(rows, mistakes)
    mistakes.raise_if_any()
    return rows


def parse_cameras(table: Table, mistakes: FileProblems) -> list[CameraRow]:
    """Read ``node, camera, lon, lat, site_group``.

    Raises:
        ImportRefusedError: Names every value that cannot be taken.
    """
    rows = [_camera(row) for row in table.rows]
    _refuse_twins([(f"{row.node}/{row.camera}", row.where) for row in rows], mistakes)
    mistakes.raise_if_any()
    return rows


def _shift(row: Row, *, has_roles: bool) -> ShiftRow | None:
    moment = "write a time with its offset: 2026-11-23T08:00+08:00"
    account = row.read("account", _short, expected="the name of an account")
    area = row.read("area", _code, expected="the code of an area")
    starts_at = row.read("during_from", _moment, expected=moment)
    ends_at = row.read("during_to", _moment, expected=moment)
    source = row.read("source", _one_of(SOURCES), expected=" or ".join(SOURCES), default="rule")
    role: str | None = None
    if has_roles:
        role = row.read("role", _one_of(ROLES), expected=f"one of {', '.join(ROLES)}")
    if account is None or area is None or starts_at is None or ends_at is None or source is None:
        return None
    if ends_at <= starts_at:
        row.problems.add(row.where("during_to"), "is not after during_from")
    return ShiftRow(
        where=row.where("during_from"),
        account=account,
        role=role,
        area=area,
        starts_at=starts_at,
        ends_at=ends_at,
        source=source,
    )


def _camera(row: Row) -> CameraRow:
    name = "1 to 64 of a-z, 0-9 and -"
    lon = row.read("lon", _within(180), expected="degrees, -180 to 180", default=_NOWHERE)
    lat = row.read("lat", _within(90), expected="degrees, -90 to 90", default=_NOWHERE)
    if (lon is _NOWHERE) != (lat is _NOWHERE):
        row.problems.add(row.where("lon"), "lon and lat come together, or both stay empty")
    return CameraRow(
        where=row.where("camera"),
        node=row.read("node", _node, expected="district/site/node") or "",
        camera=row.read("camera", _name, expected=name) or "",
        lon=None if lon is _NOWHERE else lon,
        lat=None if lat is _NOWHERE else lat,
        site_group=row.read("site_group", _name, expected=name, default="") or None,
    )


_NOWHERE = float("nan")


def _refuse_twins(named: list[tuple[str, str]], mistakes: FileProblems) -> None:
    seen: set[str] = set()
    for name, where in named:
        if name and name in seen:
            mistakes.add(where, f"{name} stands in the file twice")
        seen.add(name)


def _refuse_overlaps(rows: list[ShiftRow], mistakes: FileProblems) -> None:
    """Refuse two shifts of one person in one area at a time; equal lines are one."""
    last: dict[tuple[str, str], ShiftRow] = {}
    for row in sorted(rows, key=lambda row: (row.starts_at, row.ends_at)):
        before = last.get((row.account, row.area))
        if before and row.starts_at < before.ends_at and not _are_equal(row, before):
            mistakes.add(row.where, f"overlaps the shift of {before.where}")
        last[row.account, row.area] = row


def _are_equal(one: ShiftRow, other: ShiftRow) -> bool:
    mine, theirs = (one.starts_at, one.ends_at), (other.starts_at, other.ends_at)
    return mine == theirs and one.source == other.source


def _short(text: str) -> str:
    if len(text) > 100:
        raise ValueError
    return text


def _code(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return text


def _name(text: str) -> str:
    if not NAME_PATTERN.fullmatch(text):
        raise ValueError
    return text


def _node(text: str) -> str:
    return str(Node.parse(text))  # what it raises is a ValueError


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return read


def _within(limit: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not abs(value) <= limit:
            raise ValueError
        return value

    return read
