"""Queries for pages: nodes and cameras with their health and configuration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.database.stored_json import convert_stored
from api.fleet.area_scope import HAS_CAMERA_IN_AREA, IN_AREA, area_of
from api.fleet.control.config_store import ReportedRecord, reported_from_row
from pipeline.wire import Health, Node
from pipeline.wire.node_messages import CameraHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecord:
    """One camera.

    Args:
        state_at: When its state changed, by the node's clock; ``reported_at`` is by ours.
        drill_passed_at: When a drill alert of it last arrived.
        health: Its part of the node's newest health report.
    """

    node: str
    name: str
    title: str
    address: str
    lon: float | None
    lat: float | None
    area_code: str | None
    site_group: str | None
    state: str
    reason: str
    state_at: datetime | None
    reported_at: datetime | None
    drill_passed_at: datetime | None
    health: CameraHealth | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """One node, without its key.

    Args:
        skew_s: How far its clock is ahead of ours.
        health: Its newest health report, received at ``health_at``.
        desired_rev: Newest revision of its desired configuration, set at ``desired_at``.
        areas: Codes of the areas that its cameras cover.
    """

    name: str
    title: str
    address: str
    state: str
    state_at: datetime | None
    boot_id: str | None
    software: str
    enrolled_at: datetime
    seen_at: datetime | None
    skew_s: float | None
    health: Health | None
    health_at: datetime | None
    desired_rev: int | None
    desired_at: datetime | None
    reported: ReportedRecord | None
    areas: tuple[str, ...]


_SELECT_CAMERAS = """
    SELECT c.node, c.name, coalesce(c.title, c.reported_title, c.name) AS title,
        coalesce(c.address, c.reported_address, '') AS address,
        c.lon, c.lat, c.area_code, c.site_group, c.state, c.reason, c.state_at, c.reported_at,
        c.drill_passed_at, h.report -> 'cameras' -> c.name AS health
    FROM camera c LEFT JOIN node_health h ON h.node = c.node
"""
_LIST_CAMERAS = text(f"""
    {_SELECT_CAMERAS}
    WHERE {IN_AREA}
      AND (c.node, c.name) > (:after_node, :after_name)
    ORDER BY c.node, c.name LIMIT :limit
""")
_CAMERAS_OF_NODES = text(f"""
    {_SELECT_CAMERAS} WHERE c.node = ANY (CAST(:nodes AS text[])) AND {IN_AREA}
    ORDER BY c.node, c.name
""")
_SELECT_NODES = """
    SELECT n.name, coalesce(n.title, n.name) AS title, coalesce(n.address, '') AS address, n.state,
        n.state_at, n.boot_id, n.software, n.enrolled_at, n.seen_at, n.skew_s,
        h.report AS health, h.received_at AS health_at, w.rev AS desired_rev, w.at AS desired_at,
        r.rev, r.seen_rev, r.outcome, r.refused, r.config, r.received_at,
        ARRAY(SELECT DISTINCT c.area_code FROM camera c
              WHERE c.node = n.name AND c.area_code IS NOT NULL) AS areas
    FROM node n
    LEFT JOIN node_health h ON h.node = n.name
    LEFT JOIN node_reported r ON r.node = n.name
    LEFT JOIN LATERAL (SELECT d.rev, d.at FROM node_config d WHERE d.node = n.name
                       ORDER BY d.rev DESC LIMIT 1) w ON true
"""
_LIST_NODES = text(f"""
    {_SELECT_NODES} WHERE n.name > :after AND {HAS_CAMERA_IN_AREA.format(node="n.name")}
    ORDER BY n.name LIMIT :limit
""")
_GET_NODE = text(
    f"{_SELECT_NODES} WHERE n.name = :name AND {HAS_CAMERA_IN_AREA.format(node='n.name')}"
)
_PLAIN = frozenset(NodeRecord.__slots__) - {"health", "reported", "areas"}


async def list_cameras(
    connection: AsyncConnection, account: Account, *, after: tuple[str, str], limit: int
) -> list[CameraRecord]:
    """Return the cameras in an account's area by node and name, starting after ``after``."""
    parameters = {**area_of(account), "after_node": after[0], "after_name": after[1]}
    rows = (await connection.execute(_LIST_CAMERAS, {**parameters, "limit": limit})).mappings()
    return [_camera(row) for row in rows]


async def list_cameras_of_nodes(
    connection: AsyncConnection, nodes: Sequence[str], account: Account
) -> list[CameraRecord]:
    """Return the cameras of these nodes in an account's area."""
    parameters = {"nodes": list(nodes), **area_of(account)}
    rows = (await connection.execute(_CAMERAS_OF_NODES, parameters)).mappings()
    return [_camera(row) for row in rows]


async def list_nodes(
    connection: AsyncConnection, account: Account, *, after: str, limit: int
) -> list[NodeRecord]:
    """Return the nodes with a camera in an account's area by name, starting after ``after``."""
    parameters = {"after": after, "limit": limit, **area_of(account)}
    rows = (await connection.execute(_LIST_NODES, parameters)).mappings()
    return [_node(row) for row in rows]


async def get_node(
    connection: AsyncConnection, node: Node, account: Account | None = None
) -> NodeRecord | None:
    """Return one node, or ``None`` if it does not exist or the account may not see it."""
    parameters = {"name": str(node), **area_of(account)}
    row = (await connection.execute(_GET_NODE, parameters)).mappings().first()
    return _node(row) if row else None


def _camera(row: RowMapping) -> CameraRecord:
    return CameraRecord(**{**row, "health": convert_stored(row["health"], CameraHealth)})


def _node(row: RowMapping) -> NodeRecord:
    return NodeRecord(
        **{name: row[name] for name in _PLAIN},
        health=convert_stored(row["health"], Health),
        reported=reported_from_row(row) if row["rev"] is not None else None,
        areas=tuple(row["areas"]),
    )
