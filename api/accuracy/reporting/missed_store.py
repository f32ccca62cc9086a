"""Store events inside the view of a camera that no alert reported (漏报)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class MissedOrigin(StrEnum):
    """Who reported the event; stored and shown under this name."""

    PATROL = "patrol"
    HOTLINE = "hotline"
    FIELD = "field"
    POLICE = "police"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedEvent:
    """An event that a camera should have reported.

    Args:
        actor: Id of the account that entered it.
    """

    origin: MissedOrigin
    scenario: str
    node: str
    camera: str
    happened_at: datetime
    note: str
    actor: int


_CAMERA_AREA = text("SELECT area_code FROM camera WHERE node = :node AND name = :camera")
_INSERT = text("""
    INSERT INTO missed_event (origin, scenario, node, camera, area_code, happened_at, note, actor,
        created_at, idempotency_key)
    VALUES (:origin, :scenario, :node, :camera, :area_code, :happened_at, :note, :actor, :now, :key)
    ON CONFLICT (idempotency_key) DO UPDATE SET idempotency_key = excluded.idempotency_key
    RETURNING id
""")


async def find_camera_area(
    connection: AsyncConnection, node: str, camera: str
) -> tuple[bool, str | None]:
    """Return whether a camera is known, and its area."""
    row = (await connection.execute(_CAMERA_AREA, {"node": node, "camera": camera})).first()
    return row is not None, row.area_code if row else None


async def insert_missed_event(
    connection: AsyncConnection,
    event: MissedEvent,
    *,
    area_code: str | None,
    key: str | None,
    now: datetime,
) -> UUID:
    """Store an event, and return its id; a repetition with the same key changes nothing."""
    params = {
        "origin": event.origin,
        "scenario": event.scenario,
        "node": event.node,
        "camera": event.camera,
        "area_code": area_code,
        "happened_at": event.happened_at,
        "note": event.note,
        "actor": event.actor,
        "now": now,
        "key": key,
    }
    id_: UUID = (await connection.execute(_INSERT, params)).scalar_one()
    return id_
