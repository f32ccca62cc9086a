"""Statements of imports; rows that are already stored stay unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.imports.areas import AreaRow
from api.imports.cameras import CameraRow
from api.imports.people import AccountRow, ShiftRow

BATCH_ROWS = 5000

_EXISTING_AREAS = text("SELECT code FROM area WHERE code = ANY (CAST(:codes AS text[]))")
_UPSERT_AREAS = text("""
    INSERT INTO area (code, level, parent, name, address)
    SELECT * FROM unnest(
        CAST(:code AS text[]), CAST(:level AS text[]), CAST(:parent AS text[]),
        CAST(:name AS text[]), CAST(:address AS text[]))
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent,
        address = coalesce(excluded.address, area.address)
    WHERE (area.name, area.parent, area.address) IS DISTINCT FROM
        (excluded.name, excluded.parent, coalesce(excluded.address, area.address))
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
    WITH old AS (
        SELECT role, area_code, password_hash FROM account WHERE name = :name
    ), stored AS (
    INSERT INTO account (name, role, area_code, language, password_hash)
    VALUES (:name, :role, :area, :language, :password_hash)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, area_code = excluded.area_code,
        language = excluded.language, password_hash = excluded.password_hash, active = true
    RETURNING id, role, area_code, password_hash)
    SELECT id, NOT EXISTS (SELECT FROM old) AS is_new, EXISTS (
        SELECT FROM old o WHERE (o.role, o.area_code, o.password_hash)
            IS DISTINCT FROM (s.role, s.area_code, s.password_hash)) AS has_changed
    FROM stored s
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
        t.source, t.replaces, p.id AS approved_by, t.number
    FROM unnest(CAST(:accounts AS text[]), CAST(:areas AS text[]),
                CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
                CAST(:sources AS text[]), CAST(:replaced AS uuid[]), CAST(:approvers AS text[]))
        WITH ORDINALITY AS t (
            account, area, starts_at, ends_at, source, replaces, approver, number)
    JOIN account c ON c.name = t.account JOIN area r ON r.code = t.area
    LEFT JOIN account p ON p.name = t.approver
"""
# A row that names nobody is also stored as one that names somebody: the desk may have added it.
_STORED_SHIFT = """
    SELECT FROM shift s
    WHERE int8range(s.account, s.account, '[]') && int8range(row.account, row.account, '[]')
      AND int8range(s.area, s.area, '[]') && int8range(row.area, row.area, '[]')
      AND s.during && row.during AND s.during = row.during AND s.source = row.source
      AND (row.replaces IS NULL OR s.replaces = row.replaces)
"""
_INSERT_SHIFTS = text(f"""
    INSERT INTO shift (account, area, during, source, replaces, approved_by)
    SELECT account, area, during, source, replaces, approved_by FROM ({_SHIFT_ROWS}) AS row
    WHERE NOT EXISTS ({_STORED_SHIFT}) ORDER BY number
    ON CONFLICT DO NOTHING
""")
_NAME_REPLACED = text(f"""
    UPDATE shift s SET replaces = row.replaces, version = s.version + 1
    FROM ({_SHIFT_ROWS}) AS row
    WHERE s.account = row.account AND s.area = row.area AND s.during = row.during
      AND int8range(s.area, s.area, '[]') && int8range(row.area, row.area, '[]')
      AND s.during && row.during
      AND s.source = row.source AND s.replaces IS NULL AND NOT EXISTS ({_STORED_SHIFT})
""")
# Call-ups that were imported before files named who approved them.
_NAME_APPROVERS = text(f"""
    UPDATE shift s SET approved_by = row.approved_by, version = s.version + 1
    FROM ({_SHIFT_ROWS}) AS row
    WHERE s.account = row.account AND s.area = row.area AND s.during = row.during
      AND int8range(s.area, s.area, '[]') && int8range(row.area, row.area, '[]')
      AND s.during && row.during
      AND s.source = row.source AND s.approved_by IS NULL AND row.approved_by IS NOT NULL
""")
_APPROVERS = text("""
    SELECT name, area_code FROM account
    WHERE active AND name = ANY (CAST(:names AS text[])) AND role = ANY (CAST(:roles AS text[]))
""")
_MISSING_SHIFTS = text(f"""
    SELECT row.number - 1 AS index FROM ({_SHIFT_ROWS}) AS row
    WHERE NOT EXISTS ({_STORED_SHIFT})
    ORDER BY row.number
