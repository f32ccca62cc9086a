"""Suppressions in the database."""

import json
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.suppressions.model import (
    NewSuppression,
    Suppression,
    SuppressionKind,
    SuppressionTarget,
)
from pipeline.geometry.shapes import Box

_COLUMNS = """
    s.id, s.kind, s.node, s.camera, s.zone, s.scenario, s.area_code, s.reason, s.starts_at,
    s.ends_at, s.includes_life_and_limb, s.incident, s.created_at, s.area,
    c.name AS created_by, e.name AS ended_by, s.region, s.prediction
"""
_WITHHELD = "(SELECT count(*) FROM incident i WHERE i.suppression = s.id) AS withheld"
REGION_ZONE = "#region"
"""Stored as the zone of a suppression with a region. A centre of the version before knows no
regions: it finds no alert in this zone, instead of all that the camera reports."""
_FROM = """
    FROM suppression s JOIN account c ON c.id = s.created_by
    LEFT JOIN account e ON e.id = s.ended_by
"""
_INSERT = text("""
    INSERT INTO suppression (
        kind, node, camera, zone, scenario, area_code, reason, starts_at, ends_at,
        includes_life_and_limb, incident, area, created_by, created_at, idem_key, region,
        prediction
    ) VALUES (
        :kind, :node, :camera, :zone, :scenario, :area_code, :reason, :starts_at, :ends_at,
        :includes_life_and_limb, :incident, :area, :created_by, :created_at, :idem_key,
        CAST(:region AS float8[]), CAST(:prediction AS jsonb)
    ) ON CONFLICT (idem_key) DO NOTHING RETURNING id
""")
_BY_ID = text(f"SELECT {_COLUMNS}, {_WITHHELD} {_FROM} WHERE s.id = :id")
_BY_KEY = text(f"SELECT {_COLUMNS} {_FROM} WHERE s.idem_key = :key")
_IN_FORCE = text(f"""
    SELECT {_COLUMNS} {_FROM} WHERE s.starts_at <= :until AND s.ends_at > :since
    ORDER BY s.ends_at, s.id
""")
# An account sees the suppressions of its own area and of those above, which cover it too.
_LIST = text(f"""
    SELECT {_COLUMNS}, {_WITHHELD} {_FROM}
    WHERE (s.area LIKE :below OR starts_with(:area, s.area))
      AND (:with_ended OR s.ends_at > :now)
    ORDER BY s.ends_at DESC, s.id DESC LIMIT :limit
""")
_END = text("""
    UPDATE suppression SET ends_at = greatest(:now, starts_at), ended_by = :by
    WHERE id = :id AND ends_at > :now RETURNING id
""")
_OF_INCIDENT = text(f"""
    SELECT {_COLUMNS} {_FROM} WHERE s.incident = :incident AND s.ends_at > :now ORDER BY s.id
""")
_CAMERA_AREA = text("SELECT area_code FROM camera WHERE node = :node AND name = :camera")


async def insert_suppression(
    connection: AsyncConnection,
    new: NewSuppression,
    *,
    area: str,
    account: Account,
    now: datetime,
    idem_key: str | None = None,
) -> Suppression | None:
    """Insert a suppression and return it; ``None`` if the idempotency key is known.

    Args:
        area: The area whose desks see it.
    """
    target = new.target
    row = {
        "kind": new.kind,
        "node": target.node,
        "camera": target.camera,
        "zone": REGION_ZONE if target.region else target.zone,
        "scenario": target.scenario,
        "area_code": target.area_code,
        "reason": new.reason,
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "includes_life_and_limb": new.includes_life_and_limb,
        "incident": new.incident,
        "area": area,
        "created_by": account.id,
        "created_at": now,
        "idem_key": idem_key,
        "region": list(astuple(target.region)) if target.region else None,
        "prediction": json.dumps(new.prediction) if new.prediction is not None else None,
    }
    inserted = (await connection.execute(_INSERT, row)).scalar()
    return await get_suppression(connection, inserted) if inserted else None


async def get_suppression(connection: AsyncConnection, suppression: UUID) -> Suppression | None:
    """Return a suppression, or ``None``."""
    row = (await connection.execute(_BY_ID, {"id": suppression})).mappings().first()
    return _suppression(row) if row else None


async def find_by_key(connection: AsyncConnection, key: str) -> Suppression | None:
    """Return the suppression that was stored under an idempotency key, or ``None``."""
    row = (await connection.execute(_BY_KEY, {"key": key})).mappings().first()
    return _suppression(row) if row else None


async def list_in_force(
    connection: AsyncConnection, *, since: datetime, until: datetime
) -> list[Suppression]:
    """List the suppressions that are in force at any time of a period."""
    rows = await connection.execute(_IN_FORCE, {"since": since, "until": until})
    return [_suppression(row) for row in rows.mappings()]


async def list_suppressions(
    connection: AsyncConnection,
    account: Account,
    *,
    now: datetime,
    with_ended: bool,
    limit: int,
) -> list[Suppression]:
    """List the suppressions that concern the area of an account, the one that ends last first."""
    params = {
        "area": account.area_code,
        "below": f"{account.area_code}%",
        "with_ended": with_ended,
        "now": now,
        "limit": limit,
    }
    return [_suppression(row) for row in (await connection.execute(_LIST, params)).mappings()]


async def end_suppression(
    connection: AsyncConnection, suppression: UUID, *, account: Account, now: datetime
) -> bool:
    """End a suppression now; return whether it had not ended before."""
    params = {"id": suppression, "by": account.id, "now": now}
    return (await connection.execute(_END, params)).first() is not None


async def list_of_incident(
    connection: AsyncConnection, incident: UUID, *, now: datetime
) -> list[Suppression]:
    """List the suppressions that the review of an incident led to and that have not ended."""
    rows = await connection.execute(_OF_INCIDENT, {"incident": incident, "now": now})
    return [_suppression(row) for row in rows.mappings()]


async def get_camera_area(
    connection: AsyncConnection, node: str, camera: str
) -> tuple[bool, str | None]:
    """Return whether a camera is registered, and the area that it covers."""
    row = (await connection.execute(_CAMERA_AREA, {"node": node, "camera": camera})).first()
    return (True, row.area_code) if row else (False, None)


def _suppression(row: RowMapping) -> Suppression:
    names = ("node", "camera", "zone", "scenario", "area_code")
    rest = {name: value for name, value in row.items() if name not in {*names, "kind", "region"}}
    target = SuppressionTarget(**{name: row[name] for name in names})
    if row["region"] is not None:
        target = replace(target, zone=None, region=Box(*row["region"]))
    return Suppression(kind=SuppressionKind(row["kind"]), target=target, **rest)
