"""Statements on nodes and cameras: enrollment, keys, status, health, drills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.live import store as live_store
from pipeline.errors import WireError
from pipeline.wire import CameraState, Health, Node, Status
from pipeline.wire.signature import NodeKey

_ENROLL = text("""
    INSERT INTO node (name, key, enrolled_at) VALUES (:name, :key, :now)
    ON CONFLICT (name) DO UPDATE SET key = excluded.key, enrolled_at = excluded.enrolled_at,
        revoked_at = NULL
        WHERE node.revoked_at IS NOT NULL
    RETURNING name
""")
_SET_MAINTAINER = text("""
    UPDATE node SET maintainer = c.id
    FROM (SELECT CAST(NULL AS bigint) AS id WHERE CAST(:account AS text) IS NULL
          UNION ALL SELECT id FROM account WHERE name = :account AND active) AS c
    WHERE node.name = :name RETURNING node.name
""")
_LIST_KEYS = text("SELECT name, key FROM node WHERE revoked_at IS NULL ORDER BY name")
_GET_KEYS = text("""
    SELECT name, key,
        CASE WHEN previous_key_until > now() THEN previous_key END AS previous_key
    FROM node WHERE name = ANY (CAST(:names AS text[])) AND revoked_at IS NULL
""")
# The last will of an earlier boot does not apply to a later one.
_UPDATE_STATUS = text("""
    UPDATE node SET state = :state, boot_id = :boot_id, seen_at = :now,
        software = coalesce(nullif(:software, ''), node.software),
        state_at = CASE WHEN node.state = :state AND node.boot_id = :boot_id
            THEN node.state_at ELSE :now END
    FROM node AS before
    WHERE node.name = :name AND before.name = node.name
      AND (CAST(:state AS text) = 'online' OR node.boot_id IS NULL OR node.boot_id = :boot_id)
    RETURNING before.state AS earlier, before.boot_id AS earlier_boot
""")
MAX_CAMERAS = 1000
"""Cameras of one node; a faulty one may report ever new names."""
MAY_HAVE_CAMERA = f"""(
    EXISTS (SELECT FROM camera c WHERE c.node = t.node AND c.name = t.name)
    OR (SELECT count(*) FROM camera c WHERE c.node = t.node) < {MAX_CAMERAS})"""
"""SQL: whether camera ``t.name`` of ``t.node`` is known, or the node may have another."""
# The node's clock orders its reports, unless a stored time lies in the future.
_UPDATE_CAMERA = text(f"""
    INSERT INTO camera (node, name, state, reason, state_at, reported_at, first_at)
    SELECT node, name, :state, :reason, :since, :now, :now
    FROM (SELECT name AS node, CAST(:camera AS text) AS name FROM node WHERE name = :node) AS t
    WHERE {MAY_HAVE_CAMERA}
    ON CONFLICT (node, name) DO UPDATE
        SET state = excluded.state, reason = excluded.reason, state_at = excluded.state_at,
            reported_at = excluded.reported_at,
            first_at = coalesce(camera.first_at, excluded.first_at)
        WHERE camera.state_at IS NULL OR camera.state_at < excluded.state_at
           OR camera.state_at > greatest(excluded.state_at, CAST(:now AS timestamptz))
    RETURNING area_code
""")
_SAVE_HEALTH = text("""
    WITH reporting AS (
        UPDATE node SET seen_at = :now, skew_s = :skew_s WHERE name = :node RETURNING name
    )
    INSERT INTO node_health (node, measured_at, received_at, report)
    SELECT name, :measured_at, :now, CAST(:report AS jsonb) FROM reporting
    ON CONFLICT (node) DO UPDATE SET
        measured_at = excluded.measured_at, received_at = excluded.received_at,
        report = excluded.report
""")
_RECORD_DRILLS = text(f"""
    INSERT INTO camera (node, name, first_at, drill_passed_at)
    SELECT node, name, :now, :now
    FROM unnest(CAST(:node AS text[]), CAST(:name AS text[])) AS t (node, name)
    WHERE {MAY_HAVE_CAMERA}
    ON CONFLICT (node, name) DO UPDATE SET
        drill_passed_at = excluded.drill_passed_at,
        first_at = coalesce(camera.first_at, excluded.first_at)
    RETURNING node, name, area_code
""")
_AREAS = text("""
    SELECT ARRAY(SELECT DISTINCT c.area_code FROM camera c
                 WHERE c.node = n.name AND c.area_code IS NOT NULL)
    FROM node n WHERE n.name = :node
""")
_HAS_CAMERA = text("SELECT 1 FROM camera WHERE node = :node AND name = :camera")


class TooManyCamerasError(WireError):
    """A node reports more cameras than are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledNode:
    """An enrolled node and the key it signs with."""

    node: Node
    key: bytes


