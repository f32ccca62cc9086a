"""Store the display names that nodes report; those of an import take precedence."""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.fleet.store import MAY_HAVE_CAMERA
from pipeline.wire import Node, NodeNames

_SAVE_NODE = text("""
    UPDATE node SET title = nullif(:title, ''), address = nullif(:address, '')
    WHERE name = :node
      AND (title, address) IS DISTINCT FROM (nullif(:title, ''), nullif(:address, ''))
    RETURNING name
""")
# A camera may be named before it first reports its state.
_SAVE_CAMERAS = text(f"""
    INSERT INTO camera (node, name, reported_title, reported_address, zone_titles)
    SELECT t.node, t.name, nullif(t.title, ''), nullif(t.address, ''), t.zones
    FROM (SELECT n.name AS node, r.*
          FROM json_to_recordset(CAST(:rows AS json)) AS r (
              name text, title text, address text, zones jsonb)
          JOIN node n ON n.name = :node) AS t
    WHERE {MAY_HAVE_CAMERA}
    ORDER BY t.name
    ON CONFLICT (node, name) DO UPDATE SET
        reported_title = excluded.reported_title, reported_address = excluded.reported_address,
        zone_titles = excluded.zone_titles
    WHERE (camera.reported_title, camera.reported_address, camera.zone_titles)
       IS DISTINCT FROM (
           excluded.reported_title, excluded.reported_address, excluded.zone_titles)
    RETURNING name
""")


async def save_reported_names(connection: AsyncConnection, node: Node, names: NodeNames) -> bool:
    """Store what a node calls itself, its cameras and their zones; return whether it changed."""
    row = {"node": str(node), "title": names.title, "address": names.address}
    is_node_renamed = (await connection.execute(_SAVE_NODE, row)).first() is not None
    cameras = [
        {"name": name, "title": camera.title, "address": camera.address, "zones": camera.zones}
        for name, camera in names.cameras.items()
    ]
    params = {"node": str(node), "rows": msgspec.json.encode(cameras).decode()}
    is_camera_renamed = (await connection.execute(_SAVE_CAMERAS, params)).first() is not None
    return is_node_renamed or is_camera_renamed
