"""Boxes and cameras as pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.fleet.control.config_store import ReportedRecord, reported_from_row
from pipeline.wire import Health, Node
from pipeline.wire.messages import CameraHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecord:
    """One camera, and when its state last changed.

    Args:
        state_at: By its box's clock; ``told_at`` is by ours.
        proven_at: When an exercise alert of it last arrived.
    """

    node: str
    name: str
    lon: float | None
    lat: float | None
    area_code: str | None
    site_group: str | None
    state: str
    reason: str
    state_at: datetime | None
    told_at: datetime | None
    proven_at: datetime | None
    health: CameraHealth | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """One box; its key stays in the database.

    Args:
        skew_s: How far its clock is ahead of ours.
        health: Its latest word on itself, received at ``health_at``.
        areas: That its cameras look at.
    """

    name: str
    state: str
    state_at: datetime | None
    boot_id: str | None
    software: str
    enrolled_at: datetime
    seen_at: datetime | None
    skew_s: float | None
    health: Health | None
    health_at: datetime | None
    wanted_rev: int | None
    wanted_at: datetime | None
    reported: ReportedRecord | None
    areas: tuple[str, ...]


_CAMERAS = text("""
    SELECT c.node, c.name, c.lon, c.lat, c.area_code, c.site_group, c.state, c.reason, c.state_at,
        c.told_at, c.proven_at, h.said -> 'cameras' -> c.name AS health
    FROM camera c LEFT JOIN node_health h ON h.node = c.node
    WHERE (c.area_code IS NULL OR (c.area_code >= :area AND c.area_code < :area || ':'))
      AND (c.node, c.name) > (:after_node, :after_name)
    ORDER BY c.node, c.name LIMIT :limit
""")
_SELECT = """
    SELECT n.name, n.state, n.state_at, n.boot_id, n.software, n.enrolled_at, n.seen_at, n.skew_s,
        h.said AS health, h.received_at AS health_at, w.rev AS wanted_rev, w.at AS wanted_at,
        r.rev, r.seen_rev, r.outcome, r.refused, r.config, r.received_at,
        ARRAY(SELECT DISTINCT c.area_code FROM camera c
              WHERE c.node = n.name AND c.area_code IS NOT NULL) AS areas
    FROM node n
    LEFT JOIN node_health h ON h.node = n.name
    LEFT JOIN node_reported r ON r.node = n.name
    LEFT JOIN LATERAL (SELECT d.rev, d.at FROM node_config d WHERE d.node = n.name
                       ORDER BY d.rev DESC LIMIT 1) w ON true
"""
_NODES = text(f"{_SELECT} WHERE n.name > :after ORDER BY n.name LIMIT :limit")
_NODE = text(f"{_SELECT} WHERE n.name = :name")
_PLAIN = frozenset(NodeRecord.__slots__) - {"health", "reported", "areas"}


async def list_cameras(
    connection: AsyncConnection, me: Account, *, after: tuple[str, str], limit: int
) -> list[CameraRecord]:
    """List the cameras of an account's area by box and name."""
    asked = {"area": me.area_code, "after_node": after[0], "after_name": after[1], "limit": limit}
    rows = (await connection.execute(_CAMERAS, asked)).mappings()
    return [CameraRecord(**{**row, "health": _camera_health(row["health"])}) for row in rows]


async def list_nodes(connection: AsyncConnection, *, after: str, limit: int) -> list[NodeRecord]:
    """List the boxes by name."""
    rows = (await connection.execute(_NODES, {"after": after, "limit": limit})).mappings()
    return [_node(row) for row in rows]


async def get_node(connection: AsyncConnection, named: Node) -> NodeRecord | None:
    """Find one box."""
    row = (await connection.execute(_NODE, {"name": str(named)})).mappings().first()
    return _node(row) if row else None


def _node(row: RowMapping) -> NodeRecord:
    return NodeRecord(
        **{name: row[name] for name in _PLAIN},
        health=msgspec.convert(row["health"], Health) if row["health"] else None,
        reported=reported_from_row(row) if row["rev"] is not None else None,
        areas=tuple(row["areas"]),
    )


def _camera_health(said: Mapping[str, object] | None) -> CameraHealth | None:
    return msgspec.convert(said, CameraHealth) if said else None