async def enroll_node(
    connection: AsyncConnection, node: Node, key: bytes, *, now: datetime
) -> bool:
    """Enroll a new or a revoked node; return ``False`` if it is enrolled, and keep its key."""
    row = {"name": str(node), "key": key, "now": now}
    return (await connection.execute(_ENROLL, row)).first() is not None


async def set_maintainer(connection: AsyncConnection, node: Node, account: str | None) -> bool:
    """Set who is called first for a node and its cameras; ``None`` for those on duty there.

    Returns:
        ``False`` if there is no such node or no such active account.
    """
    row = {"name": str(node), "account": account}
    return (await connection.execute(_SET_MAINTAINER, row)).first() is not None


async def list_enrolled_nodes(connection: AsyncConnection) -> list[EnrolledNode]:
    """Return all enrolled nodes that are not revoked, by name."""
    rows = await connection.execute(_LIST_KEYS)
    return [EnrolledNode(node=Node.parse(row.name), key=row.key) for row in rows]


async def get_node_keys(connection: AsyncConnection, names: Sequence[str]) -> dict[str, bytes]:
    """Return the signing keys of these nodes by name.

    Nodes that are not enrolled, or revoked, are missing. After a rotation the key holds the
    previous one too, which is accepted for some minutes.
    """
    rows = await connection.execute(_GET_KEYS, {"names": list(names)})
    return {row.name: NodeKey(row.key, row.previous_key or b"") for row in rows}


async def update_node_status(
    connection: AsyncConnection, node: Node, status: Status, *, now: datetime
) -> bool:
    """Store the status of a node; return whether it changed."""
    parameters = {"name": str(node), "now": now, **msgspec.structs.asdict(status)}
    row = (await connection.execute(_UPDATE_STATUS, parameters)).first()
    if row is None or (row.earlier, row.earlier_boot) == (status.state, status.boot_id):
        return False
    await publish_node_event(connection, node, now=now)
    return True


async def update_camera_state(
    connection: AsyncConnection, node: Node, camera: str, state: CameraState, *, now: datetime
) -> bool:
    """Store the state of a camera of an enrolled node; return whether it changed.

    Raises:
        TooManyCamerasError: The camera is new, and the node has ``MAX_CAMERAS``.
    """
    parameters = {"node": str(node), "camera": camera, "state": state.state, "now": now}
    parameters |= {"reason": state.reason, "since": state.since}
    row = (await connection.execute(_UPDATE_CAMERA, parameters)).first()
    if row is None:
        if not await has_camera(connection, node, camera):
            raise TooManyCamerasError(f"{node} has {MAX_CAMERAS} cameras; delete unused ones")
        return False
    await live_store.publish(
        connection, "camera", f"{node}/{camera}", at=now, area_code=row.area_code
    )
    return True


async def save_health(
    connection: AsyncConnection, node: Node, health: Health, *, now: datetime
) -> None:
    """Store the newest health report of a node, and how far its clock is ahead of ours."""
    parameters = {
        "node": str(node),
        "now": now,
        "measured_at": health.at,
        "skew_s": (health.at - now).total_seconds(),
        "report": msgspec.json.encode(health).decode(),
    }
    await connection.execute(_SAVE_HEALTH, parameters)


async def record_drills(
    connection: AsyncConnection, cameras: set[tuple[str, str]], *, now: datetime
) -> None:
    """Record that a drill alert of each of these cameras (node, camera) has arrived."""
    ordered = sorted(cameras)
    columns = {"node": [node for node, _ in ordered], "name": [name for _, name in ordered]}
    areas = await connection.execute(_RECORD_DRILLS, {"now": now, **columns})
    for row in areas.all():
        await live_store.publish(
            connection, "camera", f"{row.node}/{row.name}", at=now, area_code=row.area_code
        )


async def get_node_areas(connection: AsyncConnection, node: Node) -> list[str] | None:
    """Return the areas that a node's cameras cover; ``None`` if the node does not exist."""
    areas = (await connection.execute(_AREAS, {"node": str(node)})).scalar_one_or_none()
    return None if areas is None else list(areas)


async def has_camera(connection: AsyncConnection, node: Node, camera: str) -> bool:
    """Return whether a node has, or had, a camera of this name."""
    parameters = {"node": str(node), "camera": camera}
    return (await connection.execute(_HAS_CAMERA, parameters)).first() is not None


async def publish_node_event(
    connection: AsyncConnection, node: Node | str, *, now: datetime
) -> None:
    """Inform live pages that a node has changed."""
    await live_store.publish_of_nodes(connection, "node", [(str(node), str(node))], at=now)
