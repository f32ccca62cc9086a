"""Read which snapshots the alerts of incidents have, and what these show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.wire import SnapshotObject


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSnapshot:
    """The newest snapshot of one alert.

    Args:
        incident: The incident that was judged; the alert may belong to one merged into it.
        opened_at: When the alert was opened, by the clock of the node.
        objects: What the model detected in that frame; ``None`` from a node that does not say.
        media_type: Of the stored bytes.
    """

    incident: UUID
    node: str
    camera: str
    opened_at: datetime
    sha256: str
    media_type: str
    objects: tuple[SnapshotObject, ...] | None


_LIST = text("""
    SELECT coalesce(m.root, m.id) AS incident, a.node, a.camera, a.opened_at, s.sha256,
        e.media_type, a.data #> '{snapshot,objects}' AS objects
    FROM incident m
    JOIN alert a ON a.incident = m.id
    CROSS JOIN LATERAL (SELECT x ->> 'sha256' AS sha256
                        FROM jsonb_array_elements(a.data -> 'evidence') x
                        WHERE x ->> 'kind' = 'snapshot' LIMIT 1) s
    JOIN evidence e ON e.sha256 = s.sha256
    WHERE m.id = ANY(:incidents) OR m.root = ANY(:incidents)
    ORDER BY a.opened_at, a.alert_id
""")


async def list_snapshots(
    connection: AsyncConnection, incidents: Sequence[UUID]
) -> list[AlertSnapshot]:
    """List the stored snapshots of all alerts of incidents, oldest alert first."""
    rows = (await connection.execute(_LIST, {"incidents": list(incidents)})).mappings()
    return [
        AlertSnapshot(
            **{
                **row,
                "objects": msgspec.convert(row["objects"], tuple[SnapshotObject, ...] | None),
            }
        )
        for row in rows
    ]
