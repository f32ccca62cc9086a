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
from api.database import unit_of_work
from api.database.unit_of_work import AuditEntry
from api.errors import ImportRefusedError
from api.imports import store as imports_store
from api.imports.areas import MAY_STAND_ALONE, read_areas
from api.imports.csv_table import Mistakes, Table, read_table
from api.imports.people import read_accounts, read_cameras, read_shifts


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file held."""

    kind: str
    rows: int


async def import_file(connection: AsyncConnection, path: Path, *, now: datetime) -> Imported:
    """Take in one file, within the caller's transaction.

    Raises:
        ImportRefusedError: Names every mistake; roll the transaction back.
    """
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ImportRefusedError(str(path), (f"cannot be read: {reason}",)) from error
    mistakes = Mistakes(path.name)
    if path.suffix.lower() in {".geojson", ".json"}:
        done = Imported("areas", await _areas(connection, content, mistakes))
    else:
        table = read_table(content, mistakes)
        kind = _kind(table, mistakes)
        done = Imported(kind.name, await kind.take(connection, table, mistakes))
    detail: dict[str, object] = {"file": path.name, "kind": done.kind, "rows": done.rows}
    await unit_of_work.record(
        connection, AuditEntry(at=now, actor="system", action="import", detail=detail)
    )
    return done


def _kind(table: Table, mistakes: Mistakes) -> "_Kind":
    """Tell by the columns what a table holds."""
    for kind in _KINDS:
        if kind.told_by in table.columns:
            missing = [name for name in kind.needed if name not in table.columns]
            if missing:
                mistakes.add("line 1", f"a table of {kind.name} also has {', '.join(missing)}")
            mistakes.stop_if_any()
            return kind
    told = "; ".join(f"{kind.name}: {kind.told_by}, {', '.join(kind.needed)}" for kind in _KINDS)
    mistakes.add("line 1", f"the columns name nothing we know. {told}")
    raise mistakes.error()


async def _areas(connection: AsyncConnection, content: bytes, mistakes: Mistakes) -> int:
    rows = read_areas(content, mistakes)
    wanted = sorted({code for row in rows for code in row.above()})
    known = await imports_store.known_areas(connection, wanted) | {row.code for row in rows}
    parents: dict[str, str | None] = {}
    for row in rows:
        above = next((code for code in row.above() if code in known), None)
        if above is None and row.level not in MAY_STAND_ALONE:
            mistakes.add(row.where, f"no area above it: import {row.above()[0]} first, or with it")
        parents[row.code] = above
    mistakes.stop_if_any()
    await imports_store.put_areas(connection, rows, parents)
    return len(rows)


async def _accounts(connection: AsyncConnection, table: Table, mistakes: Mistakes) -> int:
    rows = read_accounts(table, mistakes)
    await _check_areas(connection, [(row.area, row.where) for row in rows], mistakes)
    hashes = await imports_store.password_hashes(connection, [row.name for row in rows])
    for row in rows:
        hashed = await asyncio.to_thread(_hashed, row.password, hashes.get(row.name, ""))
        await imports_store.put_account(connection, row, hashed)
    return len(rows)


async def _shifts(connection: AsyncConnection, table: Table, mistakes: Mistakes) -> int:
    rows = read_shifts(table, mistakes)
    await _check_areas(connection, [(row.area, row.where) for row in rows], mistakes)
    await imports_store.add_accounts(connection, rows)
    known = await imports_store.password_hashes(connection, [row.account for row in rows])
    for row in rows:
        if row.account not in known:
            mistakes.add(row.where, f"no account {row.account}: import it first, or add a role")
    mistakes.stop_if_any()
    await imports_store.add_shifts(connection, rows)
    for index in await imports_store.missing_shifts(connection, rows):
        mistakes.add(rows[index].where, "overlaps another shift that is stored")
    mistakes.stop_if_any()
    return len(rows)


async def _cameras(connection: AsyncConnection, table: Table, mistakes: Mistakes) -> int:
    rows = read_cameras(table, mistakes)
    await imports_store.put_cameras(connection, rows)
    return len(rows)


async def _check_areas(
    connection: AsyncConnection, named: list[tuple[str, str]], mistakes: Mistakes
) -> None:
    known = await imports_store.known_areas(connection, sorted({area for area, _ in named}))
    for area, where in named:
        if area not in known:
            mistakes.add(where, f"no area {area}: import the grids first")
    mistakes.stop_if_any()


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
    take: Callable[[AsyncConnection, Table, Mistakes], Awaitable[int]]


_KINDS = (
    _Kind("accounts", "password", ("name", "role", "area"), _accounts),
    _Kind("roster", "during_from", ("account", "area", "during_to"), _shifts),
    _Kind("cameras", "camera", ("node", "lon", "lat"), _cameras),
)
