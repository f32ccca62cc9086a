"""Writes what was read from files; equal rows again change nothing."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.imports.areas import AreaRow
from api.imports.people import AccountRow, CameraRow, ShiftRow

AT_ONCE = 5000

_KNOWN_AREAS = text("SELECT code FROM area WHERE code = ANY (CAST(:codes AS text[]))")
_PUT_AREAS = text("""
    INSERT INTO area (code, level, parent, name)
    SELECT * FROM unnest(
        CAST(:code AS text[]), CAST(:level AS text[]), CAST(:parent AS text[]),
        CAST(:name AS text[]))
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent
    WHERE (area.name, area.parent) IS DISTINCT FROM (excluded.name, excluded.parent)
""")
_DROP_PARTS = text("DELETE FROM area_part WHERE code = ANY (CAST(:codes AS text[]))")
_PUT_PARTS = text("""
    INSERT INTO area_part (code, boundary)
    SELECT code, CAST(outline AS polygon)
    FROM unnest(CAST(:codes AS text[]), CAST(:outlines AS text[])) AS t (code, outline)
""")
_HASHES = text("""
    SELECT name, password_hash FROM account WHERE name = ANY (CAST(:names AS text[]))
""")
_PUT_ACCOUNT = text("""
    INSERT INTO account (name, role, area_code, language, password_hash)
    VALUES (:name, :role, :area, :language, :password_hash)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, area_code = excluded.area_code,
        language = excluded.language, password_hash = excluded.password_hash, active = true
""")
_ADD_ACCOUNTS = text("""
    INSERT INTO account (name, role, area_code, password_hash)
    SELECT DISTINCT ON (name) name, role, area, ''
    FROM unnest(CAST(:names AS text[]), CAST(:roles AS text[]), CAST(:areas AS text[]))
        AS t (name, role, area)
    WHERE role IS NOT NULL ORDER BY name, area
    ON CONFLICT (name) DO NOTHING
""")
_SHIFT_ROWS = """
    SELECT c.id AS account, r.id AS area, tstzrange(t.starts_at, t.ends_at) AS during,
        t.source, t.number
    FROM unnest(CAST(:accounts AS text[]), CAST(:areas AS text[]),
                CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
                CAST(:sources AS text[]))
        WITH ORDINALITY AS t (account, area, starts_at, ends_at, source, number)
    JOIN account c ON c.name = t.account JOIN area r ON r.code = t.area
"""
_ADD_SHIFTS = text(f"""
    INSERT INTO shift (account, area, during, source)
    SELECT account, area, during, source FROM ({_SHIFT_ROWS}) AS row ORDER BY number
    ON CONFLICT DO NOTHING
""")
_MISSING_SHIFTS = text(f"""
    SELECT row.number - 1 AS index FROM ({_SHIFT_ROWS}) AS row
    WHERE NOT EXISTS (
        SELECT FROM shift s
        WHERE int8range(s.account, s.account, '[]') && int8range(row.account, row.account, '[]')
          AND int8range(s.area, s.area, '[]') && int8range(row.area, row.area, '[]')
          AND s.during && row.during AND s.during = row.during AND s.source = row.source)
    ORDER BY row.number
""")
_PUT_CAMERAS = text("""
    INSERT INTO camera (node, name, lon, lat, site_group, area_code)
    SELECT node, name, lon, lat, site_group, (
        SELECT code FROM area_part
        WHERE box(boundary) @> box(point(lon, lat), point(lon, lat))
          AND boundary @> point(lon, lat)
        ORDER BY length(code) DESC, code LIMIT 1)
    FROM unnest(
        CAST(:nodes AS text[]), CAST(:names AS text[]), CAST(:lons AS float8[]),
        CAST(:lats AS float8[]), CAST(:groups AS text[])) AS t (node, name, lon, lat, site_group)
    ON CONFLICT (node, name) DO UPDATE SET lon = excluded.lon, lat = excluded.lat,
        site_group = excluded.site_group, area_code = excluded.area_code
""")


async def list_existing_areas(connection: AsyncConnection, codes: Sequence[str]) -> frozenset[str]:
    """Tell which of these areas are stored."""
    return frozenset((await connection.execute(_KNOWN_AREAS, {"codes": list(codes)})).scalars())


async def upsert_areas(
    connection: AsyncConnection, rows: Sequence[AreaRow], parents: Mapping[str, str | None]
) -> None:
    """Write areas with their outlines, the upper ones first."""
    ordered = sorted(rows, key=lambda row: (len(row.code), row.code))
    for start in range(0, len(ordered), AT_ONCE):
        part = ordered[start : start + AT_ONCE]
        codes = [row.code for row in part]
        given = {"code": codes, "parent": [parents[code] for code in codes]}
        given |= {"level": [row.level for row in part], "name": [row.name for row in part]}
        await connection.execute(_PUT_AREAS, given)
        await connection.execute(_DROP_PARTS, {"codes": codes})
        outlines = [(row.code, outline) for row in part for outline in row.outlines]
        named = {"codes": [code for code, _ in outlines], "outlines": [o for _, o in outlines]}
        await connection.execute(_PUT_PARTS, named)


async def get_password_hashes(connection: AsyncConnection, names: Sequence[str]) -> dict[str, str]:
    """Look up the accounts that are stored; an empty hash lets nobody in."""
    rows = await connection.execute(_HASHES, {"names": sorted(set(names))})
    return {row.name: row.password_hash for row in rows}


async def upsert_account(connection: AsyncConnection, row: AccountRow, password_hash: str) -> None:
    """Write an account, active."""
    given = {"name": row.name, "role": row.role, "area": row.area, "language": row.language}
    await connection.execute(_PUT_ACCOUNT, {**given, "password_hash": password_hash})


async def insert_missing_accounts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> None:
    """Write the accounts that a roster brings along; those that are stored stay as they are."""
    given = {"names": [row.account for row in rows], "roles": [row.role for row in rows]}
    await connection.execute(_ADD_ACCOUNTS, {**given, "areas": [row.area for row in rows]})


async def insert_shifts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> None:
    """Write shifts; one that overlaps another of the same person and area is left out."""
    for start in range(0, len(rows), AT_ONCE):
        await connection.execute(_ADD_SHIFTS, _shift_columns(rows[start : start + AT_ONCE]))


async def find_missing_shifts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> list[int]:
    """Tell by index which of the shifts are not stored as they stand here."""
    found: list[int] = []
    for start in range(0, len(rows), AT_ONCE):
        given = _shift_columns(rows[start : start + AT_ONCE])
        found += [start + n for n in (await connection.execute(_MISSING_SHIFTS, given)).scalars()]
    return found


async def upsert_cameras(connection: AsyncConnection, rows: Sequence[CameraRow]) -> None:
    """Write cameras, and find the area that each stands in."""
    given = {
        "nodes": [row.node for row in rows],
        "names": [row.camera for row in rows],
        "lons": [row.lon for row in rows],
        "lats": [row.lat for row in rows],
        "groups": [row.site_group for row in rows],
    }
    await connection.execute(_PUT_CAMERAS, given)


def _shift_columns(rows: Sequence[ShiftRow]) -> dict[str, list[object]]:
    return {
        "accounts": [row.account for row in rows],
        "areas": [row.area for row in rows],
        "starts": [row.starts_at for row in rows],
        "ends": [row.ends_at for row in rows],
        "sources": [row.source for row in rows],
    }
