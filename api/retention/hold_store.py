"""Statements on legal holds: what they name is not deleted, whatever its age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTarget:
    """What a hold names: one incident, or those of an area or a camera in a time.

    Args:
        camera: With its ``node``.
        since: The incidents were opened from then
        until: to then.
    """

    incident: UUID | None = None
    area_code: str | None = None
    node: str | None = None
    camera: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """A hold as it is stored.

    Args:
        authority: Who demands it, with the number of the file.
        review_at: When somebody has to decide whether it is still needed.
    """

    id: UUID
    reason: str
    authority: str
    target: HoldTarget
    placed_by: str
    placed_at: datetime
    review_at: datetime
    released_by: str | None
    released_at: datetime | None
    release_reason: str


_COLUMNS = """
    h.id, h.reason, h.authority, h.incident, h.area_code, h.node, h.camera, h.since, h.until,
    h.placed_by, h.placed_at, h.review_at, h.released_by, h.released_at, h.release_reason
"""
# The place of a hold, for what an account may see: of its incident, its camera, or its area.
_PLACE = """
    coalesce(h.area_code,
        (SELECT i.area_code FROM incident i WHERE i.id = h.incident),
        (SELECT c.area_code FROM camera c WHERE (c.node, c.name) = (h.node, h.camera)),
        (SELECT i.area_code FROM incident i WHERE (i.node, i.camera) = (h.node, h.camera)
         ORDER BY i.created_at DESC LIMIT 1))
"""
_INSERT = text("""
    INSERT INTO legal_hold (reason, authority, incident, area_code, node, camera, since, until,
        placed_by, placed_at, review_at)
    VALUES (:reason, :authority, :incident, :area_code, :node, :camera, :since, :until,
        :placed_by, :placed_at, :review_at)
    RETURNING id
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM legal_hold h
    WHERE (h.released_at IS NULL OR :with_released)
      AND coalesce(starts_with({_PLACE}, :area), :unplaced)
    ORDER BY h.review_at, h.id LIMIT :limit
""")
_GET = text(f"""
    SELECT {_COLUMNS} FROM legal_hold h
    WHERE h.id = :id AND coalesce(starts_with({_PLACE}, :area), :unplaced) FOR UPDATE OF h
""")
_RELEASE = text("""
    UPDATE legal_hold SET released_by = :by, released_at = :now, release_reason = :reason
    WHERE id = :id
""")
_EXTEND = text("UPDATE legal_hold SET review_at = :review_at WHERE id = :id")
_PLACE_OF_TARGET = text("""
    SELECT i.area_code FROM incident i WHERE i.id = :incident
    UNION ALL SELECT c.area_code FROM camera c WHERE (c.node, c.name) = (:node, :camera)
    UNION ALL (SELECT i.area_code FROM incident i WHERE (i.node, i.camera) = (:node, :camera)
               ORDER BY i.created_at DESC LIMIT 1)
    UNION ALL SELECT a.code FROM area a WHERE a.code = :area_code
""")
_DUE = text("""
    SELECT count(*) AS n, min(review_at) AS since FROM legal_hold
    WHERE released_at IS NULL AND review_at < :now
""")
_HOLDING = text("""
    SELECT h.id FROM incident i, legal_hold h
    WHERE i.id = ANY (CAST(:incidents AS uuid[])) AND h.released_at IS NULL AND (
        h.incident IN (i.id, i.root)
        OR i.created_at >= h.since AND i.created_at < h.until
            AND (h.area_code IS NULL OR starts_with(i.area_code, h.area_code))
            AND (h.camera IS NULL OR (i.node, i.camera) = (h.node, h.camera)))
    LIMIT 1
""")


async def find_place(connection: AsyncConnection, target: HoldTarget) -> tuple[bool, str | None]:
    """Return whether what a hold names exists, and the code of its area."""
    params = {name: getattr(target, name) for name in ("incident", "area_code", "node", "camera")}
    row = (await connection.execute(_PLACE_OF_TARGET, params)).first()
    return (True, row.area_code) if row else (False, None)


async def insert_hold(
    connection: AsyncConnection,
    target: HoldTarget,
    *,
    reason: str,
    authority: str,
    by: str,
    now: datetime,
    review_at: datetime,
) -> UUID:
    """Store a hold; it applies from the commit on."""
    row = {name: getattr(target, name) for name in HoldTarget.__slots__}
    row |= {"reason": reason, "authority": authority}
    row |= {"placed_by": by, "placed_at": now, "review_at": review_at}
    inserted: UUID = (await connection.execute(_INSERT, row)).scalar_one()
    return inserted


async def list_holds(
    connection: AsyncConnection, *, scope: Scope, with_released: bool, limit: int
) -> list[LegalHold]:
    """List the holds within an area, the one to review next first."""
    params = {**scope, "with_released": with_released, "limit": limit}
    return [_hold(row._asdict()) for row in await connection.execute(_LIST, params)]


async def lock_hold(connection: AsyncConnection, hold: UUID, *, scope: Scope) -> LegalHold | None:
    """Return a hold within an area, locked for the transaction; ``None`` if there is none."""
    row = (await connection.execute(_GET, {"id": hold, **scope})).first()
    return _hold(row._asdict()) if row else None


async def release_hold(
    connection: AsyncConnection, hold: UUID, *, by: str, reason: str, now: datetime
) -> None:
    """End a hold; what it named is deleted when its term is over."""
    params = {"id": hold, "by": by, "reason": reason, "now": now}
    await connection.execute(_RELEASE, params)


async def extend_hold(connection: AsyncConnection, hold: UUID, *, review_at: datetime) -> None:
    """Set when a hold has to be reviewed next."""
    await connection.execute(_EXTEND, {"id": hold, "review_at": review_at})


async def find_hold(connection: AsyncConnection, incidents: Sequence[UUID]) -> UUID | None:
    """Return a hold that names one of these incidents; ``None`` if none does."""
    result = await connection.execute(_HOLDING, {"incidents": list(incidents)})
    return result.scalars().first()


async def count_due_holds(
    connection: AsyncConnection, *, now: datetime
) -> tuple[int, datetime | None]:
    """Return how many holds wait for a review, and since when."""
    row = (await connection.execute(_DUE, {"now": now})).one()
    return row.n, row.since


def _hold(row: dict[str, Any]) -> LegalHold:
    target = HoldTarget(**{name: row.pop(name) for name in HoldTarget.__slots__})
    return LegalHold(target=target, **row)
