"""Import areas, accounts, rosters and cameras from files: a whole file, or nothing of it.

| file | recognized by | content |
|---|---|---|
| `*.geojson` | its suffix | areas with `code`, `level`, `name` and a polygon |
| accounts | column `role` | `name, role, area, language, phone`; each new one is invited |
| roster | column `during_from` | `account, area, during_from, during_to`; see below |
| cameras | column `camera` | `node, camera, lon, lat, site_group, area` |

A roster may also have the columns `source`, `replaces`, `approved_by` and `role`. Importing the
same file again changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import session_store
from api.accounts.invitations import invite
from api.accounts.passwords import hash_password, verify_password
from api.audit import store as audit_store
from api.audit.store import SYSTEM, AuditEntry
from api.errors import InvalidImportFileError
from api.imports import store as imports_store
from api.imports.areas import ROOT_LEVELS, parse_areas
from api.imports.cameras import parse_cameras
from api.imports.csv_table import FileProblems, Table, read_table
from api.imports.people import APPROVER_EXPECTED, ShiftRow, parse_accounts, parse_shifts
from api.imports.placement import place_cameras, place_open_incidents
from api.notify import channel_store
from api.roster.model import PLANNER_ROLES

OUTSIDE_ALL_AREAS = (
    "no area contains this point, so nobody is on duty there: check lon and lat (are they "
    "swapped?), import the areas, or state the area"
)
STORED_OVERLAP = (
    "overlaps another shift of this person that is already stored: correct that one instead "
    "(PATCH /v1/shifts/{shift}; GET /v1/shifts lists it), as an import only adds shifts"
)


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """A new account, and the rest of the one-time link with which its owner sets a password."""

    name: str
    path: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The kind of an imported file, its number of rows, and what the person should know."""

    kind: str
    rows: int
    warnings: tuple[str, ...] = ()
    invitations: tuple[InvitedPerson, ...] = ()


async def import_file(connection: AsyncConnection, path: Path, *, now: datetime) -> ImportResult:
    """Import one file in the transaction of the caller.

    Raises:
        InvalidImportFileError: Lists every problem; roll the transaction back.
    """
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidImportFileError(str(path), (f"cannot be read: {reason}",)) from error
    problems = FileProblems(path.name)
    if path.suffix.lower() in {".geojson", ".json"}:
        result = ImportResult("areas", await _import_areas(connection, content, problems))
        await place_cameras(connection, now=now)
    else:
        table = read_table(content, problems)
        kind = _recognize(table, problems)
        result = ImportResult(kind.name, len(table.rows))
        if kind.import_table is None:
            invited = await _import_accounts(connection, table, problems, now=now)
            result = replace(result, invitations=invited)
        else:
            await kind.import_table(connection, table, problems)
    if result.kind in {"areas", "cameras"}:
        await place_open_incidents(connection, now=now)
    detail: dict[str, object] = {"file": path.name, "kind": result.kind, "rows": result.rows}
    entry = AuditEntry(at=now, actor=SYSTEM, action="import", detail=detail)
    await audit_store.record(connection, entry)
    return replace(result, warnings=tuple(problems.warnings))


def _recognize(table: Table, problems: FileProblems) -> "_TableKind":
    """Return the kind of a table by its columns."""
    for kind in _TABLE_KINDS:
        if kind.key_column in table.columns:
            missing = [name for name in kind.required if name not in table.columns]
            if missing:
                columns = ", ".join(missing)
                problems.add("line 1", f"a table of {kind.name} also needs the columns {columns}")
            problems.raise_if_any()
            return kind
    known = "; ".join(
        f"{kind.name}: {kind.key_column}, {', '.join(kind.required)}" for kind in _TABLE_KINDS
    )
    problems.add("line 1", f"the columns match no known table. {known}")
    raise problems.to_error()


async def _import_areas(connection: AsyncConnection, content: bytes, problems: FileProblems) -> int:
    rows = parse_areas(content, problems)
    ancestors = sorted({code for row in rows for code in row.ancestor_codes()})
    known = await imports_store.list_existing_areas(connection, ancestors)
    known |= {row.code for row in rows}
    parents: dict[str, str | None] = {}
    for row in rows:
        parent = next((code for code in row.ancestor_codes() if code in known), None)
        if parent is None and row.level not in ROOT_LEVELS:
            nearest = row.ancestor_codes()[0]
            problems.add(row.where, f"no area above it: import {nearest} first, or with it")
        parents[row.code] = parent
    problems.raise_if_any()
    await imports_store.upsert_areas(connection, rows, parents)
    return len(rows)