""")
_REPLACEABLE_SHIFTS = text("""
    SELECT s.id, s.source = 'rule' AS is_rule
    FROM shift s JOIN account c ON c.id = s.account JOIN area r ON r.id = s.area
    WHERE c.name = :account AND r.code = :area
      AND int8range(s.account, s.account, '[]') && int8range(c.id, c.id, '[]')
      AND int8range(s.area, s.area, '[]') && int8range(r.id, r.id, '[]')
      AND s.during && tstzrange(:starts_at, :ends_at)
    ORDER BY s.during, s.id
""")
_UPSERT_CAMERAS = text("""
    INSERT INTO camera (
        node, name, lon, lat, site_group, area_code, area_is_set, title, address)
    SELECT node, name, lon, lat, site_group, coalesce(area, (
        SELECT code FROM area_part
        WHERE box(boundary) @> box(point(lon, lat), point(lon, lat))
          AND boundary @> point(lon, lat)
        ORDER BY length(code) DESC, code LIMIT 1)), area IS NOT NULL,
        nullif(title, ''), nullif(address, '')
    FROM unnest(
        CAST(:nodes AS text[]), CAST(:names AS text[]), CAST(:lons AS float8[]),
        CAST(:lats AS float8[]), CAST(:groups AS text[]), CAST(:areas AS text[]),
        CAST(:titles AS text[]), CAST(:addresses AS text[]))
        AS t (node, name, lon, lat, site_group, area, title, address)
    ON CONFLICT (node, name) DO UPDATE SET lon = excluded.lon, lat = excluded.lat,
        site_group = excluded.site_group, area_code = excluded.area_code,
        area_is_set = excluded.area_is_set,
        title = CASE WHEN CAST(:has_titles AS boolean) THEN excluded.title ELSE camera.title END,
        address = CASE WHEN CAST(:has_addresses AS boolean) THEN excluded.address
            ELSE camera.address END
""")

_CAMERAS_OUTSIDE = text("""
    SELECT c.node, c.name
    FROM unnest(CAST(:nodes AS text[]), CAST(:names AS text[])) AS t (node, name)
    JOIN camera c USING (node, name) WHERE c.area_code IS NULL AND c.lon IS NOT NULL
""")
_DELETE_OVERLAPS = text("""
    DELETE FROM camera_overlap AS o
    USING unnest(CAST(:nodes AS text[]), CAST(:names AS text[])) AS t (node, name)
    WHERE (o.node, o.camera) = (t.node, t.name) OR (o.other_node, o.other_camera) = (t.node, t.name)
