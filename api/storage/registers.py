"""Boxes and cameras, what could not be read, and how the centre fares."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecord:
    """One camera, and when its state last changed."""

    node: str
    name: str
    lon: float | None
    lat: float | None
    area_code: str | None
    site_group: str | None
    state: str
    reason: str
    state_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """One box; its key stays in the database."""

    name: str
    state: str
    boot_id: str | None
    enrolled_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRecord:
    """One message that could not be taken in."""

    id: UUID
    received_at: datetime
    topic: str
    bytes: int
    reason: str
    times: int


_CAMERAS = text("""
    SELECT node, name, lon, lat, area_code, site_group, state, reason, state_at FROM camera
    WHERE (area_code IS NULL OR (area_code >= :area AND area_code < :area || ':'))
      AND (node, name) > (:after_node, :after_name)
    ORDER BY node, name LIMIT :limit
""")
_NODES = text("""
    SELECT name, state, boot_id, enrolled_at, seen_at FROM node
    WHERE name > :after ORDER BY name LIMIT :limit
""")
_QUARANTINE = text("""
    SELECT id, received_at, topic, length(payload) AS bytes, reason, times FROM quarantine
    WHERE (CAST(:before_at AS timestamptz) IS NULL
           OR (received_at, id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY received_at DESC, id DESC LIMIT :limit
""")


async def cameras(
    connection: AsyncConnection, me: Account, *, after: tuple[str, str], limit: int
) -> list[CameraRecord]:
    """List the cameras of an account's area by box and name."""
    asked = {"area": me.area_code, "after_node": after[0], "after_name": after[1], "limit": limit}
    rows = (await connection.execute(_CAMERAS, asked)).mappings()
    return [CameraRecord(**row) for row in rows]


async def nodes(connection: AsyncConnection, *, after: str, limit: int) -> list[NodeRecord]:
    """List the boxes by name."""
    rows = (await connection.execute(_NODES, {"after": after, "limit": limit})).mappings()
    return [NodeRecord(**row) for row in rows]


async def quarantine(
    connection: AsyncConnection, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[QuarantineRecord]:
    """List the newest first."""
    before_at, before_id = before or (None, None)
    asked = {"before_at": before_at, "before_id": before_id, "limit": limit}
    rows = (await connection.execute(_QUARANTINE, asked)).mappings()
    return [QuarantineRecord(**row) for row in rows]