async def _import_accounts(
    connection: AsyncConnection, table: Table, problems: FileProblems, *, now: datetime
) -> tuple[InvitedPerson, ...]:
    """Store accounts, and invite the new ones that have no password.

    The logins of an account end whose password, role or area has changed.
    """
    rows = parse_accounts(table, problems)
    await _check_areas(connection, [(row.area, row.area_where) for row in rows], problems)
    hashes = await imports_store.get_password_hashes(connection, [row.name for row in rows])
    changed: list[int] = []
    invited: list[InvitedPerson] = []
    for row in rows:
        stored = hashes.get(row.name, "")
        password_hash = stored
        if row.password is not None:
            password_hash = await asyncio.to_thread(_hash_if_changed, row.password, stored)
        account = await imports_store.upsert_account(connection, row, password_hash)
        if account.has_changed:
            changed.append(account.id)
        if account.is_new and row.password is None:
            issued = await invite(connection, account.id, by=None, now=now)
            invited.append(InvitedPerson(row.name, issued.path, issued.expires_at.isoformat()))
    await session_store.end_sessions(connection, changed, now=now)
    await channel_store.set_sms_numbers(
        connection, {row.name: row.phone for row in rows if row.phone}
    )
    return tuple(invited)


async def _import_shifts(connection: AsyncConnection, table: Table, problems: FileProblems) -> int:
    rows = parse_shifts(table, problems)
    await _check_areas(connection, [(row.area, row.area_where) for row in rows], problems)
    await imports_store.insert_missing_accounts(connection, rows)
    known = await imports_store.get_password_hashes(connection, [row.account for row in rows])
    for row in rows:
        if row.account not in known:
            problems.add(row.where, f"no account {row.account}: import it first, or add a role")
    for row in await imports_store.find_unapproved(connection, rows, roles=sorted(PLANNER_ROLES)):
        problem = f"{row.approved_by} is no supervisor of {row.area}: {APPROVER_EXPECTED}"
        problems.add(row.where, problem)
    problems.raise_if_any()
    stored = await _store_shifts(connection, rows, problems)
    for index in await imports_store.find_missing_shifts(connection, stored):
        problems.add(stored[index].where, STORED_OVERLAP)
    problems.raise_if_any()
    return len(rows)


async def _store_shifts(
    connection: AsyncConnection, rows: list[ShiftRow], problems: FileProblems
) -> list[ShiftRow]:
    """Store the shifts of the file, and return them with the stored shifts they replace.

    A shift can only replace one that is stored before it, so that no two replace each other:
    those that replace nobody come first, the others in the order of the file.
    """
    stored = [row for row in rows if row.replaces is None]
    await imports_store.insert_shifts(connection, stored)
    for row in rows:
        if row.replaces is None:
            continue
        shifts = await imports_store.find_replaceable_shifts(connection, row)
        if len(shifts) == 1:
            stored.append(replace(row, replaced_shift=shifts[0]))
            await imports_store.insert_replacement(connection, stored[-1])
        else:
            problems.add(row.where, _replacement_problem(row, len(shifts)))
    return stored


def _replacement_problem(row: ShiftRow, n_shifts: int) -> str:
    if not n_shifts:
        return f"{row.replaces} has no shift in {row.area} at that time: import it first"
    return f"{row.replaces} has {n_shifts} shifts in {row.area} then: write one row for each"


async def _import_cameras(connection: AsyncConnection, table: Table, problems: FileProblems) -> int:
    rows = parse_cameras(table, problems)
    stated = [(row.area, row.area_where) for row in rows if row.area is not None]
    await _check_areas(connection, stated, problems)
    await imports_store.upsert_cameras(connection, rows)
    await imports_store.set_overlaps(connection, rows)
    outside = await imports_store.list_cameras_outside(connection, rows)
    for row in rows:
        if (row.node, row.camera) in outside:
            problems.warn(row.where, OUTSIDE_ALL_AREAS)
    return len(rows)


async def _check_areas(
    connection: AsyncConnection, references: list[tuple[str, str]], problems: FileProblems
) -> None:
    """Add a problem for every area code that is not stored; ``references`` has codes and places."""
    codes = sorted({code for code, _ in references})
    known = await imports_store.list_existing_areas(connection, codes)
    for code, where in references:
        if code not in known:
            problems.add(where, f"no area {code}: import the areas first")
    problems.raise_if_any()


def _hash_if_changed(password: str, stored_hash: str) -> str:
    """Return the stored hash if it fits; an empty hash, which fits nothing, for no password."""
    if not password:
        return ""
    if stored_hash and verify_password(password, stored_hash):
        return stored_hash
    return hash_password(password)


@dataclass(frozen=True, slots=True)
class _TableKind:
    """A kind of table: the column that identifies it, and the others it requires.

    Args:
        import_table: ``None`` for accounts, whose import also invites people.
    """

    name: str
    key_column: str
    required: tuple[str, ...]
    import_table: Callable[[AsyncConnection, Table, FileProblems], Awaitable[int]] | None


_TABLE_KINDS = (
    _TableKind("roster", "during_from", ("account", "area", "during_to"), _import_shifts),
    _TableKind("cameras", "camera", ("node", "lon", "lat"), _import_cameras),
    _TableKind("accounts", "password", ("name", "role", "area"), None),
    _TableKind("accounts", "role", ("name", "area"), None),
)
