"""Read the incidents that have a verdict in force."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.score import Decision
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import (
    NOT_FOUND_MEANS_FALSE_WITHIN,
    STORM_KEY,
    ReviewedIncident,
    VerdictSource,
)

COUNTED = f"""i.class = 'safety' AND NOT i.exercise AND i.root IS NULL
    AND NOT starts_with(i.key, '{STORM_KEY}')"""
"""Incidents ``i`` of which the accuracy is measured: no drill, no matter of the equipment, none
that is part of another, and none that only stands for others."""

_STRENGTH = "array_position(ARRAY[{}], v.source)".format(
    ", ".join(f"'{source}'" for source in VerdictSource)
)
_WITHIN_S = NOT_FOUND_MEANS_FALSE_WITHIN.total_seconds()

IN_FORCE = f"""
    SELECT CASE WHEN v.value <> 'not_found_on_site' THEN v.value
            WHEN v.at <= i.last_at + interval '{_WITHIN_S} s' THEN 'false'
            ELSE 'unsure' END AS value,
        v.source, v.reason, v.is_blind, v.at AS judged_at
    FROM (SELECT *, lead(value) OVER (PARTITION BY source ORDER BY at, id) AS next_value
          FROM verdict WHERE incident = i.id) AS v
    WHERE v.value <> 'withdrawn' AND v.next_value IS DISTINCT FROM 'withdrawn'
    ORDER BY v.value = 'unsure'
            OR (v.value = 'not_found_on_site'
                AND v.at > i.last_at + interval '{_WITHIN_S} s'),
        {_STRENGTH}, v.at DESC, v.id DESC LIMIT 1"""
"""The verdict in force on incident ``i``: an informative one first, then that of the strongest
source, then the newest. A withdrawal takes back the verdict of its source before it."""

REVIEWED = f"""
    SELECT i.id AS incident, i.scenario, i.node, i.camera, i.area_code, i.score AS raw_score,
        i.probability, i.decision, i.calibration_version, i.threshold_version,
        coalesce(i.scenario_rev, CAST(a.data ->> 'scenario_rev' AS bigint)) AS scenario_rev,
        coalesce(i.model,
            (a.data #>> '{{model,name}}') || '@' || left(a.data #>> '{{model,sha256}}', 12),
            CASE WHEN a.data IS NOT NULL THEN '' END) AS model,
        i.auto_filed_at IS NOT NULL AS is_pushed,
        i.auto_filed_at IS NULL AND EXISTS (
            SELECT FROM work_order w WHERE w.incident = i.id) AS is_confirmed,
        CASE WHEN t.incident IS NOT NULL THEN i.audit_probability END AS inclusion_probability,
        v.value, v.source, v.reason, v.is_blind, v.judged_at, i.created_at AS opened_at
    FROM incident i
    CROSS JOIN LATERAL ({IN_FORCE}) AS v
    LEFT JOIN audit_task t ON t.incident = i.id AND t.round = 1 AND t.verdict IS NOT NULL
    LEFT JOIN alert a ON a.alert_id = i.lead_alert AND i.model IS NULL
    WHERE {COUNTED}"""
"""Reviewed incidents with the columns of ``ReviewedIncident``; conditions on ``i`` may follow."""

_LIST = text(f"""{REVIEWED}
      AND i.created_at >= :since AND i.created_at < :until
      AND (CAST(:scenario AS text) IS NULL OR i.scenario = :scenario)
    ORDER BY i.created_at, i.id
""")


async def list_reviewed(
    connection: AsyncConnection, *, since: datetime, until: datetime, scenario: str | None = None
) -> list[ReviewedIncident]:
    """List the incidents that were opened in a time and have a verdict in force, oldest first.

    Drills, matters of the equipment, and incidents that are part of another are left out.

    Args:
        until: End of the time, exclusive.
        scenario: Leaves out those of other scenarios.
    """
    params = {"since": since, "until": until, "scenario": scenario}
    rows = (await connection.execute(_LIST, params)).mappings()
    return [
        ReviewedIncident(
            **{
                **row,
                "decision": Decision(row["decision"]),
                "value": VerdictValue(row["value"]),
                "source": VerdictSource(row["source"]),
            }
        )
        for row in rows
    ]
