"""Boxes and cameras: which there are, and how they fare."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.wire import CameraState, Node, Status

# A will that an older boot left behind says nothing of the newer one.
SET_NODE = text("""
    UPDATE node SET state = :state, boot_id = :boot_id, seen_at = :now
    WHERE name = :name
      AND (CAST(:state AS text) = 'online' OR boot_id IS NULL OR boot_id = :boot_id)
    RETURNING (SELECT before.state FROM node AS before WHERE before.name = node.name) AS earlier
""")

SET_CAMERA = text("""
    INSERT INTO camera (node, name, state, reason, state_at)
    SELECT name, :camera, :state, :reason, :since FROM node WHERE name = :node
    ON CONFLICT (node, name) DO UPDATE
        SET state = excluded.state, reason = excluded.reason, state_at = excluded.state_at
        WHERE camera.state_at IS NULL OR camera.state_at < excluded.state_at
    RETURNING area_code
""")

TELL = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    VALUES (:now, :topic, :object, :area_code)
""")

ENROLL = text("""
    INSERT INTO node (name, key, enrolled_at) VALUES (:name, :key, :now)
    ON CONFLICT (name) DO NOTHING RETURNING name
""")

KEYS = text("SELECT name, key FROM node ORDER BY name")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledNode:
    """A box that may send, and the key it signs with."""

    node: Node
    key: bytes


async def enroll(connection: AsyncConnection, node: Node, key: bytes, *, now: datetime) -> bool:
    """Let a box send; ``False`` if it may already, and keeps its key."""
    given = {"name": str(node), "key": key, "now": now}
    return (await connection.execute(ENROLL, given)).first() is not None


async def enrolled(connection: AsyncConnection) -> list[EnrolledNode]:
    """List all boxes that may send."""
    rows = await connection.execute(KEYS)
    return [EnrolledNode(node=Node.parse(row.name), key=row.key) for row in rows]


async def set_node(
    connection: AsyncConnection, node: Node, status: Status, *, now: datetime
) -> bool:
    """Note how a box fares; ``False`` if that is no news."""
    given = {"name": str(node), "state": status.state, "boot_id": status.boot_id, "now": now}
    row = (await connection.execute(SET_NODE, given)).first()
    if row is None or row.earlier == status.state:
        return False
    await connection.execute(
        TELL, {"now": now, "topic": "node", "object": str(node), "area_code": None}
    )
    return True


async def set_camera(
    connection: AsyncConnection, node: Node, camera: str, state: CameraState, *, now: datetime
) -> bool:
    """Note how a camera of an enrolled box fares; ``False`` if that is no news."""
    given = {"node": str(node), "camera": camera, "state": state.state, "reason": state.reason}
    row = (await connection.execute(SET_CAMERA, given | {"since": state.since})).first()
    if row is None:
        return False
    told = {"now": now, "topic": "camera", "object": f"{node}/{camera}", "area_code": row.area_code}
    await connection.execute(TELL, told)
    return True
