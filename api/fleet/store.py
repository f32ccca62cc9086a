"""Boxes and cameras: which there are, and how they fare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.wire import CameraState, Health, Node, Status

# A will that an older boot left behind says nothing of the newer one.
SET_NODE = text("""
    UPDATE node SET state = :state, boot_id = :boot_id, seen_at = :now,
        software = coalesce(nullif(:software, ''), node.software),
        state_at = CASE WHEN node.state = :state AND node.boot_id = :boot_id
            THEN node.state_at ELSE :now END
    FROM node AS before
    WHERE node.name = :name AND before.name = node.name
      AND (CAST(:state AS text) = 'online' OR node.boot_id IS NULL OR node.boot_id = :boot_id)
    RETURNING before.state AS earlier, before.boot_id AS earlier_boot
""")

# The box's clock orders its words, unless it has been set back from a time yet to come.
SET_CAMERA = text("""
    INSERT INTO camera (node, name, state, reason, state_at, told_at, first_at)
    SELECT name, :camera, :state, :reason, :since, :now, :now FROM node WHERE name = :node
    ON CONFLICT (node, name) DO UPDATE
        SET state = excluded.state, reason = excluded.reason, state_at = excluded.state_at,
            told_at = excluded.told_at, first_at = coalesce(camera.first_at, excluded.first_at)
        WHERE camera.state_at IS NULL OR camera.state_at < excluded.state_at
           OR camera.state_at > greatest(excluded.state_at, CAST(:now AS timestamptz))
    RETURNING area_code
""")

PUT_HEALTH = text("""
    WITH heard AS (
        UPDATE node SET seen_at = :now, skew_s = :skew_s WHERE name = :node RETURNING name
    )
    INSERT INTO node_health (node, told_at, received_at, said)
    SELECT name, :told_at, :now, CAST(:said AS jsonb) FROM heard
    ON CONFLICT (node) DO UPDATE SET
        told_at = excluded.told_at, received_at = excluded.received_at, said = excluded.said
""")

PROVE = text("""
    INSERT INTO camera (node, name, first_at, proven_at)
    SELECT node, name, :now, :now
    FROM unnest(CAST(:node AS text[]), CAST(:name AS text[])) AS t (node, name)
    ON CONFLICT (node, name) DO UPDATE SET
        proven_at = excluded.proven_at, first_at = coalesce(camera.first_at, excluded.first_at)
""")

AREAS = text("""
    SELECT ARRAY(SELECT DISTINCT c.area_code FROM camera c
                 WHERE c.node = n.name AND c.area_code IS NOT NULL)
    FROM node n WHERE n.name = :node
""")

HAS_CAMERA = text("SELECT 1 FROM camera WHERE node = :node AND name = :camera")

TELL = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    VALUES (:now, :topic, :object, :area_code)
""")

ENROLL = text("""
    INSERT INTO node (name, key, enrolled_at) VALUES (:name, :key, :now)
    ON CONFLICT (name) DO NOTHING RETURNING name
""")

KEYS = text("SELECT name, key FROM node ORDER BY name")

KEYS_BY_NAME = text("SELECT name, key FROM node WHERE name = ANY (CAST(:names AS text[]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledNode:
    """A box that may send, and the key it signs with."""

    node: Node
    key: bytes


async def enroll_node(
    connection: AsyncConnection, node: Node, key: bytes, *, now: datetime
) -> bool:
    """Let a box send; ``False`` if it may already, and keeps its key."""
    given = {"name": str(node), "key": key, "now": now}
    return (await connection.execute(ENROLL, given)).first() is not None


async def list_enrolled_nodes(connection: AsyncConnection) -> list[EnrolledNode]:
    """List all boxes that may send."""
    rows = await connection.execute(KEYS)
    return [EnrolledNode(node=Node.parse(row.name), key=row.key) for row in rows]


async def update_node_status(
    connection: AsyncConnection, node: Node, status: Status, *, now: datetime
) -> bool:
    """Note how a box fares; ``False`` if that is no news."""
    given = {"name": str(node), "now": now, **msgspec.structs.asdict(status)}
    row = (await connection.execute(SET_NODE, given)).first()
    if row is None or (row.earlier, row.earlier_boot) == (status.state, status.boot_id):
        return False
    await publish_node_event(connection, node, now=now)
    return True


async def update_camera_state(
    connection: AsyncConnection, node: Node, camera: str, state: CameraState, *, now: datetime
) -> bool:
    """Note how a camera of an enrolled box fares; ``False`` if that is no news."""
    given = {"node": str(node), "camera": camera, "state": state.state, "reason": state.reason}
    row = (await connection.execute(SET_CAMERA, given | {"since": state.since, "now": now})).first()
    if row is None:
        return False
    told = {"now": now, "topic": "camera", "object": f"{node}/{camera}", "area_code": row.area_code}
    await connection.execute(TELL, told)
    return True


async def save_health(
    connection: AsyncConnection, node: Node, health: Health, *, now: datetime
) -> bool:
    """Keep the latest word of a box on itself, and how far its clock is ahead of ours.

    Returns:
        ``False``: open pages look at figures by themselves, and are not woken for each.
    """
    given = {
        "node": str(node),
        "now": now,
        "told_at": health.at,
        "skew_s": (health.at - now).total_seconds(),
        "said": msgspec.json.encode(health).decode(),
    }
    await connection.execute(PUT_HEALTH, given)
    return False


async def record_drills(
    connection: AsyncConnection, cameras: set[tuple[str, str]], *, now: datetime
) -> None:
    """Note that an exercise alert of each of these cameras has come all the way."""
    ordered = sorted(cameras)
    given = {"node": [node for node, _ in ordered], "name": [name for _, name in ordered]}
    await connection.execute(PROVE, {"now": now, **given})
    for node, camera in ordered:
        told = {"now": now, "topic": "camera", "object": f"{node}/{camera}", "area_code": None}
        await connection.execute(TELL, told)


async def get_node_areas(connection: AsyncConnection, node: Node) -> list[str] | None:
    """List the areas that a box's cameras look at; ``None`` where there is no such box."""
    found = (await connection.execute(AREAS, {"node": str(node)})).scalar_one_or_none()
    return None if found is None else list(found)


async def has_camera(connection: AsyncConnection, node: Node, camera: str) -> bool:
    """Tell whether a box has, or had, a camera of this name."""
    asked = {"node": str(node), "camera": camera}
    return (await connection.execute(HAS_CAMERA, asked)).first() is not None


async def publish_node_event(
    connection: AsyncConnection, node: Node | str, *, now: datetime
) -> None:
    """Let open pages look at a box anew."""
    told = {"now": now, "topic": "node", "object": str(node), "area_code": None}
    await connection.execute(TELL, told)


async def get_node_keys(connection: AsyncConnection, names: Sequence[str]) -> dict[str, bytes]:
    """Return the signing keys of nodes by name; nodes that are not enrolled are left out."""
    rows = await connection.execute(KEYS_BY_NAME, {"names": list(names)})
    return {row.name: row.key for row in rows}