""")
_INSERT_OVERLAPS = text("""
    INSERT INTO camera_overlap (node, camera, other_node, other_camera)
    SELECT node, camera, other_node, other_camera
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        node text, camera text, other_node text, other_camera text)
    ON CONFLICT DO NOTHING
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
        columns |= {"address": [row.address for row in batch]}
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


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account that was stored.

    Args:
        has_changed: It was there before, with another password, role or area.
    """

    id: int
    is_new: bool
    has_changed: bool


async def upsert_account(
    connection: AsyncConnection, row: AccountRow, password_hash: str
) -> StoredAccount:
    """Insert or update an account and activate it."""
    columns = {"name": row.name, "role": row.role, "area": row.area, "language": row.language}
    columns |= {"password_hash": password_hash}
    return StoredAccount(*(await connection.execute(_UPSERT_ACCOUNT, columns)).one())


async def insert_missing_accounts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> None:
    """Insert the accounts that a roster defines; leave stored accounts unchanged."""
    columns = {"names": [row.account for row in rows], "roles": [row.role for row in rows]}
    await connection.execute(
        _INSERT_MISSING_ACCOUNTS, {**columns, "areas": [row.area for row in rows]}
    )


async def insert_shifts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> None:
    """Insert shifts; leave out those that overlap another of the same person and area."""
    for start in range(0, len(rows), BATCH_ROWS):
        columns = _shift_columns(rows[start : start + BATCH_ROWS])
        await connection.execute(_NAME_APPROVERS, columns)
        await connection.execute(_INSERT_SHIFTS, columns)


async def find_unapproved(
    connection: AsyncConnection, rows: Sequence[ShiftRow], *, roles: Sequence[str]
) -> list[ShiftRow]:
    """Return the call-ups whose approver has none of the roles, or has another area."""
    names = sorted({row.approved_by for row in rows if row.approved_by is not None})
    found = await connection.execute(_APPROVERS, {"names": names, "roles": list(roles)})
    areas = {row.name: row.area_code for row in found}
    return [
        row
        for row in rows
        if row.approved_by is not None
        and not (row.approved_by in areas and row.area.startswith(areas[row.approved_by]))
    ]


async def find_replaceable_shifts(connection: AsyncConnection, row: ShiftRow) -> list[UUID]:
    """Return the shifts that a row may mean by the colleague it names.

    They are the colleague's shifts of the regular roster that overlap the row, in the same area;
    if there are none, the other ones.
    """
    period = {"starts_at": row.starts_at, "ends_at": row.ends_at}
    params = {"account": row.replaces, "area": row.area, **period}
    shifts = (await connection.execute(_REPLACEABLE_SHIFTS, params)).all()
    rules = [shift.id for shift in shifts if shift.is_rule]
    return rules or [shift.id for shift in shifts]


async def insert_replacement(connection: AsyncConnection, row: ShiftRow) -> None:
    """Insert a shift with the shift it replaces, or add that to an equal one that names none."""
    columns = _shift_columns([row])
    await connection.execute(_NAME_REPLACED, columns)
    await connection.execute(_INSERT_SHIFTS, columns)


async def find_missing_shifts(connection: AsyncConnection, rows: Sequence[ShiftRow]) -> list[int]:
    """Return the indexes of the shifts that are not stored in exactly this form."""
    missing: list[int] = []
    for start in range(0, len(rows), BATCH_ROWS):
        columns = _shift_columns(rows[start : start + BATCH_ROWS])
        indexes = (await connection.execute(_MISSING_SHIFTS, columns)).scalars()
        missing += [start + index for index in indexes]
    return missing


async def upsert_cameras(connection: AsyncConnection, rows: Sequence[CameraRow]) -> None:
    """Insert or update cameras; each is in the stated area, or in the one that contains it."""
    columns = {
        "nodes": [row.node for row in rows],
        "names": [row.camera for row in rows],
        "lons": [row.lon for row in rows],
        "lats": [row.lat for row in rows],
        "groups": [row.site_group for row in rows],
        "areas": [row.area for row in rows],
        "titles": [row.title for row in rows],
        "addresses": [row.address for row in rows],
        "has_titles": any(row.title is not None for row in rows),
        "has_addresses": any(row.address is not None for row in rows),
    }
    await connection.execute(_UPSERT_CAMERAS, columns)


async def list_cameras_outside(
    connection: AsyncConnection, rows: Sequence[CameraRow]
) -> frozenset[tuple[str, str]]:
    """Return node and name of those cameras whose point no area contains."""
    names = {"nodes": [row.node for row in rows], "names": [row.camera for row in rows]}
    found = await connection.execute(_CAMERAS_OUTSIDE, names)
    return frozenset((row.node, row.name) for row in found)


async def set_overlaps(connection: AsyncConnection, rows: Sequence[CameraRow]) -> None:
    """Store which cameras see the same ground, for the cameras whose rows say so.

    Each pair is stored once, whichever of the two cameras names the other.
    """
    stated = [row for row in rows if row.overlaps is not None]
    if not stated:
        return
    columns = {"nodes": [row.node for row in stated], "names": [row.camera for row in stated]}
    await connection.execute(_DELETE_OVERLAPS, columns)
    pairs = {
        tuple(sorted(((row.node, row.camera), other)))
        for row in stated
        for other in row.overlaps or ()
        if other != (row.node, row.camera)
    }
    names = ("node", "camera", "other_node", "other_camera")
    table = [dict(zip(names, (*a, *b), strict=True)) for a, b in sorted(pairs)]
    await connection.execute(_INSERT_OVERLAPS, {"rows": as_json(table)})


def _shift_columns(rows: Sequence[ShiftRow]) -> dict[str, list[object]]:
    return {
        "accounts": [row.account for row in rows],
        "areas": [row.area for row in rows],
        "starts": [row.starts_at for row in rows],
        "ends": [row.ends_at for row in rows],
        "sources": [row.source for row in rows],
        "replaced": [row.replaced_shift for row in rows],
        "approvers": [row.approved_by for row in rows],
    }
