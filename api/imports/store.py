"""Statements of imports; rows that are already stored stay unchanged."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.imports.areas import AreaRow
from api.imports.cameras import CameraRow
from api.imports.people import AccountRow, ShiftRow

BATCH_ROWS = 5000

_EXISTING_AREAS = text("SELECT code FROM area WHERE code = ANY (CAST(:codes AS text[]))")
_UPSERT_AREAS = text("""
    INSERT INTO area (code, level, parent, name)
    SELECT * FROM unnest(
        CAST(:code AS text[]), CAST(:level AS text[]), CAST(:parent AS text[]),
        CAST(:name AS text[]))
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent
    WHERE (area.name, area.parent) IS DISTINCT FROM (excluded.name, excluded.parent)
""")
_DELETE_PARTS = text("DELETE FROM area_part WHERE code = ANY (CAST(:codes AS text[]))")
_INSERT_PARTS = text("""
    INSERT INTO area_part (code, boundary)
    SELECT code, CAST(outline AS polygon)
    FROM unnest(CAST(:codes AS text[]), CAST(:outlines AS text[])) AS t (code, outline)
""")
_HASHES = text("""
    SELECT name, password_hash FROM account WHERE name = ANY (CAST(:names AS text[]))
""")
_UPSERT_ACCOUNT = text("""
    INSERT INTO account (name, role, area_code, language, password_hash)
    VALUES (:name, :role, :area, :language, :password_hash)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, area_code = excluded.area_code,
        language = excluded.language, password_hash = excluded.password_hash, active = true
""")
_INSERT_MISSING_ACCOUNTS = text("""
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
_INSERT_SHIFTS = text(f"""
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
_UPSERT_CAMERAS = text("""
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
    """Return those of the area codes that are stored."""
    return frozenset((await connection.execute(_EXISTING_AREAS, {"codes": list(codes)})).scalars())


async def upsert_areas(
    connection: AsyncConnection, rows: Sequence[AreaRow], parents: Mapping[str, str | None]
) -> None:
    """Insert or update areas with their outlines, larger areas first."""
    ordered = sorted(rows, key=lambda row: (len(row.code), row.code))
    for start in range(0, len(ordered), BATCH_ROWS):
        batch = ordered[start : start + BATCH_ROWS]
        codes = [row.code for row in batch]
        columns = {"code": codes, "parent": [parents[code] for code in codes]}
        columns |= {"level": [row.level for row in batch], "name": [row.name for row in batch]}
        await connection.execute(_UPSERT_AREAS, columns)
        await connection.execute(_DELETE_PARTS, {"codes": codes})
        outlines = [(row.code, outline) for row in batch for outline in row.outlines]
        parts = {
            "codes": [code for code, _ in outlines],
            "outlines": [outline for _, outline in outlines],
        }
        await connection.execute(_INSERT_PARTS, parts)


async def get_password_hashes(connection: AsyncConnection, names: Sequence[str]) -> dict[str, str]:
    """Return the password hashes of stored accounts by name; an empty hash fits no password."""
    rows = await connection.execute(_HASHES, {"names": sorted(set(names))})
    return {row.name: row.password_hash for row in rows}


async def upsert_account(connection: AsyncConnection, row: AccountRow, password_hash: str) -> None:
    """Insert or update an account and activate it."""
    columns = {"name": row.name, "role": row.role, "area": row.area, "language": row.language}
    await connection.execute(_UPSERT_ACCOUNT, {**columns, "password_hash": password_hash})


async def insert_missing_accounts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> None:
    """Insert the accounts that a roster defines; leave stored accounts unchanged."""
    columns = {"names": [row.account for row in rows], "roles": [row.role for row in rows]}
    await connection.execute(
        _INSERT_MISSING_ACCOUNTS, {**columns, "areas": [row.area for row in rows]}
    )


async def insert_shifts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> None:
    """Insert shifts; leave out those that overlap another of the same person and area."""
    for start in range(0, len(rows), BATCH_ROWS):
        await connection.execute(_INSERT_SHIFTS, _shift_columns(rows[start : start + BATCH_ROWS]))


async def find_missing_shifts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> list[int]:
    """Return the indexes of the shifts that are not stored in exactly this form."""
    missing: list[int] = []
    for start in range(0, len(rows), BATCH_ROWS):
        columns = _shift_columns(rows[start : start + BATCH_ROWS])
        indexes = (await connection.execute(_MISSING_SHIFTS, columns)).scalars()
        missing += [start + index for index in indexes]
    return missing


async def upsert_cameras(connection: AsyncConnection, rows: Sequence[CameraRow]) -> None:
    """Insert or update cameras, and assign each to the area that contains it."""
    columns = {
        "nodes": [row.node for row in rows],
        "names": [row.camera for row in rows],
        "lons": [row.lon for row in rows],
        "lats": [row.lat for row in rows],
        "groups": [row.site_group for row in rows],
    }
    await connection.execute(_UPSERT_CAMERAS, columns)


def _shift_columns(rows: Sequence[ShiftRow]) -> dict[str, list[object]]:
    return {
        "accounts": [row.account for row in rows],
        "areas": [row.area for row in rows],
        "starts": [row.starts_at for row in rows],
        "ends": [row.ends_at for row in rows],
        "sources": [row.source for row in rows],
    }
