"""Read and write planned shifts, and the requests that changed them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Role
from api.roster.coverage import Period
from api.roster.model import ShiftSource
from api.roster.shifts.model import NewShift, PlannedShift

_COLUMNS = """
    s.id, c.name AS account, r.code AS area_code, s.source, lower(s.during) AS starts_at,
    upper(s.during) AS ends_at, s.replaces, rc.name AS replaced_account, p.name AS approved_by,
    s.version
    FROM shift s JOIN account c ON c.id = s.account JOIN area r ON r.id = s.area
    LEFT JOIN shift rs ON rs.id = s.replaces LEFT JOIN account rc ON rc.id = rs.account
    LEFT JOIN account p ON p.id = s.approved_by
"""
_GET = text(f"SELECT {_COLUMNS} WHERE s.id = :id")
_LOCK = text(f"SELECT {_COLUMNS} WHERE s.id = :id FOR UPDATE OF s")
_LIST = text(f"""
    SELECT {_COLUMNS}
    WHERE r.code >= :area AND r.code < :area || ':'
      AND upper(s.during) > :start AND lower(s.during) < :end
      AND (lower(s.during), s.id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))
    ORDER BY lower(s.during), s.id LIMIT :limit
""")
_ACCOUNT = text("SELECT role, area_code FROM account WHERE name = :name AND active")
_AREA_EXISTS = text("SELECT EXISTS (SELECT FROM area WHERE code = :code)")
_INSERT = text("""
    INSERT INTO shift (account, area, during, source, replaces, approved_by)
    SELECT c.id, r.id, tstzrange(:starts_at, :ends_at), :source, CAST(:replaces AS uuid), p.id
    FROM area r JOIN account c ON c.name = :account
    LEFT JOIN account p ON p.name = CAST(:approved_by AS text)
    WHERE r.code = :area_code
    ON CONFLICT DO NOTHING RETURNING id
""")
# The database refuses an overlap too; this finds it without an error.
_UPDATE = text("""
    UPDATE shift s SET account = c.id, during = tstzrange(:starts_at, :ends_at),
        version = s.version + 1
    FROM account c
    WHERE s.id = :id AND c.name = :account AND NOT EXISTS (
        SELECT FROM shift other
        WHERE other.account = c.id AND other.area = s.area AND other.source = s.source
          AND other.replaces IS NOT DISTINCT FROM s.replaces AND other.id <> s.id
          AND other.during && tstzrange(:starts_at, :ends_at))
    RETURNING s.id
""")
_END = text("""
    UPDATE shift SET during = tstzrange(lower(during), :at), version = version + 1 WHERE id = :id
""")
# The substitute of a deleted shift stays on duty; one that already is needs no second shift.
_DELETE_REDUNDANT = text("""
    DELETE FROM shift s USING shift other
    WHERE s.replaces = :id AND other.account = s.account AND other.area = s.area
      AND other.source = s.source AND other.replaces IS NULL AND other.during @> s.during
""")
_DELETE = text("DELETE FROM shift WHERE id = :id")
_CLAIM_KEY = text("""
    INSERT INTO idempotency_key (key, action, shift, at) VALUES (:key, :action, :shift, :at)
    ON CONFLICT (key) DO NOTHING RETURNING key
""")
_COMPLETE_KEY = text("UPDATE idempotency_key SET shift = :shift WHERE key = :key")
_FIND_KEY = text("SELECT action, shift FROM idempotency_key WHERE key = :key")


@dataclass(frozen=True, slots=True)
class PersonOnFile:
    """An active account that a roster may name."""

    role: Role
    area_code: str


async def get_shift(connection: AsyncConnection, shift: UUID) -> PlannedShift | None:
    """Return a shift, or ``None``."""
    row = (await connection.execute(_GET, {"id": shift})).mappings().first()
    return _planned_shift(row) if row else None


async def lock_shift(connection: AsyncConnection, shift: UUID) -> PlannedShift | None:
    """Lock a shift until the end of the transaction and return it, or ``None``."""
    row = (await connection.execute(_LOCK, {"id": shift})).mappings().first()
    return _planned_shift(row) if row else None


async def list_shifts(
    connection: AsyncConnection,
    area: str,
    period: Period,
    *,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[PlannedShift]:
    """List the shifts in an area and the areas inside it that overlap a period, by start.

    Args:
        after: Start and id of the last shift of the page before.
    """
    params = {"area": area, "start": period.start, "end": period.end, "limit": limit}
    position = {"after_at": after[0], "after_id": after[1]}
    rows = (await connection.execute(_LIST, params | position)).mappings()
    return [_planned_shift(row) for row in rows]


async def find_person(connection: AsyncConnection, name: str) -> PersonOnFile | None:
    """Return the role and area of an active account, or ``None``."""
    row = (await connection.execute(_ACCOUNT, {"name": name})).first()
    return PersonOnFile(Role(row.role), row.area_code) if row else None


async def area_exists(connection: AsyncConnection, code: str) -> bool:
    """Return whether an area is stored."""
    return bool(await connection.scalar(_AREA_EXISTS, {"code": code}))


async def insert_shift(connection: AsyncConnection, new: NewShift) -> UUID | None:
    """Insert a shift and return its id; ``None`` if it overlaps an equal one of the person."""
    params = {
        "account": new.account,
        "area_code": new.area_code,
        "source": new.source.value,
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "replaces": new.replaces,
        "approved_by": new.approved_by,
    }
    shift: UUID | None = (await connection.execute(_INSERT, params)).scalar()
    return shift


async def update_shift(connection: AsyncConnection, shift: PlannedShift) -> bool:
    """Write the person and hours of a locked shift; return whether they overlap no other."""
    params = {
        "id": shift.id,
        "account": shift.account,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
    }
    return (await connection.execute(_UPDATE, params)).first() is not None


async def end_shift(connection: AsyncConnection, shift: UUID, *, at: datetime) -> None:
    """Let a running shift end."""
    await connection.execute(_END, {"id": shift, "at": at})


async def delete_shift(connection: AsyncConnection, shift: UUID) -> None:
    """Delete a shift; one that replaces it adds a person from then on."""
    await connection.execute(_DELETE_REDUNDANT, {"id": shift})
    await connection.execute(_DELETE, {"id": shift})


async def claim_key(
    connection: AsyncConnection, key: str, action: str, *, shift: UUID | None, at: datetime
) -> bool:
    """Store an idempotency key; return whether it is new."""
    params = {"key": key, "action": action, "shift": shift, "at": at}
    return (await connection.execute(_CLAIM_KEY, params)).first() is not None


async def complete_key(connection: AsyncConnection, key: str, shift: UUID) -> None:
    """Store which shift a request has created."""
    await connection.execute(_COMPLETE_KEY, {"key": key, "shift": shift})


async def find_key(connection: AsyncConnection, key: str) -> tuple[str, UUID | None]:
    """Return the action and the shift of a stored idempotency key."""
    row = (await connection.execute(_FIND_KEY, {"key": key})).one()
    return row.action, row.shift


def _planned_shift(row: RowMapping) -> PlannedShift:
    return PlannedShift(**{**row, "source": ShiftSource(row["source"])})
