"""Grids, people, duty and cameras from files: all of a file, or nothing and every mistake.

| file | told by | rows |
|---|---|---|
| `*.geojson` | its ending | areas with `code`, `level`, `name` and a polygon |
| accounts | column `password` | `name, role, area, password, language` |
| roster | column `during_from` | `account, area, during_from, during_to`; `source`, `role` |
| cameras | column `camera` | `node, camera, lon, lat, site_group` |

Importing the same file again changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.authentication import hash_password, verify_password
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import InvalidImportFileError
from api.imports import store as imports_store
from api.imports.areas import ROOT_LEVELS, parse_areas
from api.imports.csv_table import FileProblems, Table, read_table
from api.imports.people import parse_accounts, parse_cameras, parse_shifts


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file held."""

    kind: str
    rows: int


async def import_file(connection: AsyncConnection, path: Path, *, now: datetime) -> ImportResult:
    """Take in one file, within the caller's transaction.

    Raises:
        ImportRefusedError: Names every mistake; roll the transaction back.
    """
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidImportFileError(str(path), (f"cannot be read: {reason}",)) from error
    mistakes = FileProblems(path.name)
    if path.suffix.lower() in {".geojson", ".json"}:
        done = ImportResult("areas", await _areas(connection, content, mistakes))
    else:
        table = read_table(content, mistakes)
        kind = _kind(table, mistakes)
        done = ImportResult(kind.name, await kind.take(connection, table, mistakes))
    detail: dict[str, object] = {"file": path.name, "kind": done.kind, "rows": done.rows}
    await audit_store.record(
        connection, AuditEntry(at=now, actor="system", action="import", detail=detail)
    )
    return done


def _kind(table: Table, mistakes: FileProblems) -> "_Kind":
    """Tell by the columns what a table holds."""
    for kind in _KINDS:
        if kind.told_by in table.columns:
            missing = [name for name in kind.needed if name not in table.columns]
            if missing:
                mistakes.add("line 1", f"a table of {kind.name} also has {', '.join(missing)}")
            mistakes.raise_if_any()
            return kind
    told = "; ".join(f"{kind.name}: {kind.told_by}, {', '.join(kind.needed)}" for kind in _KINDS)
    mistakes.add("line 1", f"the columns name nothing we know. {told}")
    raise mistakes.to_error()


async def _areas(connection: AsyncConnection, content: bytes, mistakes: FileProblems) -> int:
    rows = parse_areas(content, mistakes)
    wanted = sorted({code for row in rows for code in row.ancestor_codes()})
    known = await imports_store.list_existing_areas(connection, wanted) | {row.code for row in rows}
    parents: dict[str, str | None] = {}
    for row in rows:
        above = next((code for code in row.ancestor_codes() if code in known), None)
        if above is None and row.level not in ROOT_LEVELS:
            mistakes.add(
                row.where, f"no area above it: import {row.ancestor_codes()[0]} first, or with it"
            )
        parents[row.code] = above
    mistakes.raise_if_any()
    await imports_store.upsert_areas(connection, rows, parents)
    return len(rows)


async def _accounts(connection: AsyncConnection, table: Table, mistakes: FileProblems) -> int:
    rows = parse_accounts(table, mistakes)
    await _check_areas(connection, [(row.area, row.where) for row in rows], mistakes)
    hashes = await imports_store.get_password_hashes(connection, [row.name for row in rows])
    for row in rows:
        hashed = await asyncio.to_thread(_hashed, row.password, hashes.get(row.name, ""))
        await imports_store.upsert_account(connection, row, hashed)
    return len(rows)


async def _shifts(connection: AsyncConnection, table: Table, mistakes: FileProblems) -> int:
    rows = parse_shifts(table, mistakes)
    await _check_areas(connection, [(row.area, row.where) for row in rows], mistakes)
    await imports_store.insert_missing_accounts(connection, rows)
    known = await imports_store.get_password_hashes(connection, [row.account for row in rows])
    for row in rows:
        if row.account not in known:
            mistakes.add(row.where, f"no account {row.account}: import it first, or add a role")
    mistakes.raise_if_any()
    await imports_store.insert_shifts(connection, rows)
    for index in await imports_store.find_missing_shifts(connection, rows):
        mistakes.add(rows[index].where, "overlaps another shift that is stored")
    mistakes.raise_if_any()
    return len(rows)


async def _cameras(connection: AsyncConnection, table: Table, mistakes: FileProblems) -> int:
    rows = parse_cameras(table, mistakes)
    await imports_store.upsert_cameras(connection, rows)
    return len(rows)


async def _check_areas(
    connection: AsyncConnection, named: list[tuple[str, str]], mistakes: FileProblems
) -> None:
    known = await imports_store.list_existing_areas(connection, sorted({area for area, _ in named}))
    for area, where in named:
        if area not in known:
            mistakes.add(where, f"no area {area}: import the grids first")
    mistakes.raise_if_any()


def _hashed(password: str, stored: str) -> str:
    """Keep a hash that fits; without a password nobody comes in."""
    if not password:
        return ""
    return stored if stored and verify_password(password, stored) else hash_password(password)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of table: which column tells it, and which others it needs."""

    name: str
    told_by: str
    needed: tuple[str, ...]
    take: Callable[[AsyncConnection, Table, FileProblems], Awaitable[int]]


_KINDS = (
    _Kind("accounts", "password", ("name", "role", "area"), _accounts),
    _Kind("roster", "during_from", ("account", "area", "during_to"), _shifts),
    _Kind("cameras", "camera", ("node", "lon", "lat"), _cameras),
)
