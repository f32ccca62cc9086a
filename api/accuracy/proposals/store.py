"""Read past alerts with their verdicts, boxes and measures."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account
from api.accuracy.proposals.model import PastAlert
from api.accuracy.proposals.scorecard import SourceCounts
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.reviewed_store import COUNTED, IN_FORCE
from pipeline.geometry.shapes import Box

MAX_ALERTS = 5000
"""Of one camera and scenario; the newest."""

# What a suppression with a region withholds is left out: it needs no second proposal.
_PAST = text(f"""
    SELECT i.id, i.created_at, v.value, coalesce(v.reason, '') AS reason,
        a.data -> 'boxes' AS boxes, a.data -> 'measures' AS measures
    FROM incident i JOIN alert a ON a.alert_id = i.lead_alert
    LEFT JOIN LATERAL ({IN_FORCE}) AS v ON true
    WHERE {COUNTED} AND (i.node, i.camera) = (:node, :camera) AND i.scenario = :scenario
      AND i.created_at > :since AND NOT EXISTS (
        SELECT FROM suppression s WHERE s.id = i.suppression AND s.region IS NOT NULL)
    ORDER BY i.created_at DESC, i.id DESC LIMIT :limit
""")
_COUNTS = text(f"""
    SELECT i.node, i.camera, i.scenario, coalesce(i.model, '') AS model, count(*) AS n,
        count(*) FILTER (WHERE v.value = 'true') AS n_true,
        count(*) FILTER (WHERE v.value = 'false') AS n_false,
        count(*) FILTER (WHERE v.value = 'benign') AS n_benign
    FROM incident i LEFT JOIN LATERAL ({IN_FORCE}) AS v ON true
    WHERE {COUNTED} AND i.created_at > :since
      AND ((:sees_unplaced AND i.area_code IS NULL) OR starts_with(i.area_code, :area))
    GROUP BY 1, 2, 3, 4 ORDER BY n_false DESC, 1, 2, 3, 4
""")
_PLACE = text("""
    SELECT node, camera, scenario, area_code FROM incident
    WHERE id = :id AND class = 'safety' AND NOT exercise
""")


async def list_past_alerts(
    connection: AsyncConnection, node: str, camera: str, scenario: str, *, since: datetime
) -> list[PastAlert]:
    """List the incidents of a camera and scenario since a time, newest first."""
    params = {
        "node": node,
        "camera": camera,
        "scenario": scenario,
        "since": since,
        "limit": MAX_ALERTS,
    }
    return [
        PastAlert(
            incident=row.id,
            opened_at=row.created_at,
            value=VerdictValue(row.value) if row.value else None,
            reason=row.reason,
            boxes=msgspec.convert(row.boxes or [], tuple[Box, ...]),
            measures=row.measures or {},
        )
        for row in await connection.execute(_PAST, params)
    ]


async def count_by_source(
    connection: AsyncConnection, account: Account, *, since: datetime
) -> list[SourceCounts]:
    """Count the incidents of an account's area by camera, scenario and model, most false first."""
    params = {"area": account.area_code, "sees_unplaced": account.sees_unplaced, "since": since}
    rows = await connection.execute(_COUNTS, params)
    return [SourceCounts(**row) for row in rows.mappings()]


async def get_source(
    connection: AsyncConnection, incident: UUID
) -> tuple[str, str, str, str | None] | None:
    """Return node, camera, scenario and area of an incident; ``None`` for an unknown one."""
    row = (await connection.execute(_PLACE, {"id": incident})).first()
    return (row.node, row.camera, row.scenario, row.area_code) if row else None
