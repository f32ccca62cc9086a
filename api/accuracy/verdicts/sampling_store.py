"""Store which incidents are drawn for audits, and since when a camera reports a scenario."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.sampling import queue_position
from api.accuracy.verdicts.model import AlertConfiguration, AuditDraw
from api.database.bulk import as_json

_CONFIGURATIONS = """json_to_recordset(CAST(:rows AS json)) AS t (
    node text, camera text, scenario text, scenario_rev bigint, model text)"""
_FIRST_SEEN = text(f"""
    SELECT s.node, s.camera, s.scenario, s.scenario_rev, s.model, s.first_at
    FROM {_CONFIGURATIONS} JOIN camera_scenario s
      USING (node, camera, scenario, scenario_rev, model)
""")
_INSERT_FIRST_SEEN = text(f"""
    INSERT INTO camera_scenario (node, camera, scenario, scenario_rev, model, first_at)
    SELECT node, camera, scenario, scenario_rev, model, :now FROM {_CONFIGURATIONS}
    ON CONFLICT DO NOTHING
""")
_INSERT_TASKS = text("""
    INSERT INTO audit_task (incident, round, inclusion_probability, position, created_at)
    SELECT incident, 1, probability, position, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        incident uuid, probability float8, position float8)
    ON CONFLICT (incident, round) DO UPDATE SET
        inclusion_probability = excluded.inclusion_probability, position = excluded.position
    WHERE audit_task.verdict IS NULL
      AND audit_task.inclusion_probability < excluded.inclusion_probability
""")


async def get_first_seen(
    connection: AsyncConnection, configurations: Iterable[AlertConfiguration]
) -> dict[AlertConfiguration, datetime]:
    """Return since when cameras report scenarios; what is new is left out."""
    params = {"rows": as_json([item._asdict() for item in sorted(configurations)])}
    rows = await connection.execute(_FIRST_SEEN, params)
    return {AlertConfiguration(*row[:5]): row.first_at for row in rows}


async def insert_first_seen(
    connection: AsyncConnection, configurations: Iterable[AlertConfiguration], *, now: datetime
) -> None:
    """Store that cameras report scenarios from now on, unless another process has done so."""
    rows = [item._asdict() for item in sorted(configurations)]
    await connection.execute(_INSERT_FIRST_SEEN, {"rows": as_json(rows), "now": now})


async def insert_audit_tasks(
    connection: AsyncConnection, draws: Sequence[AuditDraw], *, now: datetime
) -> None:
    """Queue incidents for their first audit; one that is queued keeps its higher probability."""
    rows = [
        {
            "incident": draw.incident,
            "probability": draw.probability,
            "position": queue_position(draw.incident, draw.probability),
        }
        for draw in draws
    ]
    await connection.execute(_INSERT_TASKS, {"rows": as_json(rows), "now": now})
