"""Store since when a camera reports a scenario with one revision and one model."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.fitting.scoring import SourceRecord
from api.accuracy.verdicts.model import AlertConfiguration
from api.database.bulk import as_json

_CONFIGURATIONS = """json_to_recordset(CAST(:rows AS json)) AS t (
    node text, camera text, scenario text, scenario_rev bigint, model text)"""
_SOURCES = text(f"""
    SELECT s.node, s.camera, s.scenario, s.scenario_rev, s.model, s.first_at, s.trusted_at,
        s.drifting_since
    FROM {_CONFIGURATIONS} JOIN camera_scenario s
      USING (node, camera, scenario, scenario_rev, model)
""")
_INSERT_FIRST_SEEN = text(f"""
    INSERT INTO camera_scenario (node, camera, scenario, scenario_rev, model, first_at)
    SELECT node, camera, scenario, scenario_rev, model, :now FROM {_CONFIGURATIONS}
    ON CONFLICT DO NOTHING
""")


async def get_sources(
    connection: AsyncConnection, configurations: Iterable[AlertConfiguration]
) -> dict[AlertConfiguration, SourceRecord]:
    """Return what is stored of cameras that report scenarios; what is new is left out."""
    params = {"rows": as_json([item._asdict() for item in sorted(configurations)])}
    rows = await connection.execute(_SOURCES, params)
    return {
        AlertConfiguration(*row[:5]): SourceRecord(
            first_at=row.first_at, trusted_at=row.trusted_at, drifting_since=row.drifting_since
        )
        for row in rows
    }


async def insert_first_seen(
    connection: AsyncConnection, configurations: Iterable[AlertConfiguration], *, now: datetime
) -> None:
    """Store that cameras report scenarios from now on, unless another process has done so."""
    rows = [item._asdict() for item in sorted(configurations)]
    await connection.execute(_INSERT_FIRST_SEEN, {"rows": as_json(rows), "now": now})
