"""Read and write the alerts of incidents."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_json
from api.incidents.lifecycle import IncidentState
from api.incidents.model import AssignedAlert, StoredAlert
from pipeline.signal import Level

_ALERT_COLUMNS = (
    "alert_id",
    "rev",
    "camera",
    "scenario",
    "zone",
    "level",
    "score",
    "opened_at",
    "observed_at",
    "closed_at",
)

_STORED_ALERTS = text("""
    SELECT a.alert_id, a.rev, a.level, a.incident, r.id AS root, r.state, r.closed_at
    FROM alert a
    JOIN incident i ON i.id = a.incident
    JOIN incident r ON r.id = coalesce(i.root, i.id)
    WHERE a.alert_id = ANY (CAST(:ids AS uuid[]))
""")

_UPSERT_ALERTS = text("""
    INSERT INTO alert (
        alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score, opened_at,
        observed_at, closed_at, received_at, late, data
    )
    SELECT alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score,
        opened_at, observed_at, closed_at, :now, late, data
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        alert_id uuid, rev bigint, incident uuid, how text, why text, node text, camera text,
        scenario text, zone text, level text, score float8, opened_at timestamptz,
        observed_at timestamptz, closed_at timestamptz, late boolean, data jsonb)
    ON CONFLICT (alert_id) DO UPDATE SET
        rev = excluded.rev, incident = excluded.incident, level = excluded.level,
        score = excluded.score, observed_at = excluded.observed_at,
        closed_at = excluded.closed_at, received_at = excluded.received_at, data = excluded.data
    WHERE alert.rev < excluded.rev
""")


async def get_stored_alerts(
    connection: AsyncConnection, ids: Sequence[UUID]
) -> dict[UUID, StoredAlert]:
    """Return the alerts that are stored already, by id."""
    rows = await connection.execute(_STORED_ALERTS, {"ids": list(ids)})
    return {
        row.alert_id: StoredAlert(
            rev=row.rev,
            level=Level(row.level),
            incident=row.incident,
            root=row.root,
            state=IncidentState(row.state),
            closed_at=row.closed_at,
        )
        for row in rows
    }


async def upsert_alerts(
    connection: AsyncConnection, alerts: Sequence[AssignedAlert], *, now: datetime
) -> None:
    """Write the newest revision of each alert; an older one changes nothing."""
    rows = [_alert_row(alert) for alert in alerts]
    await connection.execute(_UPSERT_ALERTS, {"now": now, "rows": as_json(rows)})


def _alert_row(alert: AssignedAlert) -> dict[str, object]:
    return {
        **{name: getattr(alert.data, name) for name in _ALERT_COLUMNS},
        "incident": alert.incident,
        "how": alert.outcome,
        "why": alert.outcome.why,
        "node": alert.node,
        "late": alert.is_stale,
        "data": msgspec.Raw(alert.content),
    }
